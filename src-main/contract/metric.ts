import { z } from 'zod';

/** The unit of a number. The interface chooses digits, prefixes and locale; storage and API carry the plain number. */
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

/** The unit for a spelling that people or programs use, such as `C` or `%`; `none` for unknown ones. */
export function unitNamed(text: string): Unit {
  const wanted = text.trim().toLowerCase();
  const found = Object.entries(spellings).find(([, spelled]) => spelled.includes(wanted));
  return (found?.[0] as Unit | undefined) ?? 'none';
}

/** The meaning of a metric, defined once by the kind that produces it. */
export const metricDefinitionSchema = z
  .object({
    title: z.string(),
    unit: unitSchema,
    /** Text after the number if no unit fits, such as `hPa`. */
    sign: z.string().optional(),
    /** The value at which a gauge is full, if the metric has one: 100 for a percentage. */
    full: z.number().optional(),
    /** Labels that distinguish its series, such as `core`. Without them it has only one series. */
    labels: z.array(z.string()).optional(),
    help: z.string(),
  })
  .meta({ id: 'MetricDefinition' });
export type MetricDefinition = z.infer<typeof metricDefinitionSchema>;
