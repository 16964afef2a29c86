import type { Downtime, DowntimeView, Occurrence, QuietHours } from '../contract/downtime.ts';
import type { Severity } from '../contract/rule.ts';
import { quietSchedule, scheduleOf } from './occurrences.ts';
import type { Schedule } from './occurrences.ts';

/** What an announcement would be about. */
export interface Subject {
  ruleId: string;
  host: string;
  source: string;
  severity: Severity;
}

export interface PlannedDowntime {
  downtime: Downtime;
  origin: DowntimeView['origin'];
  /** Whether its hosts, sources and rules are about this. */
  covers(subject: Subject): boolean;
  /** An occurrence that somebody ended before its time; what is planned within it is over. */
  ended: Occurrence | null;
}

/** What holds announcements about something, and until when as it stands, epoch milliseconds; then it is looked at anew. */
export type Hold =
  { reason: 'downtime'; id: string; name: string; until: number } | { reason: 'quiet_hours'; until: number };

/** A downtime that is going on. */
export interface ActiveDowntime {
  downtime: Downtime;
  occurrence: Occurrence;
}

/** All downtimes and quiet hours, as they are planned: a new one is made when any of them changes. */
export class Calendar {
  readonly #downtimes: readonly (PlannedDowntime & { state: Remembered })[];
  readonly #quiet: readonly { hours: QuietHours; state: Remembered }[];

  /** What was found out about times goes on in `before`'s place where they are the same. Throws what `scheduleOf` throws. */
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

  /** What holds an announcement about this at `now`: of several downtimes the one that ends last, then quiet hours. */
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

  /** When the quiet hours end that hold a warning at `now`; null while there are none. */
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

  /** Those that are going on, the one that ends first at the beginning. */
  active(now: number): ActiveDowntime[] {
    return this.#downtimes
      .flatMap((planned) => {
        const occurrence = activeOf(planned, now);
        return occurrence === null ? [] : [{ downtime: planned.downtime, occurrence }];
      })
      .sort((a, b) => a.occurrence.to - b.occurrence.to);
  }

  /** Active ones first, then by when they come next, then those that are over or disabled. */
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

/** What of a downtime decides when it is. */
function timesKey({ from, to, days, start, end, cron, minutes, zone }: Downtime): string {
  return JSON.stringify([from, to, days, start, end, cron, minutes, zone]);
}

const nextShown = 5;

/**
 * A schedule is asked with every sample of what fires, and reading a rare cron expression takes milliseconds: it answers
 * from memory until something begins or ends.
 */
class Remembered {
  readonly #schedule: Schedule;
  #occurrence: Occurrence | null = null;
  /** From when to when the occurrence holds. */
  #from = NaN;
  #to = NaN;
  #next: readonly Occurrence[] = [];
  /** When that was asked. */
  #nextAt = NaN;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** The next that begin after `now`. */
  next(now: number): Occurrence[] {
    const first = this.#next[0]?.from ?? Infinity;
    if (!(now >= this.#nextAt && now < first)) {
      this.#next = this.#schedule.after(now, nextShown);
      this.#nextAt = now;
    }
    return [...this.#next];
  }

  at(now: number): Occurrence | null {
    // A clock that was set back is asked about again as well.
    if (now >= this.#from && now < this.#to) return this.#occurrence;
    this.#occurrence = this.#schedule.at(now);
    this.#from = now;
    this.#to = this.#occurrence?.to ?? this.#schedule.after(now, 1)[0]?.from ?? Infinity;
    return this.#occurrence;
  }
}
