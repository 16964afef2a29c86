import type { Alert } from '../../src-main/contract/alert.ts';
import { isSnoozed } from './alert-marks.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import { m } from '../paraglide/messages.js';
import type { LiveClock } from './clock.svelte.ts';
import { problemWords } from './problem-words.ts';
import { spanEnd } from './spans.ts';
import type { Span } from './spans.ts';
import type { Toasts } from './toasts.svelte.ts';
import { currentFormat } from './words.ts';

/** The reader's actions to silence announcements: acknowledge, snooze, pause. Errors are shown as toasts. */
export class Silence {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  readonly #toasts: Toasts;

  constructor(client: PlimsollClient, clock: LiveClock, toasts: Toasts) {
    this.#client = client;
    this.#clock = clock;
    this.#toasts = toasts;
  }

  async acknowledge(alert: Pick<Alert, 'id'>): Promise<void> {
    await this.#try(m.not_acknowledged, () => this.#client.acknowledge(alert.id));
  }

  async unacknowledge(alert: Pick<Alert, 'id'>): Promise<void> {
    await this.#try(m.not_unacknowledged, () => this.#client.unacknowledge(alert.id));
  }

  /** Snoozes it, with an undo action that brings back how it was before. */
  async snooze(alert: Alert, span: Span | 'resolved'): Promise<void> {
    const now = this.#clock.at();
    const until = span === 'resolved' ? null : spanEnd(span, now);
    await this.#try(m.not_snoozed, async () => {
      await this.#client.snooze(alert.id, until);
      this.#toasts.undoable(
        until === null
          ? m.alert_snoozed_until_resolved()
          : m.alert_snoozed({ time: currentFormat().moment(until, now) }),
        m.undo(),
        () => void this.#snoozeAsBefore(alert),
      );
    });
  }

  async unsnooze(alert: Pick<Alert, 'id'>): Promise<void> {
    await this.#try(m.not_unsnoozed, () => this.#client.unsnooze(alert.id));
  }

  async #snoozeAsBefore(before: Alert): Promise<void> {
    if (!isSnoozed(before, this.#clock.at())) return this.unsnooze(before);
    await this.#try(m.not_unsnoozed, () => this.#client.snooze(before.id, before.snoozedUntil));
  }

  async pause(span: Span): Promise<void> {
    const until = spanEnd(span, this.#clock.at());
    await this.#try(m.not_paused, () => this.#client.pause(until));
  }

  async resume(): Promise<void> {
    await this.#try(m.not_resumed, () => this.#client.pause(null));
  }

  async #try(failed: (inputs: { why: string }) => string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      this.#toasts.problem(failed({ why: problemWords(thrown) }));
    }
  }
}
