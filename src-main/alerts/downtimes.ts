import type { Downtime, DowntimeView, Occurrence, QuietHours } from '../contract/downtime.ts';
import type { Severity } from '../contract/rule.ts';
import { quietSchedule, scheduleOf } from './occurrences.ts';
import type { Schedule } from './occurrences.ts';

/** The subject of an announcement. */
export interface Subject {
  ruleId: string;
  host: string;
  source: string;
  severity: Severity;
}

export interface PlannedDowntime {
  downtime: Downtime;
  origin: DowntimeView['origin'];
  /** Whether the downtime applies to this host, source and rule. */
  covers(subject: Subject): boolean;
  /** An occurrence that was ended early; everything planned within it is over. */
  ended: Occurrence | null;
}

/**
 * What holds announcements back, and until when as currently planned, in epoch milliseconds; then it is checked again.
 */
export type Hold =
  { reason: 'downtime'; id: string; name: string; until: number } | { reason: 'quiet_hours'; until: number };

/** A downtime in progress. */
export interface ActiveDowntime {
  downtime: Downtime;
  occurrence: Occurrence;
}

/** All planned downtimes and quiet hours. It is replaced when any of them changes. */
export class Calendar {
  readonly #downtimes: readonly (PlannedDowntime & { state: Remembered })[];
  readonly #quiet: readonly { hours: QuietHours; state: Remembered }[];

  /** Keeps the computed times of `before` for unchanged schedules. Throws like `scheduleOf`. */
  constructor(
    downtimes: readonly PlannedDowntime[],
    quietHours: readonly QuietHours[],
    before: Calendar | null = null,
  ) {
    const planned = before === null ? [] : before.#downtimes;
    const known = new Map(planned.map(({ downtime, state }) => [timesKey(downtime), state]));
    this.#downtimes = downtimes.map((each) => ({
      ...each,
      state: known.get(timesKey(each.downtime)) ?? new Remembered(scheduleOf(each.downtime)),
    }));
    this.#quiet = quietHours.map((hours) => ({ hours, state: new Remembered(quietSchedule(hours)) }));
  }

  /**
   * What holds an announcement about this subject back at `now`: of several downtimes the one that ends last, then
   * quiet hours.
   */
  holdFor(subject: Subject, now: number): Hold | null {
    let last: ActiveDowntime | null = null;
    for (const planned of this.#downtimes) {
      const occurrence = activeOf(planned, now);
      if (occurrence === null || !planned.covers(subject)) continue;
      if (last === null || occurrence.to > last.occurrence.to)
        last = { downtime: planned.downtime, occurrence };
    }
    if (last !== null) {
      const { id, name } = last.downtime;
      return { reason: 'downtime', id, name, until: last.occurrence.to };
    }
    const until = this.#quietUntil(now, subject.severity);
    return until === null ? null : { reason: 'quiet_hours', until };
  }

  /** When the quiet hours that hold a warning back at `now` end; null if there are none. */
  quietUntil(now: number): number | null {
    return this.#quietUntil(now, 'warning');
  }

  #quietUntil(now: number, severity: Severity): number | null {
    let until: number | null = null;
    for (const { hours, state } of this.#quiet) {
      if (severity === 'critical' && hours.criticalBreaksThrough) continue;
      const occurrence = state.at(now);
      if (occurrence !== null) until = Math.max(until ?? 0, occurrence.to);
    }
    return until;
  }

  /** Downtimes in progress, the one that ends first comes first. */
  active(now: number): ActiveDowntime[] {
    return this.#downtimes
      .flatMap((planned) => {
        const occurrence = activeOf(planned, now);
        return occurrence === null ? [] : [{ downtime: planned.downtime, occurrence }];
      })
      .sort((a, b) => a.occurrence.to - b.occurrence.to);
  }

  /** Active ones first, then by their next start, then those that are over or disabled. */
  views(now: number): DowntimeView[] {
    return this.#downtimes
      .map((planned) => viewOf(planned, now))
      .sort(
        (a, b) =>
          rank[a.state] - rank[b.state] ||
          timeOf(a) - timeOf(b) ||
          a.downtime.name.localeCompare(b.downtime.name),
      );
  }
}

const rank: Record<DowntimeView['state'], number> = { active: 0, planned: 1, disabled: 2, over: 3 };

function timeOf({ downtime, active, next }: DowntimeView): number {
  return active?.to ?? next[0]?.from ?? -(downtime.to ?? 0);
}

function viewOf(planned: PlannedDowntime & { state: Remembered }, now: number): DowntimeView {
  const { downtime, origin, state } = planned;
  const active = activeOf(planned, now);
  const next = state.next(now);
  const word = active !== null ? 'active' : next.length > 0 ? 'planned' : 'over';
  return { downtime, origin, state: downtime.enabled ? word : 'disabled', active, next };
}

function activeOf(
  { downtime, ended, state }: PlannedDowntime & { state: Remembered },
  now: number,
): Occurrence | null {
  if (!downtime.enabled) return null;
  if (ended !== null && ended.from <= now && now < ended.to) return null;
  return state.at(now);
}

/** The fields of a downtime that determine its times. */
function timesKey({ from, to, days, start, end, cron, minutes, zone }: Downtime): string {
  return JSON.stringify([from, to, days, start, end, cron, minutes, zone]);
}

const nextShown = 5;

/**
 * Caches the answer of a schedule until something begins or ends: it is needed for every sample of a firing series, and
 * evaluating a rare cron expression takes milliseconds.
 */
class Remembered {
  readonly #schedule: Schedule;
  #occurrence: Occurrence | null = null;
  /** The time range in which the cached occurrence is valid. */
  #from = NaN;
  #to = NaN;
  #next: readonly Occurrence[] = [];
  /** When the next occurrences were computed. */
  #nextAt = NaN;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** The next occurrences that begin after `now`. */
  next(now: number): Occurrence[] {
    const first = this.#next[0]?.from ?? Infinity;
    if (!(now >= this.#nextAt && now < first)) {
      this.#next = this.#schedule.after(now, nextShown);
      this.#nextAt = now;
    }
    return [...this.#next];
  }

  at(now: number): Occurrence | null {
    // The range also ends if the clock was set back.
    if (now >= this.#from && now < this.#to) return this.#occurrence;
    this.#occurrence = this.#schedule.at(now);
    this.#from = now;
    this.#to = this.#occurrence?.to ?? this.#schedule.after(now, 1)[0]?.from ?? Infinity;
    return this.#occurrence;
  }
}
