import type { Clock } from '../base/clock.ts';
import { codeAndMessage } from '../contract/error.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { PartialReading } from './partial-reading.ts';
import type { Collector } from './source-kind.ts';

interface AttemptOptions {
  host: string;
  source: string;
  collect: Collector['collect'];
  deadlineMs: number;
  clock: Clock;
  /** Reused from an earlier attempt: not aborted, and no longer listened to. */
  controller?: AbortController | undefined;
}

/** One collection, possibly still running. Neither promise ever rejects. */
export interface Attempt {
  /** The result: immediate if the collector answered synchronously, otherwise at the deadline at the latest. */
  reading: Promise<Reading> | Reading;
  /** When the collector has actually returned, which may be long after the deadline, or never. Null if it has. */
  ended: Promise<void> | null;
  /** Tells the collector that its result is no longer wanted. */
  abort(): void;
}

type Outcome = Pick<Reading, 'samples' | 'error'>;

/**
 * Starts one collection. Whatever it throws becomes an error in the reading, with the code of a `PlimsollError`, or
 * `internal` for anything unexpected; a `PartialReading` also brings samples. Past the deadline the error is
 * `deadline`, and a later result is discarded.
 */
export function attempt({
  host,
  source,
  collect,
  deadlineMs,
  clock,
  controller = new AbortController(),
}: AttemptOptions): Attempt {
  const abort = () => controller.abort();
  const at = clock.now();
  const started = clock.monotonic();
  const readingOf = (outcome: Outcome): Reading => ({
    host,
    source,
    at,
    durationMs: Math.round((clock.monotonic() - started) * 100) / 100,
    ...outcome,
  });
  const begun = begin(() => collect(controller.signal, deadlineMs));
  if (!(begun instanceof Promise)) {
    // Most sources answer synchronously, every second, and need no deadline then.
    return { reading: readingOf(begun), ended: null, abort };
  }
  const { promise: late, resolve: giveUp } = Promise.withResolvers<Outcome>();
  const cancel = clock.after(deadlineMs, () => {
    giveUp({
      samples: [],
      error: { code: 'deadline', message: `It has not answered within ${deadlineMs / 1000} s.` },
    });
    abort();
  });
  const reading = Promise.race([begun, late]).then((outcome) => {
    cancel();
    return readingOf(outcome);
  });
  return { reading, ended: begun.then(() => undefined), abort };
}

function begin(collect: () => ReturnType<Collector['collect']>): Outcome | Promise<Outcome> {
  try {
    const collected = collect();
    return collected instanceof Promise ? collected.then(onlyNumbers, failed) : onlyNumbers(collected);
  } catch (thrown) {
    return failed(thrown);
  }
}

function failed(thrown: unknown): Outcome {
  const samples = thrown instanceof PartialReading ? onlyNumbers(thrown.samples).samples : [];
  return { samples, error: codeAndMessage(thrown) };
}

/**
 * Non-finite numbers are dropped: messages between processes turn NaN into null, and no threshold can be compared with
 * either.
 */
function onlyNumbers(collected: readonly Measurement[]): Outcome {
  const samples = collected.filter(({ value }) => Number.isFinite(value));
  if (samples.length === collected.length) return { samples, error: null };
  const bad = collected.filter(({ value }) => !Number.isFinite(value)).map(({ metric }) => metric);
  return { samples, error: { code: 'internal', message: `No number was computed for ${bad.join(', ')}.` } };
}
