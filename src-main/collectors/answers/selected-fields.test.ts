import { expect, test } from 'vitest';
import { selectedFields } from './selected-fields.ts';

const numberIn = (text: string) =>
  selectedFields({ a: text }, [{ path: '$.a', conversion: 'number_from_text' }], []).samples[0]?.value;

test.each([
  ['80', 80],
  [' 80 % ', 80],
  ['80%', 80],
  ['80 % %', undefined],
  ['%', undefined],
])('the number in %j is %s', (text, value) => expect(numberIn(text)).toBe(value));

test('a long text that holds none takes no time', () => {
  const started = performance.now();
  expect(numberIn(`8${' '.repeat(1_000_000)}8`)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(5000);
});
