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
  /** Where scripts are found and how they run; absent where none may run. */
  scripts?: ScriptSurroundings | undefined;
}

/** What a source that runs a script has besides. */
export interface ScriptSurroundings extends ScriptPlaces {
  /** What was approved of its file; null while nothing was. */
  approval: SourceApproval | null;
  /** What is known of all sources now; nothing where nobody keeps it. */
  known?: () => KnownNumbers;
}

/** The same for all scripts of one Plimsoll. */
export interface ScriptPlaces extends SessionPlaces {
  /** Relative paths of scripts start here: the folder `metrics`. */
  folder: string;
}

/**
 * One configured source at work. It makes one attempt at a time: the scheduler owns time, deadlines and counting, and
 * never runs two collections of one source at once. What cannot be read is left out; when nothing can be read, it throws a
 * `PlimsollError`, and a `PartialReading` when a part could be read and the owner should know of the rest. When `signal` is aborted the deadline has passed, and what is returned later is thrown away;
 * `deadlineMs` says beforehand how long that is, for those to whom silence is an answer.
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
  /** How often it is sampled where the settings do not say, in seconds. */
  intervalSeconds: number;
  /** The kind's own options; name, interval and the like are common to all and not repeated here. */
  options: z.ZodType<Options>;
  /** Options that are paths: where they are relative they start at the folder of the settings, and `open` gets them in full. */
  paths?: readonly string[];
  metrics: Record<string, MetricDefinition>;
  /** A source of this kind as somebody may have it, for the reference: `name` and options. Without it, the kind alone is one. */
  example?: { name: string } & Record<string, unknown>;
  /** It reads this machine and needs no options: `sample` shows it, and `MONITOR_INTERVAL` sets how often it is read. */
  local?: true;
  /** What it finds depends on what it is pointed at: rules may name metrics that are not in `metrics`. */
  anyMetric?: true;
  /** Others send its numbers through the API: it is never read, and the scheduler does not know it. */
  fed?: true;
  /**
   * The host that it asks, which may be another machine: a name or an IP address, null for the name servers of this one. While
   * this machine has no network, silence of that host is no measurement: see `OwnNetwork`.
   */
  asks?(options: Options): string | null;
  open(options: Options, surroundings: Surroundings): Collector;
}

/** Declares a source kind; ties the type of its options to its schema. */
export function defineSource<Options>(kind: SourceKind<Options>): SourceKind<Options> {
  return kind;
}

/** What a source that is fed answers when somebody asks it all the same, to try it out. */
export const onlyFed: Collector = {
  collect() {
    throw new PlimsollError(
      'unsupported',
      'There is nothing to ask: this source waits for what others send to /api/v1/push/ with its name.',
    );
  },
};
