import type { AlertContext } from '../../contract/alert-context.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Severity } from '../../contract/rule.ts';
import type { ExportFormat } from '../../deliveries/formats.ts';
import type { AlertBook } from '../judging/alert-book.ts';
import type { FireDrill } from '../judging/fire-drill.ts';
import type { Silences } from '../judging/silences.ts';
import type { Moment } from '../judging/verdict.ts';
import type { Pipeline } from '../pipeline.ts';
import type { State } from '../state/state.ts';
import { alertExport } from './alert-export.ts';

export interface AlertFilter {
  state?: 'firing' | 'resolved';
  severity?: Severity;
  ruleId?: string;
  source?: string;
  host?: string;
  /** Alerts that fired from then on, and before then; epoch milliseconds. */
  from?: number;
  to?: number;
  /** Words that must all occur in its name, its origin or its note, ignoring case. */
  text?: string;
  /** Alerts that fired before this time, epoch milliseconds: for the next page, the last one's `firedAt`. */
  before?: number;
  /** With `before`: also those that fired at that time and are listed after the alert with this id, the last one's. */
  beforeId?: string;
  limit: number;
}

export interface AlertDetail {
  alert: Alert;
  transitions: Transition[];
  deliveries: Delivery[];
  /** The circumstances when it fired and whenever it became critical, oldest first. */
  contexts: AlertContext[];
}

/** Queries and changes of alerts. Methods throw `not_found` for an alert that does not exist or is not firing. */
export interface AlertsApi {
  list(filter: AlertFilter): Alert[];
  one(id: string): AlertDetail;
  /** The text of a file with the alerts that match a filter, newest first, in pieces. */
  export(filter: Omit<AlertFilter, 'limit'>, format: ExportFormat): Iterable<string>;
  /**
   * Tests the alarm: an alert marked as a drill goes to every enabled destination and ends by itself. Returns it, or
   * the drill that is already running.
   */
  drill(): AlertDetail;
  /**
   * Acknowledges a firing alert: `by` is the name of the caller's token, null for the owner. Ends reminders. Throws
   * `not_found` if it is not firing.
   */
  acknowledge(id: string, note: string | null, by?: string | null): AlertDetail;
  /** Takes back an acknowledgement. Throws `not_found` if the alert is not firing. */
  unacknowledge(id: string): AlertDetail;
  /**
   * Announces nothing about a firing alert until then (epoch milliseconds, at most 30 days ahead), and announces it
   * again if it still fires; null: until it is over. `by` as for `acknowledge`.
   */
  snooze(id: string, until: number | null, by?: string | null): AlertDetail;
  /**
   * A snoozed alert may be mentioned again, and what became worse meanwhile is announced. Throws `not_found` for one that is
   * not firing. `by` as for `acknowledge`.
   */
  unsnooze(id: string, by?: string | null): AlertDetail;
  /**
   * Announces nothing until then (epoch milliseconds, at most 30 days ahead); null ends a pause. Sampling, evaluating
   * and recording continue. At the end, alerts that still fire are announced, and recoveries of alerts that had been
   * announced.
   */
  pause(until: number | null): void;
}

export interface AlertDeskParts {
  state: State;
  /** The firing alerts, with newer values than those that were committed. */
  book: Pick<AlertBook, 'firingAlert'>;
  pipeline: Pick<Pipeline, 'acknowledge' | 'unacknowledge' | 'snooze' | 'unsnooze'>;
  silences: Silences;
  drill: Pick<FireDrill, 'start'>;
  moment: () => Moment;
  /** Called when the pause changes, which is visible everywhere. */
  onPause: () => void;
}

/** The implementation in a running monitor. */
export class AlertDesk implements AlertsApi {
  readonly #parts: AlertDeskParts;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  list(filter: AlertFilter): Alert[] {
    const { state, book } = this.#parts;
    return state.alerts.list(filter).map((alert) => book.firingAlert(alert.id) ?? alert);
  }

  one(id: string): AlertDetail {
    const { state, book } = this.#parts;
    const alert = book.firingAlert(id) ?? state.alerts.one(id);
    if (alert === undefined) throw new PlimsollError('not_found', `There is no alert ${id}.`);
    return {
      alert,
      transitions: state.alerts.transitions(id),
      deliveries: state.deliveries.ofAlert(id),
      contexts: state.alerts.contexts(id),
    };
  }

  export(filter: Omit<AlertFilter, 'limit'>, format: ExportFormat): Iterable<string> {
    return alertExport(
      filter,
      format,
      (page) => this.list(page),
      (id) => this.one(id),
    );
  }

  drill(): AlertDetail {
    return this.one(this.#parts.drill.start());
  }

  acknowledge(id: string, note: string | null, by: string | null = null): AlertDetail {
    this.#parts.pipeline.acknowledge(id, by, note, this.#parts.moment());
    return this.one(id);
  }

  unacknowledge(id: string): AlertDetail {
    this.#parts.pipeline.unacknowledge(id, this.#parts.moment());
    return this.one(id);
  }

  snooze(id: string, until: number | null, by: string | null = null): AlertDetail {
    const moment = this.#parts.moment();
    if (until !== null) checkAhead(until, moment.now);
    this.#parts.pipeline.snooze(id, by, until, moment);
    return this.one(id);
  }

  unsnooze(id: string, by: string | null = null): AlertDetail {
    this.#parts.pipeline.unsnooze(id, by, this.#parts.moment());
    return this.one(id);
  }

  pause(until: number | null): void {
    const { state, silences, moment, onPause } = this.#parts;
    if (until !== null) checkAhead(until, moment().now);
    state.pausedUntil = until;
    silences.pause(until);
    onPause();
  }
}

const farthestAheadMs = 30 * 86_400_000;

function checkAhead(until: number, now: number): void {
  if (until > now && until <= now + farthestAheadMs) return;
  throw new PlimsollError('invalid_request', 'The time must lie ahead, by 30 days at most.', {
    problems: [{ path: 'until', message: 'must lie ahead, by 30 days at most' }],
  });
}
