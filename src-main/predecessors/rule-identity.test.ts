import { expect, it } from 'vitest';
import { RuleIdentities } from './rule-identity.ts';

const traits = { source: 'CPU Kern Ä', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 };

it('gives a rule the same id whatever stands around it', () => {
  const [alone, among] = [new RuleIdentities(), new RuleIdentities()];
  const id = alone.id(traits);
  expect(id).toMatch(/^cpu-kern-a-cpu-percent-[0-9a-f]{8}$/);
  among.id({ ...traits, threshold: 90 });
  expect(among.id(traits)).toBe(id);
  expect(among.id(traits)).not.toBe(id);
});

it('gives ids and names that the settings accept, whatever a rule says', () => {
  const identities = new RuleIdentities();
  const seen = new Set<string>();
  for (const source of ['', '☃', 'x'.repeat(500), 'a\u202eb\n', null, { toString: 1 }]) {
    const id = identities.id({ ...traits, source });
    const name = identities.name({ ...traits, source });
    expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
    expect(name).toMatch(/^[^\p{Cc}\p{Cf}]{1,200}$/u);
    expect(name.trim()).toBe(name);
    expect(seen.has(id) || seen.has(name)).toBe(false);
    seen.add(id).add(name);
  }
});

it('puts a number behind a name that is taken, as people read names', () => {
  const identities = new RuleIdentities(['CPU_USAGE cpu_percent above 80']);
  const usage = { ...traits, source: 'cpu_usage' };
  expect(identities.name(usage)).toBe('cpu_usage cpu_percent above 80 (2)');
  expect(identities.name(usage)).toBe('cpu_usage cpu_percent above 80 (3)');
  expect(identities.name({ ...usage, comparison: 'less_than' })).toBe('cpu_usage cpu_percent below 80');
});

it('is quick for many rules that say the same', () => {
  const identities = new RuleIdentities();
  const start = performance.now();
  for (let index = 0; index < 20_000; index++) {
    identities.id(traits);
    identities.name(traits);
  }
  expect(performance.now() - start).toBeLessThan(5000);
});
