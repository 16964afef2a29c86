import { expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { parseSettings } from './schema.ts';

const rule = {
  source: 'cpu',
  metric: 'cpu_percent',
  comparison: 'greater_than',
  threshold: 80,
  judgedBy: 'agent',
};
const rules = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => ({ ...rule, ...more, id: `r${index}`, name: `r${index}` }));
const hub = { kind: 'hub', url: 'https://hub.example.org', takeRules: true };

function problems(content: object): { path: string; message: string }[] {
  try {
    parseSettings({ version: 1, sources: [{ name: 'cpu', kind: 'cpu' }], ...content });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    return thrown.problems.map(({ path, message }) => ({ path, message }));
  }
}

test('agents are handed so many rules, of such a size, and that is said at the first that is too many', () => {
  expect(problems({ rules: rules(200) })).toEqual([]);
  expect(problems({ rules: rules(203) })).toEqual([
    { path: 'rules[200].judgedBy', message: 'agents take 200 rules at most: have the hub judge this one' },
  ]);
  const labels = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`label${at}`, 'x'.repeat(200)]));
  expect(problems({ rules: rules(100, { labels }) })).toEqual([
    {
      path: expect.stringMatching(/^rules\[5\d\]\.judgedBy$/) as string,
      message: 'agents take rules of 256 KiB together at most: have the hub judge this one',
    },
  ]);
});

test('whether a machine is there is for the hub to say', () => {
  const gone = { ...rule, id: 'gone', name: 'Gone', source: 'plimsoll', metric: 'host_up' };
  expect(problems({ rules: [gone] })).toEqual([
    {
      path: 'rules[0].judgedBy',
      message: 'a machine that is away cannot say so: leave it out, so that the hub judges it',
    },
  ]);
});

test('rules are taken from one hub', () => {
  expect(
    problems({
      destinations: [
        { ...hub, name: 'a' },
        { ...hub, name: 'b', takeRules: false },
      ],
    }),
  ).toEqual([]);
  expect(
    problems({
      destinations: [
        { ...hub, name: 'a' },
        { ...hub, name: 'b', enabled: false },
      ],
    }),
  ).toEqual([]);
  expect(
    problems({
      destinations: [
        { ...hub, name: 'a' },
        { ...hub, name: 'b' },
      ],
    }),
  ).toEqual([
    {
      path: 'destinations[1].takeRules',
      message: 'rules can be taken from one hub only, and destinations[0] takes them',
    },
  ]);
});
