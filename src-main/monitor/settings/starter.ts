import type { Settings } from '../../contract/settings.ts';
import { parseSettings } from './schema.ts';

/** The settings of a first start: this machine, with three rules that rarely fire, and records kept as files. */
export function starterSettings(): Settings {
  const rule = {
    enabled: true,
    comparison: 'greater_than',
    severity: 'warning',
    cooldownSeconds: 600,
  } as const;
  return parseSettings({
    version: 1,
    sources: ['cpu', 'memory', 'disk', 'network'].map((kind) => ({ name: kind, kind })),
    rules: [
      {
        ...rule,
        id: 'cpu-high',
        name: 'CPU above 80 %',
        source: 'cpu',
        metric: 'cpu_percent',
        threshold: 80,
        consecutiveViolations: 6,
      },
      {
        ...rule,
        id: 'memory-high',
        name: 'Memory above 85 %',
        source: 'memory',
        metric: 'memory_percent',
        threshold: 85,
        consecutiveViolations: 3,
      },
      {
        ...rule,
        id: 'disk-high',
        name: 'Disk above 90 %',
        source: 'disk',
        metric: 'disk_percent',
        threshold: 90,
      },
    ],
    destinations: [{ name: 'exports', kind: 'file' }],
  });
}
