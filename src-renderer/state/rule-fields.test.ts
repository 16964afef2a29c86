import { expect, test } from 'vitest';
import type { Rule } from '../../src-main/contract/rule.ts';
import { fieldProblems, fieldsOf, problemsByField, ruleOf } from './rule-fields.ts';

const rule: Rule = {
  id: 'memory-high',
  name: 'Memory above 85 %',
  enabled: true,
  source: 'memory',
  metric: 'memory_percent',
  comparison: 'greater_than',
  threshold: 85,
  consecutiveViolations: 3,
  severity: 'warning',
  cooldownSeconds: 90,
};

test('a rule survives being opened and saved', () => {
  const { id, ...rest } = rule;
  expect(ruleOf(fieldsOf(rule))).toEqual(rest);
  const equal: Rule = { ...rule, comparison: 'equals', tolerance: 0.5 };
  expect(ruleOf(fieldsOf(equal))).toMatchObject({ tolerance: 0.5 });
  expect(ruleOf({ ...fieldsOf(equal), comparison: 'less_than' })).not.toHaveProperty('tolerance');
  expect(id).toBe('memory-high');
});

test('what no form shows survives being opened and saved, and what was emptied is gone', () => {
  const { id: _, ...full } = {
    ...rule,
    criticalThreshold: 95,
    window: { function: 'avg' as const, seconds: 300 },
    all: [{ metric: 'swap_percent', comparison: 'greater_than' as const, threshold: 5 }],
    labels: { mount: '/data*' },
  };
  const fields = fieldsOf({ id: 'memory-high', ...full });
  expect(ruleOf(fields)).toEqual(full);
  expect(ruleOf({ ...fields, more: { ...fields.more, criticalThreshold: undefined } })).not.toHaveProperty(
    'criticalThreshold',
  );
});

test('a comparison is told only what means something to it', () => {
  const range = { ...fieldsOf(rule), comparison: 'between' as const, upperThreshold: 90 };
  expect(ruleOf(range)).toMatchObject({ threshold: 85, upperThreshold: 90 });
  expect([...fieldProblems({ ...range, upperThreshold: 85 })]).toEqual([
    ['upperThreshold', 'upper_threshold'],
  ]);
  expect(ruleOf({ ...range, comparison: 'greater_than' })).not.toHaveProperty('upperThreshold');
  expect(ruleOf({ ...range, comparison: 'changed', threshold: null })).not.toHaveProperty('threshold');
});

test('what cannot be saved is named, field by field', () => {
  const broken = {
    ...fieldsOf(rule),
    name: '  ',
    threshold: null,
    consecutiveViolations: 1.5,
    cooldownSeconds: 1_200_000,
    metric: ' ',
    comparison: 'equals' as const,
    tolerance: -1,
  };
  expect([...fieldProblems(broken)]).toEqual([
    ['name', 'name_empty'],
    ['metric', 'metric_empty'],
    ['threshold', 'threshold'],
    ['tolerance', 'tolerance'],
    ['consecutiveViolations', 'consecutive'],
    ['cooldownSeconds', 'cooldown'],
  ]);
  expect(ruleOf(broken)).toBeNull();
});

test('a number that may be missing is not left out because it cannot be read', () => {
  const fields = { ...fieldsOf(rule), more: { forSeconds: null } };
  expect([...fieldProblems(fields)]).toEqual([['more', 'more_number']]);
  expect(ruleOf(fields)).toBeNull();
  const equal = { ...fieldsOf(rule), comparison: 'equals' as const, tolerance: null };
  expect([...fieldProblems(equal)]).toEqual([['tolerance', 'tolerance']]);
  expect(ruleOf({ ...equal, tolerance: undefined })).not.toHaveProperty('tolerance');
});

test('what its comparison does not show holds nothing up, and is left out', () => {
  const fields = { ...fieldsOf(rule), tolerance: null, more: { recoveryThreshold: null } };
  expect([...fieldProblems(fields)]).toEqual([['more', 'more_number']]);
  expect(ruleOf({ ...fields, comparison: 'changed', tolerance: 1 })).not.toBeNull();
  const known = { ...fieldsOf(rule), more: { recoveryThreshold: 80 } };
  expect(ruleOf(known)).toMatchObject({ recoveryThreshold: 80 });
  expect(ruleOf({ ...known, comparison: 'changed' })).not.toHaveProperty('recoveryThreshold');
});

test("the engine's problems find their field, or stand for the whole", () => {
  const found = problemsByField([
    { path: 'cooldownSeconds', message: 'is too long' },
    { path: 'sources[1].name', message: 'is taken' },
  ]);
  expect([...found]).toEqual([
    ['cooldownSeconds', 'is too long'],
    [null, 'sources[1].name: is taken'],
  ]);
});
