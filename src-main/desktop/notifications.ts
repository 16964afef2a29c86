import { Notification } from 'electron';
import type { NotificationConstructorOptions } from 'electron';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { PlimsollError } from '../contract/error.ts';
import type { DesktopNotification, Notifier } from '../contract/notifier.ts';
import { ToastTurns } from './toast-turns.ts';
import type { Words } from './words.ts';

/** How long to wait for confirmation, in milliseconds: some systems never report that a notification was shown. */
const answerMs = 3000;
/** Most notifications that still react to clicks; beyond it the oldest no longer does. */
const keptAtMost = 100;
/** Used in place of an alert's id for the notification about many alerts. */
const manyId = 'many';
export const snoozeMinutes = 60;

export interface NotifierParts {
  words: () => Words;
  clock: Clock;
  log: Log;
  /** A more recent text than the one in the notification, if the alert is still known. */
  describe(alertId: string): { title: string; body: string } | undefined;
  onOpen(route: string): void;
  onAcknowledge(alertId: string): void;
  onSnooze(alertId: string, minutes: number): void;
}

/**
 * Shows notifications with Electron, at most one for each alert. A click opens the alert; buttons, if the system shows
 * them, acknowledge or snooze it.
 */
export class DesktopNotifier implements Notifier {
  readonly #parts: NotifierParts;
  readonly #turns = new ToastTurns();
  /** Keeps a reference, because a garbage-collected notification no longer reacts to clicks. */
  readonly #shown = new Map<string, Notification>();
  #cancelFold: (() => void) | undefined;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  async show(notification: DesktopNotification): Promise<void> {
    if (!Notification.isSupported()) {
      throw new PlimsollError('unsupported', 'This system has no notifications.');
    }
    const { alertId, urgency, isOver, detail } = notification;
    const { clock, describe, words } = this.#parts;
    const turn = this.#turns.take(alertId, isOver, clock.monotonic());
    // The list of alerts already shows it; here it is only counted.
    if (turn.show === 'later') this.#cancelFold ??= clock.after(turn.inMs, () => this.#fold());
    if (turn.show !== 'itself') return;
    const { title, body } = describe(alertId) ?? notification;
    const { acknowledge, snoozeHour } = words();
    await this.#present(alertId, `#/alerts/${encodeURIComponent(alertId)}`, {
      title: plain(title),
      body: detail === null ? plain(body) : `${plain(body)}\n${plain(detail)}`,
      urgency,
      actions: [
        { type: 'button', text: acknowledge },
        { type: 'button', text: snoozeHour },
      ],
    });
  }

  withdraw(alertId: string): void {
    this.#close(alertId);
    if (this.#turns.over(alertId)) this.#close(manyId);
  }

  close(): void {
    this.#cancelFold?.();
    for (const alertId of [...this.#shown.keys()]) this.#close(alertId);
  }

  #close(alertId: string): void {
    const notification = this.#shown.get(alertId);
    this.#shown.delete(alertId);
    notification?.close();
  }

  #fold(): void {
    this.#cancelFold = undefined;
    const { clock, words, log } = this.#parts;
    const count = this.#turns.fold(clock.monotonic());
    if (count === 0) return;
    const { moreAlerts, moreAlertsBody } = words();
    const options = { title: moreAlerts(count), body: moreAlertsBody };
    this.#present(manyId, '#/alerts', options).catch((error: unknown) =>
      log.warn('a notification could not be shown', { error }),
    );
  }

  #present(alertId: string, route: string, options: NotificationConstructorOptions): Promise<void> {
    const { clock, onOpen, onAcknowledge, onSnooze } = this.#parts;
    this.#close(alertId);
    const notification = new Notification(options);
    this.#keep(alertId, notification);
    notification.on('click', () => onOpen(route));
    notification.on('action', ({ actionIndex }) => {
      this.#close(alertId);
      if (actionIndex === 0) onAcknowledge(alertId);
      else onSnooze(alertId, snoozeMinutes);
    });
    return new Promise((resolve, reject) => {
      const cancel = clock.after(answerMs, resolve);
      notification.on('show', () => {
        cancel();
        resolve();
      });
      notification.on('failed', (_event, problem) => {
        cancel();
        if (this.#shown.get(alertId) === notification) this.#shown.delete(alertId);
        reject(new PlimsollError('unsupported', `The system did not show the notification: ${problem}.`));
      });
      notification.show();
    });
  }

  #keep(alertId: string, notification: Notification): void {
    this.#shown.set(alertId, notification);
    const [oldest] = this.#shown.keys();
    if (this.#shown.size > keptAtMost && oldest !== undefined) this.#shown.delete(oldest);
  }
}

/** Removes line breaks and mark-up from foreign names; some notification servers interpret mark-up. */
function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
  const escaped =
    process.platform === 'linux'
      ? line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      : line;
  return escaped.slice(0, 500);
}
