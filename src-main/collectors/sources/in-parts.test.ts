import { expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { inParts } from './in-parts.ts';

const read = (metric: string) => () => [{ metric, labels: {}, value: 1 }];
const fail = (message: string) => () => {
  throw new PlimsollError('unreadable', message);
};

test('one part that fails costs its own samples only, and the first failure says why', async () => {
  const partly = { code: 'unreadable', message: 'no b', samples: [{ metric: 'a' }, { metric: 'c' }] };
  const atOnce = async () => inParts([read('a'), fail('no b'), read('c'), fail('no d')]);
  await expect(atOnce()).rejects.toMatchObject(partly);
  const awaited = inParts([() => Promise.resolve(read('a')()), fail('no b'), read('c'), fail('no d')]);
  await expect(awaited).rejects.toMatchObject(partly);
  expect(inParts([read('a'), () => []])).toHaveLength(1);
});

test('when nothing could be read there is no partial reading', async () => {
  const awaited = inParts([() => Promise.reject(new PlimsollError('unreadable', 'no a')), fail('no b')]);
  await expect(awaited).rejects.not.toHaveProperty('samples');
  await expect(awaited).rejects.toThrow('no a');
  await expect(async () => inParts([fail('no a'), fail('no b')])).rejects.not.toHaveProperty('samples');
});

test('what nobody expected is an internal error, and the rest stands', async () => {
  const broken = () => Promise.reject(new TypeError('oops'));
  await expect(inParts([read('a'), broken])).rejects.toMatchObject({ code: 'internal', message: 'oops' });
});
