import type { Status } from '../contract/status.ts';
import { alertText, timeText } from './alert-words.ts';
import type { Vocabulary } from './alert-words.ts';
import type { Words } from './words.ts';

/** The states for which the tray has an image. */
export type TrayState = 'ok' | 'warning' | 'critical' | 'unknown' | 'paused';

/** Everything the tray shows, as text. */
export interface TrayView {
  state: TrayState;
  /** The overall state in one sentence. */
  sentence: string;
  alerts: TrayAlert[];
  isPaused: boolean;
}

export interface TrayAlert {
  id: string;
  label: string;
  isAcknowledged: boolean;
  /** `Snoozed until 15:00`; null if it is not snoozed. */
  snoozed: string | null;
}

/** What the tray shows for a status at `now`. A pause takes precedence over alerts, because the owner chose it. */
export function trayView(
  status: Pick<Status, 'level' | 'alerts' | 'pausedUntil'>,
  now: number,
  vocabulary: Vocabulary,
  words: Words,
): TrayView {
  const { level, alerts, pausedUntil } = status;
  const isPaused = pausedUntil !== null && pausedUntil > now;
  const crossed = alerts.length > 0 ? words.crossed(alerts.length) : null;
  const known = crossed ?? (level === 'unknown' ? words.unknown : words.ok);
  return {
    state: isPaused ? 'paused' : level,
    sentence: isPaused
      ? [words.pausedUntil(timeText(pausedUntil, words.locale)), crossed].filter(Boolean).join(' · ')
      : known,
    alerts: alerts.map((alert) => ({
      id: alert.id,
      label: alertText(alert, vocabulary, words).brief,
      isAcknowledged: alert.acknowledgedAt !== null,
      snoozed: snoozedText(alert, now, words),
    })),
    isPaused,
  };
}

function snoozedText(
  { snoozedUntil, snoozedUntilResolved }: Status['alerts'][number],
  now: number,
  words: Words,
): string | null {
  if (snoozedUntilResolved === true) return words.snoozedUntilResolved;
  return snoozedUntil !== null && snoozedUntil > now
    ? words.snoozedUntil(timeText(snoozedUntil, words.locale))
    : null;
}
