import { expect, test } from 'vitest';
import type { Rule } from '../../src-main/contract/rule.ts';
import { sourceAgain } from './entries.ts';

const source = (name: string) => ({ name, kind: 'cpu', enabled: true });
const rule = (id: string, source: string, expression?: string): Rule => ({
  ...{ id, name: id, enabled: true, source, metric: 'load_1', comparison: 'greater_than', threshold: 80 },
  ...{ consecutiveViolations: 1, severity: 'warning', cooldownSeconds: 0 },
  ...(expression !== undefined && { expression }),
});
const own = rule('own', 'web');
const mixed = rule('mixed', 'cpu', 'value / web.requests');
const other = rule('other', 'cpu');
const before = { sources: [source('cpu'), source('web'), source('disk')], rules: [own, mixed, other] };

test('a source comes back to its place with all rules that name it', () => {
  const now = { sources: [source('cpu'), source('disk')], rules: [other] };
  expect(sourceAgain('web', now, before)).toEqual({ ...before, away: [] });
});

test('a rule that names a source which was deleted meanwhile stays away, and only that', () => {
  const now = { sources: [source('disk')], rules: [] };
  expect(sourceAgain('web', now, before)).toEqual({
    sources: [source('disk'), source('web')],
    rules: [own],
    away: [mixed],
  });
});

test('a source that is new or was renamed meanwhile makes no difference to the rules without it', () => {
  const now = { sources: [source('processor'), source('disk')], rules: [rule('other', 'processor')] };
  const { rules, away } = sourceAgain('web', now, before);
  expect(rules).toEqual([own, rule('other', 'processor')]);
  expect(away).toEqual([mixed]);
});
