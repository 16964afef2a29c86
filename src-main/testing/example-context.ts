import type { AlertContext } from '../contract/alert-context.ts';
import { hostileText } from './hostile-text.ts';

/** What was going on when the alert of `exampleMessage` fired: a compiler at work, on battery, shortly after a sleep. */
export function exampleContext(
  changes: { [Key in keyof AlertContext]?: AlertContext[Key] | undefined } = {},
): AlertContext {
  const at = Date.UTC(2026, 0, 5, 12, 0, 0, 123);
  const { programs, ...others } = {
    at,
    rule: 'CPU (cpu_usage) above 80 % for 2 samples in a row → warning',
    values: [
      { at: at - 5000, value: 88 },
      { at, value: 91.5 },
    ],
    programs: {
      at: at - 1000,
      measure: 'cpu' as const,
      byCpu: [
        {
          program: 'rustc',
          cpuPercent: 310,
          memoryBytes: 2_400_000_000,
          before: { at: at - 600_000, cpuPercent: 4, memoryBytes: 500_000_000 },
        },
        { program: 'chrome', cpuPercent: 22, memoryBytes: null, before: null },
      ],
    },
    others: [
      {
        source: 'memory',
        metric: 'memory_percent',
        labels: {},
        unit: 'percent' as const,
        value: 92,
        at: at - 2000,
        usual: { low: 40, high: 61.5 },
        isUnusual: true,
      },
      { source: 'cpu_usage', metric: 'load_1', labels: {}, unit: 'none' as const, value: 7.5, at },
    ],
    host: {
      onBattery: true,
      batteryPercent: 41,
      resumed: { at: at - 120_000, sleptMs: 8 * 3_600_000 },
      load: { averages: [7.5, 4, 2], processors: 4 },
    },
    isComplete: true,
    ...changes,
  };
  return { ...others, ...(programs !== undefined && { programs }) } as AlertContext;
}

/** The same with this in the place of every name that others choose. */
export function hostileContext(text = hostileText): AlertContext {
  const context = exampleContext();
  const { programs, others } = context;
  return {
    ...context,
    rule: text,
    ...(programs !== undefined && {
      programs: { ...programs, byCpu: programs.byCpu?.map((change) => ({ ...change, program: text })) ?? [] },
    }),
    others: others.map((other) => ({ ...other, source: text, metric: text, labels: { [text]: text } })),
  };
}
