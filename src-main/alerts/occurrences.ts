import { Cron } from 'croner';
import { PlimsollError, messageOf } from '../contract/error.ts';
import { weekdays } from '../contract/downtime.ts';
import type { Downtime, Occurrence, QuietHours } from '../contract/downtime.ts';

/** When something planned takes place. */
export interface Schedule {
  /** The occurrence that includes `at`, up to the end of those that follow without a break; null if there is none. */
  at(at: number): Occurrence | null;
  /** The next `count` that begin after `at`; fewer if there are no more. */
  after(at: number, count: number): Occurrence[];
}

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
/**
 * No clock change is larger; an occurrence that ends later than planned by more than this did not take place that day.
 */
const largestShiftMs = 4 * 3_600_000;
/** How many occurrences without a break are joined; then the end is computed anew. */
const mergedAtMost = 50;

/**
 * Parses the times of a downtime. Throws `invalid_request` with the path of the key if a cron expression cannot be
 * parsed or names a day that never comes.
 *
 * A start in the hour that a clock change skips is at the end of that hour; a start in a repeated hour is in the first.
 * `minutes` is elapsed time; `end` is local time, so that it is an hour earlier or later on two nights a year.
 */
export function scheduleOf(downtime: Downtime): Schedule {
  const { from, to, start, end, cron, minutes, zone = 'UTC' } = downtime;
  if (from !== undefined && to !== undefined) return new Once({ from, to });
  if (start !== undefined) return weekly(downtime.days, start, end ?? minutes ?? 0, zone);
  return new Recurring(cronOf(cron ?? '', zone), lasting(minutes ?? 0));
}

export function quietSchedule({ days, start, end, zone }: QuietHours): Schedule {
  return weekly(days, start, end, zone);
}

function weekly(
  days: Downtime['days'],
  start: string,
  endOrMinutes: string | number,
  zone: string,
): Schedule {
  const on = days === undefined ? '*' : days.map((day) => (weekdays.indexOf(day) + 1) % 7).join(',');
  const begins = cronOf(`${minuteAndHour(start)} * * ${on}`, zone);
  if (typeof endOrMinutes === 'number') return new Recurring(begins, lasting(endOrMinutes));
  const ends = cronOf(`${minuteAndHour(endOrMinutes)} * * *`, zone);
  const planned = (minuteOfDay(endOrMinutes) - minuteOfDay(start) + dayMinutes) % dayMinutes || dayMinutes;
  return new Recurring(begins, (from) => {
    const to = ends.nextRun(new Date(from))?.getTime() ?? from;
    // Start and end fell into a skipped hour: the end that was found is on another day.
    return to - from > planned * minuteMs + largestShiftMs ? from : to;
  });
}

const lasting = (minutes: number) => (from: number) => from + minutes * minuteMs;

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function minuteAndHour(time: string): string {
  return `${Number(time.slice(3))} ${Number(time.slice(0, 2))}`;
}

function cronOf(pattern: string, timezone: string): Cron {
  let cron: Cron;
  try {
    // A list of times is as fixed as a single time: neither occurs twice in a repeated hour.
    cron = new Cron(pattern, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard' });
  } catch (thrown) {
    const why = messageOf(thrown).replace(/^CronPattern: /, '');
    throw cronProblem(`${JSON.stringify(pattern)} cannot be read: ${why}`, thrown);
  }
  if (cron.nextRun(new Date(0)) === null)
    throw cronProblem(`${JSON.stringify(pattern)} names a day that never comes`);
  return cron;
}

function cronProblem(message: string, cause?: unknown): PlimsollError {
  const problems = [{ path: 'cron', message }];
  return new PlimsollError('invalid_request', `cron: ${message}`, { problems, cause });
}

class Once implements Schedule {
  readonly #occurrence: Occurrence;

  constructor(occurrence: Occurrence) {
    this.#occurrence = occurrence;
  }

  at(at: number): Occurrence | null {
    const { from, to } = this.#occurrence;
    return from <= at && at < to ? this.#occurrence : null;
  }

  after(at: number): Occurrence[] {
    return this.#occurrence.from > at ? [this.#occurrence] : [];
  }
}

class Recurring implements Schedule {
  readonly #begins: Cron;
  readonly #endOf: (from: number) => number;

  constructor(begins: Cron, endOf: (from: number) => number) {
    this.#begins = begins;
    this.#endOf = endOf;
  }

  at(at: number): Occurrence | null {
    // All have the same length except for clock changes: of those that have begun, the last one ends last.
    const [begun] = this.#begins.previousRuns(1, new Date((Math.floor(at / minuteMs) + 1) * minuteMs));
    if (begun === undefined) return null;
    const from = begun.getTime();
    let to = this.#endOf(from);
    if (to <= at) return null;
    let last = begun;
    for (let merged = 0; merged < mergedAtMost; merged++) {
      const next = this.#begins.nextRun(last);
      if (next === null || next.getTime() > to) break;
      to = Math.max(to, this.#endOf(next.getTime()));
      last = next;
    }
    return { from, to };
  }

  after(at: number, count: number): Occurrence[] {
    const found: Occurrence[] = [];
    let from = at;
    while (found.length < count) {
      const next = this.#begins.nextRun(new Date(from));
      if (next === null) break;
      from = next.getTime();
      const to = this.#endOf(from);
      if (to > from) found.push({ from, to });
    }
    return found;
  }
}
