import { expect, test } from 'vitest';
import type { Rule, RuleStatus } from '../../src-main/contract/rule.ts';
import { isSourceOff, namesSource, withSourceRenamed } from './rule-sources.ts';

const rule: Rule = {
  id: 'busy',
  name: 'Busy',
  enabled: true,
  source: 'memory',
  metric: 'memory_percent',
  comparison: 'greater_than',
  threshold: 80,
  consecutiveViolations: 1,
  severity: 'warning',
  cooldownSeconds: 0,
};

test('a rule names its own source, those of its conditions at any depth, and those of its expression', () => {
  const leaf = { metric: 'load_1', comparison: 'greater_than', threshold: 4 } as const;
  const combined: Rule = {
    ...rule,
    all: [{ ...leaf, source: 'cpu' }, { any: [{ ...leaf, source: 'web' }, leaf] }],
    not: { not: { ...leaf, source: 'battery' } },
  };
  const named = ['memory', 'cpu', 'web', 'battery', 'load_1', 'disk'].map((name) =>
    namesSource(combined, name),
  );
  expect(named).toEqual([true, true, true, true, false, false]);
  expect(namesSource({ ...rule, expression: 'value / "web server" . latency' }, 'web server')).toBe(true);
  expect(namesSource({ ...rule, expression: 'value / memory_total' }, 'memory_total')).toBe(false);

  const renamed = withSourceRenamed(combined, 'web', 'shop');
  expect(renamed).toEqual({
    ...combined,
    all: [{ ...leaf, source: 'cpu' }, { any: [{ ...leaf, source: 'shop' }, leaf] }],
  });
  expect(withSourceRenamed(combined, 'battery', 'power').not).toEqual({ not: { ...leaf, source: 'power' } });
  expect(withSourceRenamed(combined, 'memory', 'ram').source).toBe('ram');
  expect(withSourceRenamed(combined, 'disk', 'ssd')).toBe(combined);
});

test.each([
  ['value / web.latency_ms', 'shop', 'value / shop.latency_ms'],
  ['web.a + web . b - "web".c', 'shop', 'shop.a + shop . b - shop.c'],
  ['web.a', 'my shop', '"my shop".a'],
  ['web.a', '2nd', '"2nd".a'],
  ['web.web + web', 'shop', 'shop.web + web'],
  ['"other web".web + 1.5 + .5', 'shop', '"other web".web + 1.5 + .5'],
  ['max(web.a, 2.)*webb.web', 'shop', 'max(shop.a, 2.)*webb.web'],
])('in %s web becomes %s', (before, name, after) => {
  expect(withSourceRenamed({ ...rule, expression: before }, 'web', name).expression).toBe(after);
});

test('the source of a rule is off only where the rule judges this machine alone', () => {
  const at = (host: string): RuleStatus => ({
    ...{ ruleId: 'busy', host, labels: {}, phase: 'ok', violations: 0 },
    ...{ since: null, lastValue: null, lastAt: null },
  });
  const health = { source: 'memory', enabled: false };
  const here = { host: 'here', sources: [health], rules: [at('here'), { ...at('there'), ruleId: 'other' }] };
  expect(isSourceOff(rule, here)).toBe(true);
  expect(isSourceOff(rule, { ...here, rules: [] })).toBe(true);
  expect(isSourceOff(rule, { ...here, sources: [{ ...health, enabled: true }] })).toBe(false);
  expect(isSourceOff(rule, { ...here, sources: [] })).toBe(false);
  expect(isSourceOff(rule, { ...here, rules: [at('here'), at('there')] })).toBe(false);
  // No other machine has sent anything yet, or they judge it themselves.
  for (const others of [{ hosts: ['web-*'] }, { hostTags: ['production'] }, { judgedBy: 'agent' as const }])
    expect(isSourceOff({ ...rule, ...others }, { ...here, rules: [] })).toBe(false);
});
