import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { PartialReading } from '../partial-reading.ts';

/** Reads one part of a source. */
export type Part = () => Promise<Measurement[]> | Measurement[];

/**
 * Reads all parts, one after the other, synchronously if all of them are. A part that fails loses only its own samples.
 * If some parts fail, throws a `PartialReading` with the first failure; if all do, throws that failure itself.
 */
export function inParts(parts: readonly Part[]): Promise<Measurement[]> | Measurement[] {
  const samples: Measurement[] = [];
  const failures: unknown[] = [];
  const noteFailure = (thrown: unknown) => void failures.push(thrown);
  const keep = (read: Measurement[]) => void samples.push(...read);
  const readFrom = (place: number): Promise<Measurement[]> | Measurement[] => {
    for (let next = place; next < parts.length; next++) {
      try {
        const read = parts[next]?.() ?? [];
        if (read instanceof Promise) return read.then(keep, noteFailure).then(() => readFrom(next + 1));
        keep(read);
      } catch (thrown) {
        noteFailure(thrown);
      }
    }
    return together(samples, failures, parts.length);
  };
  return readFrom(0);
}

function together(samples: Measurement[], failures: readonly unknown[], count: number): Measurement[] {
  if (failures.length === 0) return samples;
  const [first] = failures;
  if (failures.length === count) throw first;
  throw new PartialReading(
    samples,
    first instanceof PlimsollError
      ? first
      : new PlimsollError('internal', messageOf(first), { cause: first }),
  );
}
