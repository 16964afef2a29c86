import type { AlertCause, TransitionReason } from '../contract/alert.ts';
import type { Severity } from '../contract/rule.ts';
import type { Measurement, Series } from '../contract/sample.ts';
import { labelsKey } from '../contract/series-key.ts';
import { worse } from './comparisons.ts';
import type { ResolveOperand } from './conditions.ts';
import { CurrentValues } from './current-values.ts';
import { endSilence, evaluateSilence, isGap } from './evaluate.ts';
import type { Move, Observation } from './evaluate.ts';
import type { PreparedRule } from './prepare.ts';
import { freshState } from './state.ts';
import type { RuleState } from './state.ts';
import { goneAfterMs, isGone, judgeSample, later, nothingHeard, usualAt } from './watched.ts';
import type { Known, Watched } from './watched.ts';

/**
 * Recorded readings of one source on one host, oldest first: `values` holds those of the first reading, in the order of
 * `columns`, then those of the next. NaN is a value that is absent. Times are epoch milliseconds.
 */
export interface Recorded {
  readonly host: string;
  readonly source: string;
  readonly columns: readonly Pick<Measurement, 'metric' | 'labels'>[];
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/** A stretch in which a rule would have fired on a series. Times are epoch milliseconds. */
export interface Period {
  readonly series: Series;
  readonly cause: AlertCause;
  /** When the first of the violations was sampled, or the last sample came. */
  readonly since: number;
  readonly from: number;
  /** Null while it fires still where the record ends. */
  to: number | null;
  /** The most that it was. */
  severity: Severity;
  /** Null where no value is the matter. */
  worst: number | null;
  readonly moves: PeriodMove[];
}

export interface PeriodMove {
  readonly at: number;
  readonly reason: TransitionReason;
  /** The value that was judged; null when none made it move. */
  readonly value: number | null;
}

export interface ReplayOptions {
  readonly rule: PreparedRule;
  /** The machine that Plimsoll runs on: its series are missed also before they ever came. */
  readonly host: string;
  /** Milliseconds between two readings, by source; and between two at the slow pace. */
  readonly intervalMs: ReadonlyMap<string, number>;
  readonly slowestMs: ReadonlyMap<string, number>;
  /** Which source Plimsoll's own samples come from, and which of them says for how many seconds it has run. */
  readonly own: { readonly source: string; readonly uptime: string };
  /** What history would have told at that time; null for a rule that does not look back at it. */
  readonly known: ((series: Series, at: number) => Known) | null;
  /** Told of every value that was judged. */
  readonly onJudged?: (value: number) => void;
}

interface Track extends Watched {
  series: Series;
  /** As it would have been read again after a restart; null where it was not worth writing. */
  written: RuleState | null;
  period: Period | null;
  askKnownAgainAt: number;
}

/** After a start or a sleep, a source that has not sent yet is not taken for silent for this long. */
export const graceMs = 60_000;
/** How often what history knows is looked at again. */
const learnAgainAfterMs = 3_600_000;
/** Readings between two chances to let somebody else in: about a millisecond of the simplest rules. */
const stepReadings = 2048;

/**
 * Judges what was recorded as it would have been judged when it came, by the same decisions, and tells when the rule would
 * have fired. Time passes with Plimsoll's own samples, as it does live, and one of them tells of each start. What was not
 * recorded cannot be replayed: errors of sources, and by how much readings came late.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #tracks = new Map<string, Track>();
  readonly #values = new CurrentValues();
  readonly #periods: Period[] = [];
  readonly #worked = new Map<string, number>();
  readonly #seen: Observation = {
    value: NaN,
    at: 0,
    elapsedMs: NaN,
    intervalMs: 0,
    others: NaN,
    usual: null,
  };
  readonly #heard = { value: NaN, at: 0, monotonic: 0, intervalMs: 0 };
  readonly #intervalMs: number;
  #silenceFrom = NaN;
  #toldAt = NaN;
  #uptime = NaN;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs.get(options.rule.rule.source) ?? 0;
    this.#values.configure([options.rule], (_, source) => options.intervalMs.get(source) ?? 0);
  }

  /** When it would have fired, in the order in which that began. */
  get periods(): readonly Period[] {
    return this.#periods;
  }

