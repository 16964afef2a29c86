import type { z } from 'zod';
import type { AlertState } from '../contract/alert.ts';
import type { Bundle, Message } from '../contract/delivery.ts';
import type { ReportFile, ReportNote } from '../contract/report.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { ProgramEnd, ProgramTask } from '../contract/program.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { TemplateFormat } from './templates.ts';

/**
 * Runs a program whose content the owner approved, to its end or until `signal` is aborted; nothing of it is left running then. Throws
 * `not_approved`, `deadline`, `too_large` for what passes a limit, and what keeps a program from being started.
 */
export type RunProgram = (task: ProgramTask, signal: AbortSignal) => Promise<ProgramEnd>;

/** A picture of the course of what a message is about, with its content in words. */
export interface Chart {
  png: Uint8Array;
  /** How wide it is meant to be shown, in pixels of a page: it has twice as many. */
  width: number;
  words: string;
}

/** Draws what a message is about; null where that cannot be drawn, or not soon: a message goes without rather than late. Never throws. */
export type DrawChart = (message: Message) => Promise<Chart | null>;

/** A file of a kept report. Throws `not_found` where there is none, as of a picture that could not be drawn. */
export type ReadReport = (report: string, file: ReportFile) => Promise<Uint8Array>;

/** What a destination may use besides its own options. */
export interface DestinationSurroundings {
  /** Relative paths in the settings start here. */
  directory: string;
  /** The notifications of this desktop; null where there is none, as on a server. */
  notifier: Notifier | null;
  /** The secrets that this destination's options refer to, asked for at each attempt. */
  secret: ResolveSecret;
  /** Runs programs that the owner approved; left out where none can be run. */
  run?: RunProgram;
  /** Draws charts; left out where nothing can. */
  draw?: DrawChart;
  /** Reads files of reports; left out where there are none. */
  readReport?: ReadReport;
  /**
   * Is told, line by line, what is said to the other side and what it answers, while somebody looks at a test. Secrets
   * are struck out by who calls it.
   */
  trace?: (line: string) => void;
}

/**
 * One configured destination at work. It makes one attempt: the outbox owns time, order, retries and the log. It
 * returns a receipt in words (what was written, what the other side answered) or throws a `PlimsollError` whose `retry` says
 * whether a later attempt may succeed. The same message may come twice: `message.id` tells.
 */
export interface Destination {
  deliver(message: Message, signal: AbortSignal): Promise<string>;
  /**
   * For those that people read: what waits at the moment at which something may go goes as one message, so that a storm is
   * a list and not a thousand messages. Left out where each must stand by itself, as evidence does.
   */
  together?: Together;
  /** Like `deliver`, with a report instead of an alert. Left out where reports do not go. */
  deliverReport?(id: string, report: ReportNote, signal: AbortSignal): Promise<string>;
  close?(): void;
}

/** How messages go as one. */
export interface Together {
  /** The least time between a message that arrived and the next one, in milliseconds. */
  everyMs: number;
  /** Like `Destination.deliver`; here it is `bundle.id` that tells. */
  deliver(bundle: Bundle, signal: AbortSignal): Promise<string>;
}

/** The least time between two messages of a destination that people read, in milliseconds. */
export const peopleReadEveryMs = 10_000;

/** A kind of destination, complete in one file: its settings and how it is reached. */
export interface DestinationKind<Options = unknown> {
  kind: string;
  title: string;
  description: string;
  /**
   * What it is for. `record`: evidence, gets every transition. `announce`: people, gets what cooldown lets through.
   */
  role: 'record' | 'announce';
  /** An option that is a template for everything that is sent; such a kind has no separate `wording`. */
  template?: { option: string; formatOf(options: Readonly<Record<string, unknown>>): TemplateFormat };
  /** Whether it is told at once when somebody acknowledges an alert that it was told of, by a message whose alert says so. */
  hearsAcknowledged?: true;
  /** Whether reports go there. */
  takesReports?: true;
  /** What it sends: the record as it is, so that there are no words to choose; without it, words. */
  carries?: 'record';
  /** The kind's own options; the name and the switch are common to all and not repeated here. */
  options: z.ZodType<Options>;
  /** Whether it wants to hear that an alert went to this state; without it, of every one. Asked before anything is queued. */
  wants?(options: Options, to: AlertState): boolean;
  /**
   * The least time between records of further violations while an alert fires, in seconds: 0 for a record of each, null for
   * none. Left out where only transitions are told.
   */
  furtherEverySeconds?(options: Options): number | null;
  /** Looks, when it is saved, whether it can work at all, such as that a directory can be written. Throws what is wrong. */
  check?(options: Options, surroundings: DestinationSurroundings): Promise<void>;
  open(options: Options, surroundings: DestinationSurroundings): Destination;
}

/** Declares a destination kind; ties the type of its options to its schema. */
export function defineDestination<Options>(kind: DestinationKind<Options>): DestinationKind<Options> {
  return kind;
}
