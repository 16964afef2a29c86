import type { Moved } from '../../alerts/lifecycle.ts';
import type { Alert } from '../../contract/alert.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Track } from './track.ts';

/** A sample that violated a rule whose alert was firing already. */
export interface FurtherViolation {
  alert: Alert;
  rule: Rule;
  value: number;
  /** Sample time, epoch milliseconds. */
  at: number;
}

/** What judging one reading, time that passed, or new settings, changed. */
export interface Verdict {
  tracks: Track[];
  forgottenTracks: Track[];
  /** Alerts that are new or different, also without a move (a worse value). */
  alerts: Alert[];
  moves: (Moved & { rule: Rule })[];
  /** Samples that violated a rule whose alert was firing already. */
  furtherViolations: FurtherViolation[];
  /** What was judged, one entry for each rule and series: where they stand is made of it for those who look. */
  judged: Track[];
}

/**
 * The moment at which a reading is judged, on both clocks. How long something lasted is measured by the monotonic one alone:
 * the wall clock can be set.
 */
export interface Moment {
  /** Epoch milliseconds. */
  now: number;
  /** Milliseconds that passed, those that the machine slept included. */
  monotonic: number;
}

/** A moment on a third clock, for what is remembered over restarts. */
export interface SteadyMoment extends Moment {
  /** Epoch milliseconds as they would be had nobody set the clock since this process began. */
  steady: number;
}

export function emptyVerdict(): Verdict {
  return { tracks: [], forgottenTracks: [], alerts: [], moves: [], furtherViolations: [], judged: [] };
}

/** Whether nothing has to be written or told of it, but where the rules stand. Further violations change nothing by themselves. */
export function changesNothing({ tracks, forgottenTracks, alerts, moves }: Verdict): boolean {
  return tracks.length + forgottenTracks.length + alerts.length + moves.length === 0;
}
