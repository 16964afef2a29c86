import { expect, it } from 'vitest';
import { ruleSchema } from '../../contract/rule.ts';
import { violationsRule } from './violations-rule.ts';

it.each(['watch', 'Küche / Herd', '監視', 'x'.repeat(200), '-'])(
  'is a rule whatever the source is called: %s',
  (source) => {
    const rule = violationsRule(source, []);
    expect(ruleSchema.parse(rule)).toMatchObject({ source, metric: 'violation', labels: { violation: '*' } });
    const second = violationsRule(source, [rule]);
    expect(ruleSchema.safeParse(second).success).toBe(true);
    expect([second.id, second.name]).not.toEqual([rule.id, rule.name]);
  },
);
