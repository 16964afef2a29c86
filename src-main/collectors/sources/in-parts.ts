import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { PartialReading } from '../partial-reading.ts';

/** Reads one part of what a source is about. */
export type Part = () => Promise<Measurement[]> | Measurement[];

/**
 * Reads all parts, one after the other; one that fails costs its own samples only. Throws a `PartialReading` with the
 * first failure when a part is missing, and that failure itself when nothing at all could be read.
 */
export async function inParts(parts: readonly Part[]): Promise<Measurement[]> {
  const samples: Measurement[] = [];
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      samples.push(...(await part()));
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length === 0) return samples;
  const [first] = failures;
  if (failures.length === parts.length) throw first;
  throw new PartialReading(
    samples,
    first instanceof PlimsollError
      ? first
      : new PlimsollError('internal', messageOf(first), { cause: first }),
  );
}
