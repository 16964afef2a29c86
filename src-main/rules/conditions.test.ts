import { expect, it } from 'vitest';
import { joined } from './conditions.ts';

const above = (metric: string) => ({ metric, comparison: 'greater_than', threshold: 0 }) as const;
const values: Record<string, number> = { yes: 1, no: -1, unknown: NaN };
const truth = (...[how, conditions]: Parameters<typeof joined>) =>
  joined(how, conditions).judge(({ metric }) => values[metric] ?? NaN);

it.each([
  ['all', ['yes', 'yes'], 1],
  ['all', ['yes', 'no'], 0],
  ['all', ['unknown', 'no'], 0],
  ['all', ['yes', 'unknown'], NaN],
  ['any', ['no', 'yes'], 1],
  ['any', ['unknown', 'yes'], 1],
  ['any', ['no', 'unknown'], NaN],
  ['any', ['no', 'no'], 0],
  ['not', ['yes'], 0],
  ['not', ['no'], 1],
  ['not', ['unknown'], NaN],
] as const)('%s of %j is %d', (how, metrics, expected) => {
  expect(truth(how, metrics.map(above))).toBe(expected);
});

it('joins what is joined', () => {
  expect(truth('all', [above('yes'), { any: [above('no'), { not: above('no') }] }])).toBe(1);
  expect(truth('any', [{ all: [above('yes'), above('unknown')] }, above('no')])).toBe(NaN);
});

it('names the series that it must know', () => {
  const conditions = [
    { ...above('on_ac'), source: 'battery' },
    { not: { ...above('x'), labels: { a: 'b' } } },
  ];
  expect(joined('all', conditions).operands).toEqual([
    { source: 'battery', metric: 'on_ac', labels: null },
    { source: null, metric: 'x', labels: { a: 'b' } },
  ]);
});
