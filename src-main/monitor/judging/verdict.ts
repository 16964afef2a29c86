import type { Moved } from '../../alerts/lifecycle.ts';
import type { Alert } from '../../contract/alert.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Track } from './track.ts';

/** A sample that violated a rule whose alert was already firing. */
export interface FurtherViolation {
  alert: Alert;
  rule: Rule;
  value: number;
  /** Sample time, epoch milliseconds. */
  at: number;
}

/** The changes after evaluating one reading, passed time, or new settings. */
export interface Verdict {
  tracks: Track[];
  forgottenTracks: Track[];
  /** New or changed alerts, even without a move (a worse value). */
  alerts: Alert[];
  moves: (Moved & { rule: Rule })[];
  /** Samples that violated a rule whose alert was already firing. */
  furtherViolations: FurtherViolation[];
  /** What was judged, one entry for each rule and series: where they stand is made of it for those who look. */
  judged: Track[];
}

/**
 * The time at which a reading is evaluated, on both clocks. Durations are measured only by the monotonic one, because
 * the wall clock can be set.
 */
export interface Moment {
  /** Epoch milliseconds. */
  now: number;
  /** Elapsed milliseconds, including sleep. */
  monotonic: number;
}

/** A moment with a third clock, for times that are stored. */
export interface SteadyMoment extends Moment {
  /** Epoch milliseconds, as if the clock had not been set since this process began. */
  steady: number;
}

export function emptyVerdict(): Verdict {
  return { tracks: [], forgottenTracks: [], alerts: [], moves: [], furtherViolations: [], judged: [] };
}

/**
 * Whether nothing has to be written or announced except the state of rules. Further violations alone change nothing.
 */
export function changesNothing({ tracks, forgottenTracks, alerts, moves }: Verdict): boolean {
  return tracks.length + forgottenTracks.length + alerts.length + moves.length === 0;
}
