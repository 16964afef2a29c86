import type { Rule } from '../src-main/contract/rule.ts';

type WantedRule = Pick<Rule, 'id' | 'name' | 'source' | 'metric' | 'comparison' | 'threshold'> &
  Partial<Rule>;

/** A settings document as somebody writes it: whatever has a default may be missing. */
export interface Wanted {
  version: 1;
  sources: {
    name: string;
    kind: string;
    enabled?: boolean;
    intervalSeconds?: number;
    [option: string]: unknown;
  }[];
  rules: WantedRule[];
  destinations: { name: string; kind: string; [option: string]: unknown }[];
  monitoring: { checkIntervalSeconds: number };
  /** It receives from other machines. */
  hub?: { enabled?: boolean };
  /** Where it listens, when the command line does not say so. */
  listen?: string[];
}

/** A rule on memory. Its limit is never crossed, unless a change makes it so. */
export function memoryRule(change: Partial<WantedRule> = {}): WantedRule {
  return {
    id: 'memory-high',
    name: 'Memory too full',
    source: 'memory',
    metric: 'memory_percent',
    comparison: 'greater_than',
    threshold: 99.9,
    consecutiveViolations: 2,
    ...change,
  };
}

/** Every machine uses some of its memory: this one fires with the second sample. */
export function crossedRule(change: Partial<WantedRule> = {}): WantedRule {
  return memoryRule({ threshold: 0.5, ...change });
}

/** Four sources that are sampled twice a second, three rules of which none is crossed, and the file export. */
export function calmSettings(change: Partial<Wanted> = {}): Wanted {
  const other = { comparison: 'greater_than', threshold: 100 } as const;
  return {
    version: 1,
    sources: ['cpu', 'memory', 'disk', 'network'].map((kind) => ({ name: kind, kind, intervalSeconds: 0.5 })),
    rules: [
      { id: 'cpu-high', name: 'Processor too busy', source: 'cpu', metric: 'cpu_percent', ...other },
      memoryRule(),
      { id: 'disk-high', name: 'Disk too full', source: 'disk', metric: 'disk_percent', ...other },
    ],
    destinations: [{ name: 'exports', kind: 'file', directory: 'exports' }],
    monitoring: { checkIntervalSeconds: 0.1 },
    ...change,
  };
}

/** The same with a line that is crossed. */
export function crossedSettings(): Wanted {
  const { rules, ...calm } = calmSettings();
  return { ...calm, rules: rules.map((rule) => (rule.id === 'memory-high' ? crossedRule() : rule)) };
}
