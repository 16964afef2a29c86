import { z } from 'zod';

/** What a number counts. The interface chooses digits, prefixes and locale; storage and API carry the plain number. */
export const unitSchema = z
  .enum([
    'percent',
    'bytes',
    'gibibytes',
    'bytes_per_second',
    'per_second',
    'milliseconds',
    'seconds',
    'celsius',
    'count',
    'none',
  ])
  .meta({ id: 'Unit' });
export type Unit = z.infer<typeof unitSchema>;

const spellings: Readonly<Record<Exclude<Unit, 'none'>, readonly string[]>> = {
  percent: ['%', 'pct', 'percent'],
  bytes: ['b', 'byte', 'bytes'],
  gibibytes: ['gib', 'gibibyte', 'gibibytes'],
  bytes_per_second: ['b/s', 'bytes/s', 'bytes_per_second'],
  per_second: ['/s', '1/s', 'hz', 'per_second'],
  milliseconds: ['ms', 'msec', 'millisecond', 'milliseconds'],
  seconds: ['s', 'sec', 'second', 'seconds'],
  celsius: ['c', '°c', 'celsius', 'degc'],
  count: ['count', 'pcs'],
};

/** The unit that is meant by its usual spellings, such as `C` or `%`; `none` for unknown ones. */
export function unitNamed(text: string): Unit {
  const wanted = text.trim().toLowerCase();
  const found = Object.entries(spellings).find(([, spelled]) => spelled.includes(wanted));
  return (found?.[0] as Unit | undefined) ?? 'none';
}

/** What a metric means, said once by the kind that produces it. */
export const metricDefinitionSchema = z
  .object({
    title: z.string(),
    unit: unitSchema,
    /** What stands behind the number where no unit fits, such as `hPa`. */
    sign: z.string().optional(),
    /** The value at which the level is full, where the metric has such a value: 100 for a percentage. */
    full: z.number().optional(),
    /** The labels that tell its series apart, such as `core`; without them it is one series. */
    labels: z.array(z.string()).optional(),
    help: z.string(),
  })
  .meta({ id: 'MetricDefinition' });
export type MetricDefinition = z.infer<typeof metricDefinitionSchema>;
