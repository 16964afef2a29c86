import { expect, test } from 'vitest';
import type { RuleStatus } from '../../src-main/contract/rule.ts';
import { exampleMessage } from '../../src-main/testing/example-message.ts';
import { oldSince } from './alert-value.ts';

test('a value is old when its host has been silent since', () => {
  const { alert } = exampleMessage();
  const { ruleId, series } = alert;
  const status = (changes: Partial<RuleStatus>): RuleStatus => ({
    ...{ ruleId, host: series.host, labels: series.labels, phase: 'firing', violations: 3 },
    ...{ since: 0, lastValue: 99, lastAt: 1_000_000 },
    ...changes,
  });
  const others = [status({ host: 'other', lastAt: 1 }), status({ labels: { core: '0' }, lastAt: 1 })];
  const rules = [...others, status({})];
  expect(oldSince(alert, rules, 1_090_000)).toBeNull();
  expect(oldSince(alert, rules, 1_090_001)).toBe(1_000_000);
  expect(oldSince(alert, [status({ lastAt: null })], 9_000_000)).toBeNull();
  expect(oldSince(alert, others, 9_000_000)).toBeNull();
  expect(oldSince({ ...alert, state: 'resolved', resolvedAt: 1 }, rules, 9_000_000)).toBeNull();
});
