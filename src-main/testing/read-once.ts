import { systemClock } from '../base/clock.ts';
import type { ReadingError } from '../contract/sample.ts';
import { attempt } from '../collectors/attempt.ts';
import type { SourceKind, Surroundings } from '../collectors/source-kind.ts';
import { sourceSurroundings } from './surroundings.ts';

/** One collection of a source, as the scheduler makes it: values by metric, labels behind it where there are any. */
export async function readOnce<Options>(
  kind: SourceKind<Options>,
  options: Record<string, unknown>,
  given: Partial<Surroundings> & { deadlineMs?: number } = {},
): Promise<{ values: Record<string, number>; error: ReadingError | null; durationMs: number }> {
  const { deadlineMs = 10_000, ...surroundings } = given;
  const collector = kind.open(kind.options.parse(options), sourceSurroundings(surroundings));
  const { samples, error, durationMs } = await attempt({
    host: 'box',
    source: kind.kind,
    collect: (signal, ms) => collector.collect(signal, ms),
    deadlineMs,
    clock: systemClock,
  }).reading;
  collector.close?.();
  const nameOf = (labels: Readonly<Record<string, string>>) =>
    Object.keys(labels).length === 0 ? '' : JSON.stringify(labels);
  return {
    values: Object.fromEntries(samples.map(({ metric, labels, value }) => [metric + nameOf(labels), value])),
    error,
    durationMs,
  };
}
