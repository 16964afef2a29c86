import type { z } from 'zod';
import type { AlertState } from '../contract/alert.ts';
import type { Bundle, Message } from '../contract/delivery.ts';
import type { ReportFile, ReportNote } from '../contract/report.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { ProgramEnd, ProgramTask } from '../contract/program.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { TemplateFormat } from './templates.ts';

/**
 * Runs a program whose content the owner approved, to its end or until `signal` is aborted; then nothing of it is left
 * running. Throws `not_approved`, `deadline`, `too_large` for an exceeded limit, and the reason why a program cannot be
 * started.
 */
export type RunProgram = (task: ProgramTask, signal: AbortSignal) => Promise<ProgramEnd>;

/** A chart of the series that a message is about, with its content in words. */
export interface Chart {
  png: Uint8Array;
  /** The intended width in pixels of a page: the picture has twice as many. */
  width: number;
  words: string;
}

/**
 * Draws the chart of a message. Null if it cannot be drawn soon: a message without a chart is better than a late one.
 * Never throws.
 */
export type DrawChart = (message: Message) => Promise<Chart | null>;

/** Reads a file of a stored report. Throws `not_found` if there is none, such as a picture that could not be drawn. */
export type ReadReport = (report: string, file: ReportFile) => Promise<Uint8Array>;

/** What a destination may use besides its own options. */
export interface DestinationSurroundings {
  /** Where relative paths in the settings start. */
  directory: string;
  /** This desktop's notifications; null if there are none, as on a server. */
  notifier: Notifier | null;
  /** The secrets that this destination's options refer to, looked up at each attempt. */
  secret: ResolveSecret;
  /** Runs programs that the owner approved; absent if none can be run. */
  run?: RunProgram;
  /** Draws charts; absent if none can be drawn. */
  draw?: DrawChart;
  /** Reads files of reports; absent if there are none. */
  readReport?: ReadReport;
  /**
   * While a user watches a test, receives line by line what is sent to the other side and what it answers. The caller
   * strikes out secrets.
   */
  trace?: (line: string) => void;
}

/**
 * One configured destination at work. It makes one attempt: the outbox handles time, order, retries and the log. It
 * returns a receipt in words (what was written, what the other side answered) or throws a `PlimsollError` whose `retry`
 * says whether a later attempt may succeed. The same message may come twice, recognisable by `message.id`.
 */
export interface Destination {
  deliver(message: Message, signal: AbortSignal): Promise<string>;
  /**
   * For destinations that people read: all messages that wait when the next may be sent go as one, so that a storm is a
   * list rather than a thousand messages. Absent if each message must stand by itself, as records do.
   */
  together?: Together;
  /** Like `deliver`, with a report instead of an alert. Absent for destinations without reports. */
  deliverReport?(id: string, report: ReportNote, signal: AbortSignal): Promise<string>;
  close?(): void;
}

/** How several messages are sent as one. */
export interface Together {
  /** The least time between an accepted message and the next one, in milliseconds. */
  everyMs: number;
  /** Like `Destination.deliver`, identified by `bundle.id`. */
  deliver(bundle: Bundle, signal: AbortSignal): Promise<string>;
}

/** The least time between two messages of a destination that people read, in milliseconds. */
export const peopleReadEveryMs = 10_000;

/** A kind of destination, complete in one file: its settings and how it delivers. */
export interface DestinationKind<Options = unknown> {
  kind: string;
  title: string;
  description: string;
  /**
   * Its purpose. `record`: evidence, gets every transition. `announce`: people, gets what the cooldown lets through.
   */
  role: 'record' | 'announce';
  /** An option that is a template for everything that is sent. Such a kind has no separate `wording`. */
  template?: { option: string; formatOf(options: Readonly<Record<string, unknown>>): TemplateFormat };
  /**
   * Whether it is notified when somebody acknowledges an alert that it was told of, by a message with the acknowledged
   * alert.
   */
  hearsAcknowledged?: true;
  /** Whether it accepts reports. */
  takesReports?: true;
  /** Set if it sends the record itself, so that there are no words to choose. */
  carries?: 'record';
  /** The kind's own options; the name and the switch are common to all and not repeated here. */
  options: z.ZodType<Options>;
  /** Whether it wants transitions to this state; by default all. Asked before anything is queued. */
  wants?(options: Options, to: AlertState): boolean;
  /**
   * The least time between records of further violations while an alert fires, in seconds: 0 for a record of each, null
   * for none. Absent if only transitions are sent.
   */
  furtherEverySeconds?(options: Options): number | null;
  /**
   * Checks when the settings are saved whether it can work at all, for example whether a directory is writable. Throws
   * the problem.
   */
  check?(options: Options, surroundings: DestinationSurroundings): Promise<void>;
  open(options: Options, surroundings: DestinationSurroundings): Destination;
}

/** Declares a destination kind; derives the type of its options from its schema. */
export function defineDestination<Options>(kind: DestinationKind<Options>): DestinationKind<Options> {
  return kind;
}
