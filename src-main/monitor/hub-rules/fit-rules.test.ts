import { expect, test } from 'vitest';
import { parseSettings } from '../settings/schema.ts';
import { hostsMatcher } from '../../rules/matchers.ts';
import { fitRules } from './fit-rules.ts';

const own = parseSettings({
  version: 1,
  sources: [
    { name: 'cpu', kind: 'cpu' },
    { name: 'memory', kind: 'memory', enabled: false },
  ],
  rules: [
    {
      id: 'busy',
      name: 'Busy',
      source: 'cpu',
      metric: 'cpu_percent',
      comparison: 'greater_than',
      threshold: 90,
    },
  ],
});
const rule = {
  ...{ id: 'busy', name: 'busy', source: 'cpu', metric: 'cpu_percent' },
  ...{ comparison: 'greater_than', threshold: 80, consecutiveViolations: 2, severity: 'critical' },
};
const fit = (handed: unknown[], off: string[] = []) => fitRules(handed, own, 'we*b', new Set(off));
const states = (handed: unknown[], off?: string[]) =>
  fit(handed, off).taken.map(({ id, state, problem }) => [id, state, problem]);

test('a rule of the hub stands beside an own one of the same id and name, marked, and judges this machine alone', () => {
  const { rules, judged, taken } = fit([rule]);
  expect(judged).toEqual(['busy']);
  expect(taken).toMatchObject([{ id: 'busy', name: 'busy (hub)', state: 'judged', problem: null }]);
  expect(rules).toMatchObject([{ id: 'hub:busy', name: 'busy (hub)', threshold: 80, enabled: true }]);
  const isAbout = hostsMatcher(rules[0]?.hosts ?? []);
  expect(['we*b', 'weXb', 'other'].map(isAbout)).toEqual([true, false, false]);
});

test.each([
  ['what runs', { ...rule, command: 'rm -rf /' }, 'command: unknown key command.'],
  [
    'a destination',
    { ...rule, destinations: [{ kind: 'webhook' }] },
    'destinations: unknown key destinations.',
  ],
  ['other hosts', { ...rule, hosts: ['*'] }, 'hosts: unknown key hosts.'],
  ['a slip', { ...rule, treshold: 3 }, 'treshold: unknown key treshold. Did you mean threshold?'],
  [
    'what contradicts itself',
    { ...rule, criticalThreshold: 90 },
    'criticalThreshold: needs the severity warning for the threshold before it',
  ],
  [
    'an unknown metric',
    { ...rule, metric: 'cpu_procent' },
    'metric: cpu has no metric "cpu_procent". Did you mean cpu_percent?',
  ],
  ['a bad expression', { ...rule, expression: 'value +' }, expect.stringContaining('expression: column ')],
  [
    'more past than is kept',
    { ...rule, threshold: undefined, baseline: {} },
    expect.stringContaining('baseline: needs samples of 4 weeks'),
  ],
])('%s is refused, named, and takes nothing else with it', (_what, bad, problem) => {
  const other = { ...rule, id: 'other', name: 'Other' };
  const { taken, judged } = fit([JSON.parse(JSON.stringify(bad)), other]);
  expect(taken[0]).toMatchObject({ id: 'busy', name: 'busy', state: 'refused', problem });
  expect(judged).toEqual(['other']);
});

test('what is no rule at all is refused without a word of it being believed', () => {
  expect(fit([null, 'x', 7, [], { id: 'x'.repeat(1000), name: 'a\nb' }]).taken).toMatchObject(
    Array.from({ length: 5 }, () => ({ id: null, name: '?', state: 'refused', rule: null })),
  );
});

test('two of the same id or name are one', () => {
  expect(states([rule, { ...rule, name: 'Second' }, { ...rule, id: 'third', name: 'BUSY' }])).toEqual([
    ['busy', 'judged', null],
    ['busy', 'refused', 'Another rule has the same id.'],
    ['third', 'refused', 'Another rule has the same name.'],
  ]);
});

test('what nothing here samples is left to the hub, and so is what is switched off here', () => {
  const rules = [
    rule,
    { ...rule, id: 'queue', name: 'Queue', source: 'queue', metric: 'length' },
    { ...rule, id: 'memory', name: 'Memory', source: 'memory', metric: 'memory_percent' },
    { ...rule, id: 'joined', name: 'Joined', expression: 'value + queue.length' },
  ];
  expect(states(rules, ['busy'])).toEqual([
    ['busy', 'off', null],
    ['queue', 'no_source', 'No source "queue" is sampled here.'],
    ['memory', 'no_source', 'No source "memory" is sampled here.'],
    ['joined', 'no_source', 'No source "queue" is sampled here.'],
  ]);
});

test('parents hold among those that are judged here; circles are refused', () => {
  const named = (id: string, parents: string[]) => ({ ...rule, id, name: `Rule ${id}`, parents });
  const { rules } = fit([
    { ...rule, id: 'a', name: 'Rule a' },
    named('b', ['a', 'gone']),
    named('c', ['gone']),
  ]);
  expect(rules.map(({ id, parents }) => [id, parents])).toEqual([
    ['hub:a', undefined],
    ['hub:b', ['hub:a']],
    ['hub:c', undefined],
  ]);
  const circle = fit([named('b', ['c']), named('c', ['b'])]);
  expect(circle.taken[0]).toMatchObject({
    state: 'refused',
    problem: expect.stringContaining('consequence of itself') as string,
  });
  // Without it the other one is no circle any more.
  expect(circle.judged).toEqual(['c']);
});
