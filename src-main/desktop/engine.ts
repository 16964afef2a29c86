import type { Alert } from '../contract/alert.ts';
import type { Status } from '../contract/status.ts';
import type { Monitor } from '../monitor/monitor.ts';

/** What the desktop asks of the monitor beyond watching: hush for a while, and answer an alert. */
export interface Hush {
  /** Holds announcements until then (epoch milliseconds); null ends the pause. Sampling and recording go on. */
  pause(until: number | null): void;
  acknowledge(alertId: string): void;
  snooze(alertId: string, until: number): void;
}

export type Engine = Monitor & Hush;

export type EngineStatus = Omit<Status, 'alerts'> & {
  pausedUntil: number | null;
  alerts: (Alert & { acknowledgedAt: number | null; snoozedUntil: number | null })[];
};
