import type { z } from 'zod';
import { PlimsollError } from '../contract/error.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import type { Measurement } from '../contract/sample.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { SourceApproval } from './scripts/approval.ts';
import type { SessionPlaces } from './scripts/open-session.ts';
import type { KnownNumbers } from './scripts/session.ts';
import type { System } from './system/system.ts';

/** What a collector may use besides its own options. */
export interface Surroundings {
  system: System;
  /** Monotonic milliseconds, for rates. */
  monotonic(): number;
  /** The secrets that this source's options refer to. */
  secret: ResolveSecret;
  /** Where scripts are and how they run; absent where none may run. */
  scripts?: ScriptSurroundings | undefined;
}

/** What a source that runs a script gets in addition. */
export interface ScriptSurroundings extends ScriptPlaces {
  /** The approval of its file; null if there is none. */
  approval: SourceApproval | null;
  /** The latest numbers of all sources; absent where nobody keeps them. */
  known?: () => KnownNumbers;
}

/** The same for all scripts of one installation. */
export interface ScriptPlaces extends SessionPlaces {
  /** The folder `metrics`, where relative paths of scripts start. */
  folder: string;
}

/**
 * One configured source at work. It makes one attempt at a time: the scheduler handles time, deadlines and counting,
 * and never runs two collections of one source at once. Values that cannot be read are left out. If nothing can be
 * read, it throws a `PlimsollError`; if only a part can, a `PartialReading` when the owner should know about the rest.
 * An aborted `signal` means that the deadline has passed and the result will be discarded. `deadlineMs` tells the time
 * limit in advance, for sources to which silence is an answer.
 */
export interface Collector {
  collect(signal: AbortSignal, deadlineMs?: number): Promise<Measurement[]> | Measurement[];
  close?(): void;
}

/** A kind of source, complete in one file: its settings, its metrics and how it is read. */
export interface SourceKind<Options = unknown> {
  kind: string;
  title: string;
  description: string;
  /** The default interval, in seconds. */
  intervalSeconds: number;
  /** The kind's own options; the common ones, such as name and interval, are not repeated here. */
  options: z.ZodType<Options>;
  /** Options that are paths: relative ones start at the folder of the settings, and `open` gets absolute ones. */
  paths?: readonly string[];
  metrics: Record<string, MetricDefinition>;
  /** A realistic source of this kind for the reference: `name` and options. If absent, the kind alone is an example. */
  example?: { name: string } & Record<string, unknown>;
  /** It reads this machine and needs no options: `sample` includes it, and `MONITOR_INTERVAL` sets its interval. */
  local?: true;
  /** Its metrics depend on its target: rules may name metrics that are not in `metrics`. */
  anyMetric?: true;
  /** Others send its numbers through the API: it is never read, and the scheduler ignores it. */
  fed?: true;
  /**
   * The host that it asks, which may be another machine: a name or an IP address, or null for this machine's name
   * servers. While this machine has no network, that host's silence is not a measurement: see `OwnNetwork`.
   */
  asks?(options: Options): string | null;
  open(options: Options, surroundings: Surroundings): Collector;
}

/** Declares a source kind; derives the type of its options from its schema. */
export function defineSource<Options>(kind: SourceKind<Options>): SourceKind<Options> {
  return kind;
}

/** The collector of a fed source, which answers any attempt to read it with an error. */
export const onlyFed: Collector = {
  collect() {
    throw new PlimsollError(
      'unsupported',
      'There is nothing to ask: this source waits for what others send to /api/v1/push/ with its name.',
    );
  },
};
