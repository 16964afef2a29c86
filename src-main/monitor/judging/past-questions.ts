import type { HistoryQuery, SeriesHistory } from '../../contract/history.ts';
import type { Rule } from '../../contract/rule.ts';
import { usualLines } from '../../rules/baseline.ts';
import { trendPerDay } from '../../rules/forecast.ts';
import type { PreparedRule } from '../../rules/prepare.ts';
import type { LiveTrack, Tracks } from './tracks.ts';
import type { Moment } from './verdict.ts';

/** A question to the history for a rule on a series. */
export interface PastQuestion {
  rule: PreparedRule;
  query: HistoryQuery;
}

/** How often the history is asked again: a trend over days and a pattern of weeks do not change in minutes. */
const learnAgainAfterMs = 3_600_000;
/** An unanswered question is repeated sooner, */
const askAgainAfterMs = 60_000;
/**
 * and so is one whose past was too short: it grows with every quarter of an hour, and reading weeks of it is expensive.
 */
const pastGrowsAfterMs = 900_000;
const dayMs = 86_400_000;
/** A trend is computed from about this many points; a usual range from one for each quarter of an hour. */
const trendPoints = 400;
const pointsAWeek = 7 * 24 * 4;

/**
 * What rules need to know of the past of their series: chooses the next question, and stores each answer with its
 * track.
 */
export class PastQuestions {
  readonly #tracks: Tracks;
  readonly #ruleOf: (ruleId: string) => PreparedRule | undefined;

  /** `ruleOf` finds a rule that is in force. */
  constructor(tracks: Tracks, ruleOf: (ruleId: string) => PreparedRule | undefined) {
    this.#tracks = tracks;
    this.#ruleOf = ruleOf;
  }

  /** The next question to the history, about the series that has waited longest; null if nothing is unknown. */
  next({ now, monotonic }: Moment): PastQuestion | null {
    let longest: LiveTrack | undefined;
    for (const track of this.#tracks) {
      const rule = this.#ruleOf(track.ruleId)?.rule;
      if (rule === undefined || daysAsked(rule) === null) continue;
      const { askAgainMonotonic } = track.learned;
      if (monotonic < askAgainMonotonic) continue;
      if (longest === undefined || askAgainMonotonic < longest.learned.askAgainMonotonic) longest = track;
    }
    const rule = longest && this.#ruleOf(longest.ruleId);
    const days = rule && daysAsked(rule.rule);
    if (longest === undefined || rule === undefined || typeof days !== 'number') return null;
    // Whatever the answer, another question comes first next time.
    longest.learned.askAgainMonotonic = monotonic + askAgainAfterMs;
    const weeks = rule.rule.baseline?.weeks;
    const points = weeks === undefined ? trendPoints : weeks * pointsAWeek;
    return { rule, query: { ...longest.series, from: now - days * dayMs, to: now, points } };
  }

  /** Stores the history's answer. An answer for a rule that was changed meanwhile is ignored. */
  learn({ rule: prepared, query }: PastQuestion, past: SeriesHistory): void {
    const { rule } = prepared;
    const track = this.#tracks.get(rule.id, query.host, query.labels);
    if (this.#ruleOf(rule.id) !== prepared || track === undefined) return;
    const { learned } = track;
    if (rule.forecast !== undefined)
      learned.perDay = trendPerDay({ at: past.at, values: past.avg }, rule.forecast.overDays);
    if (rule.baseline !== undefined) learned.usual = usualLines(rule, past);
    const isKnown =
      !Number.isNaN(learned.perDay) || learned.usual?.some((line) => !Number.isNaN(line.threshold)) === true;
    learned.askAgainMonotonic += isKnown ? learnAgainAfterMs : pastGrowsAfterMs;
  }
}

/** How many days of the past a rule needs; null if it needs none. */
export function daysAsked({ baseline, forecast }: Rule): number | null {
  return baseline === undefined ? (forecast?.overDays ?? null) : baseline.weeks * 7;
}