  /**
   * Goes on with what was recorded next, all sources together, in the order of time. At the same time Plimsoll's own come
   * first, and those that are judged last, so that what they are compared with is known. It pauses now and then, so that who
   * asked for it may do other things meanwhile, or give up.
   */
  *take(records: readonly Recorded[]): Generator<undefined, void> {
    const { rule, own } = this.#options;
    const rank = ({ source }: Recorded) => (source === own.source ? 0 : source === rule.rule.source ? 2 : 1);
    const sorted = records.toSorted((a, b) => rank(a) - rank(b));
    const readers = sorted.map((record) => this.#reader(record));
    const places = sorted.map(() => 0);
    for (let count = 1; ; count++) {
      let [first, at] = [-1, Infinity];
      for (let index = 0; index < sorted.length; index++) {
        const next = sorted[index]?.at[places[index] ?? 0] ?? Infinity;
        if (next < at) [first, at] = [index, next];
      }
      if (first < 0) return;
      const place = places[first] ?? 0;
      places[first] = place + 1;
      readers[first]?.(place, at);
      if (count % stepReadings === 0) yield;
    }
  }

  /** What is to be done with each reading of a record. */
  #reader({ host, source, columns, at: times, values }: Recorded): (place: number, at: number) => void {
    const { rule, own } = this.#options;
    const width = columns.length;
    const isJudged = source === rule.rule.source && rule.matchesHost(host);
    const judged = columns.flatMap(({ metric, labels }, column) =>
      isJudged && metric === rule.rule.metric && rule.matchesLabels(labels)
        ? [{ column, series: { host, source, metric, labels }, key: keyOf({ host, labels }) }]
        : [],
    );
    const uptimeColumn =
      source === own.source && host === this.#options.host
        ? columns.findIndex(({ metric }) => metric === own.uptime)
        : -1;
    const isAsked = rule.operands.length > 0;
    return (place, at) => {
      const offset = place * width;
      const uptime = uptimeColumn < 0 ? NaN : (values[offset + uptimeColumn] ?? NaN);
      if (!Number.isNaN(uptime)) this.#startAgain(uptime, at);
      // When nothing was heard for longer than a minute, the machine slept or stood still, and silence begins anew.
      if (isGap(at - this.#toldAt, 0)) this.#silenceFrom = at + graceMs;
      this.#toldAt = at;
      if (isJudged) this.#worked.set(host, at);
      if (isAsked) {
        const samples = columns
          .map((column, index) => ({ ...column, value: values[offset + index] ?? NaN }))
          .filter(({ value }) => !Number.isNaN(value));
        this.#values.enter({ host, source, at: times[place] ?? at, durationMs: 0, samples, error: null }, at);
      }
      for (const { column, series, key } of judged) {
        const value = values[offset + column] ?? NaN;
        if (!Number.isNaN(value)) this.#judge(key, series, value, at);
      }
      if (!Number.isNaN(uptime)) this.#passTime(at);
    };
  }

  /** Plimsoll has run for a shorter time than before: it was started in between, and remembers what it had written. */
  #startAgain(uptime: number, at: number): void {
    const isStart = Number.isNaN(this.#uptime) || uptime < this.#uptime;
    this.#uptime = uptime;
    if (!isStart) return;
    const isFirst = Number.isNaN(this.#silenceFrom);
    this.#silenceFrom = at + graceMs;
    this.#toldAt = NaN;
    this.#worked.clear();
    this.#values.forget();
    for (const [key, track] of this.#tracks) {
      if (isFirst) continue;
      if (track.written === null) this.#tracks.delete(key);
      else {
        Object.assign(track, nothingHeard(), { state: copied(track.written) });
        track.judgedMonotonic = at - Math.max(0, at - track.state.lastAt);
      }
    }
    const { rule, host } = this.#options;
    if (rule.rule.noData?.policy !== 'alert' || !rule.matchesHost(host) || !rule.matchesLabels({})) return;
    const { source, metric } = rule.rule;
    this.#track(keyOf({ host, labels: {} }), { host, source, metric, labels: {} }, at);
  }

  #track(key: string, series: Series, at: number): Track {
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const track: Track = {
      ...nothingHeard(),
      series,
      state: freshState(),
      heardMonotonic: at,
      learned: { perDay: NaN, usual: null },
      written: null,
      period: null,
      askKnownAgainAt: -Infinity,
    };
    this.#tracks.set(key, track);
    return track;
  }

  #judge(key: string, series: Series, value: number, at: number): void {
    const { rule, known, onJudged } = this.#options;
    const track = this.#track(key, series, at);
    const { state } = track;
    if (state.phase === 'no_data') this.#settle(track, endSilence(state), null, at);
    const { phase: phaseBefore, lastValue: valueBefore } = state;
    if (known !== null && at >= track.askKnownAgainAt) {
      track.learned = known(series, at);
      track.askKnownAgainAt = at + learnAgainAfterMs;
    }
    const heard = this.#heard;
    heard.value = value;
    heard.at = heard.monotonic = at;
    heard.intervalMs = this.#intervalMs;
    const seen = this.#seen;
    const resolve: ResolveOperand =
      rule.operands.length === 0
        ? nothingAsked
        : (operand) => this.#values.find(rule, operand, series.host, series.labels, at);
    const move = judgeSample(rule, track, heard, resolve, seen);
    if (onJudged !== undefined && !Number.isNaN(seen.value)) onJudged(seen.value);
    if (isWorthWriting(rule, state, phaseBefore, valueBefore)) this.#settle(track, move, seen.value, at);
  }

  #passTime(at: number): void {
    const { rule, slowestMs } = this.#options;
    this.#values.sweep(at, goneAfterMs);
    for (const [key, track] of this.#tracks) {
      const { series } = track;
      const silentMs = at - later(track.heardMonotonic, this.#silenceFrom);
      const move = evaluateSilence(rule, track.state, silentMs, slowestMs.get(series.source) ?? 0);
      if (move !== null) {
        this.#settle(track, move, null, at);
        continue;
      }
      const isLabelled = Object.keys(series.labels).length > 0;
      const worked = this.#worked.get(series.host) ?? -Infinity;
      if (!isGone(rule, track, isLabelled, silentMs, this.#intervalMs, worked)) continue;
      this.#end(track, 'series_gone', null, at);
      this.#tracks.delete(key);
    }
  }

  #settle(track: Track, move: Move | null, value: number | null, at: number): void {
    const { state } = track;
    if (move === null) {
      this.#goOn(track, value, at);
    } else if (move.to === 'resolved') {
      this.#end(track, move.reason, value, at);
    } else if (track.period === null) {
      this.#begin(track, move.reason, value, at);
    } else {
      track.period.moves.push({ at, reason: move.reason, value });
      track.period.worst = Number.isNaN(state.worst) ? value : state.worst;
      if (state.critical) track.period.severity = 'critical';
    }
    track.written = copied(state);
  }

  #begin(track: Track, reason: TransitionReason, value: number | null, at: number): void {
    const { state, series } = track;
    const isSilence = reason === 'no_data';
    const begun = isSilence ? state.lastAt : state.since;
    track.period = {
      series,
      cause: isSilence ? 'no_data' : 'violation',
      since: Number.isNaN(begun) ? at : begun,
      from: at,
      to: null,
      severity: state.critical ? 'critical' : this.#options.rule.rule.severity,
      worst: isSilence ? null : Number.isNaN(state.worst) ? value : state.worst,
      moves: [{ at, reason, value }],
    };
    this.#periods.push(track.period);
  }

  #goOn(track: Track, value: number | null, at: number): void {
    const { period, state } = track;
    if (period === null || value === null || Number.isNaN(value) || state.lastValue !== value) return;
    const { rule } = this.#options;
    const line = usualAt(rule, track, at) ?? (state.critical ? rule.critical : null) ?? rule.line;
    period.worst = period.worst === null ? value : worse(line, period.worst, value);
  }

  #end(track: Track, reason: TransitionReason, value: number | null, at: number): void {
    if (track.period === null) return;
    track.period.to = at;
    track.period.moves.push({ at, reason, value });
    track.period = null;
  }
}

/** Whether a restart could lose something: not where nothing is violated and nothing was, but for what changed in it. */
export function isWorthWriting(
  { rule }: PreparedRule,
  state: RuleState,
  phaseBefore: RuleState['phase'],
  valueBefore: number,
): boolean {
  const isOther = rule.comparison === 'changed' && state.lastValue !== valueBefore;
  return state.phase !== 'ok' || phaseBefore !== 'ok' || isOther;
}

/** For a rule that asks for nothing besides its own metric. */
export const nothingAsked: ResolveOperand = () => NaN;

function copied(state: RuleState): RuleState {
  return { ...state, recent: state.recent === null ? null : [...state.recent] };
}

function keyOf({ host, labels }: Pick<Series, 'host' | 'labels'>): string {
  return `${labelsKey(labels)}\n${host}`;
}
