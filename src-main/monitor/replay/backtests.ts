import type { Clock } from '../../base/clock.ts';
import { shortMs } from '../../contract/backtest.ts';
import type { Backtest, BacktestAlternative, BacktestSeries, Suggestion } from '../../contract/backtest.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Rule } from '../../contract/rule.ts';
import { labelsKey } from '../../contract/series-key.ts';
import type { Settings } from '../../contract/settings.ts';
import { Replay } from '../../rules/backtest.ts';
import type { Period, Recorded } from '../../rules/backtest.ts';
import { isGap } from '../../rules/evaluate.ts';
import { prepare } from '../../rules/prepare.ts';
import { longerDurations, mostSensitive, thresholdsFor, withThreshold } from '../../rules/suggest.ts';
import { intervalOf, slowestIntervalOf } from '../board.ts';
import { ownSource, uptimeMetric } from '../own-source.ts';
import type { TagsOfHost } from '../../rules/prepare.ts';
import { dependsOnTime, inSlices, readRecording, stopIfAborted } from './recording.ts';
import type { AskHistory, Recording } from './recording.ts';
import { parseEntry } from '../settings/schema.ts';

/** A rule from a form, saved or not, and the time range of the replay, epoch milliseconds. */
export interface BacktestQuestion {
  rule: unknown;
  from: number;
  to: number;
}

/** How often it should fire: this many times in this many days. */
export interface SuggestQuestion extends BacktestQuestion {
  times: number;
  everyDays: number;
}

/** Replays of rules over the past. */
export interface BacktestsApi {
  /**
   * When a rule, saved or not, would have fired over a time range of the history. `signal` cancels it. Throws
   * `invalid_settings` for an invalid rule, and `too_many_requests` while many are waiting.
   */
  backtest(question: BacktestQuestion, signal: AbortSignal): Promise<Backtest>;
  /** A threshold and a duration with which a rule would fire about as often as wanted. Throws like `backtest`. */
  suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion>;
}

export interface BacktestsParts {
  host: string;
  clock: Clock;
  settings(): Settings;
  ask: AskHistory;
  /** The current tags: those of the past are not stored. */
  tagsOfHost: TagsOfHost;
}

/** How many questions may wait while one is answered. */
const waitingAtMost = 8;
/** Longer than anybody looks at a chart; a replay that takes longer should use a shorter range. */
const deadlineMs = 20_000;
/** How much of the user's waiting time alternatives may take; the most useful one comes first. */
const alternativesMs = 120;
const firstAlternative = 300;
const periodsAtMost = 500;
const judgedAtMost = 20_000;
const longestMs = 92 * 86_400_000;
/** How long a recording is kept for the next question, which is nearly always the same with another threshold. */
const keptMs = 60_000;

/**
 * Replays rules over the history, one after the other, in slices between which everything else continues. Throws
 * `invalid_settings` for an invalid rule, `invalid_request` for an invalid time range, `too_many_requests`,
 * `too_large`, `deadline`, and the errors of the history.
 */
export class Backtests implements BacktestsApi {
  readonly #parts: BacktestsParts;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #kept: { key: string; recording: Promise<Recording>; cancel: () => void } | null = null;

  constructor(parts: BacktestsParts) {
    this.#parts = parts;
  }

  backtest(question: BacktestQuestion, signal: AbortSignal): Promise<Backtest> {
    return this.#inTurn(signal, (turn) => this.#backtest(question, turn));
  }

  suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion> {
    return this.#inTurn(signal, (turn) => this.#suggest(question, turn));
  }

  async #inTurn<T>(signal: AbortSignal, answer: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#waiting > waitingAtMost)
      throw new PlimsollError('too_many_requests', 'Too many back-tests at once. Wait for one to end.', {
        retry: true,
      });
    this.#waiting++;
    const before = this.#last;
    const turn = (async () => {
      await before;
      stopIfAborted(signal);
      const deadline = new AbortController();
      const cancel = this.#parts.clock.after(deadlineMs, () => deadline.abort());
      try {
        return await answer(AbortSignal.any([signal, deadline.signal]));
      } catch (thrown) {
        if (!deadline.signal.aborted) throw thrown;
        throw new PlimsollError(
          'deadline',
          `Replaying takes longer than ${deadlineMs / 1000} seconds: choose a shorter stretch or a shorter window.`,
          { cause: thrown },
        );
      } finally {
        cancel();
      }
    })();
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }

  async #backtest(question: BacktestQuestion, signal: AbortSignal): Promise<Backtest> {
    const { from, to } = checkedStretch(question);
    const rule = parseEntry('rules', question.rule);
    const recording = await this.#recording(rule, from, to, signal);
    const periods = within(await this.#replay(rule, recording, signal), from);
    const violations = periods.filter(({ cause }) => cause === 'violation');
    const newest = periods.toSorted((a, b) => b.from - a.from).slice(0, periodsAtMost);
    return {
      from,
      to,
      count: violations.length,
      short: violations.filter(isShort).length,
      noData: periods.length - violations.length,
      periods: newest.map(periodOf),
      periodsLeftOut: periods.length - newest.length,
      series: seriesOf(rule, recording.records, violations, from, to),
      seriesLeftOut: recording.seriesLeftOut,
      withoutSamplesMs: this.#withoutSamplesMs(rule, recording.records, from, to),
      alternatives:
        violations.length === 0
          ? []
          : await this.#alternatives(rule, recording, from, signal, alternativesMs),
    };
  }

  async #suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion> {
    const { from, to } = checkedStretch(question);
    const rule = parseEntry('rules', question.rule);
    const recording = await this.#recording(rule, from, to, signal);
    const judged: number[] = [];
    const asIs = within(await this.#replay(rule, recording, signal, judged), from);
    const count = violationsAmong(asIs);
    const [first, last] = knownStretch(rule, recording.records);
    // A history shorter than the requested range can contain only a part of the firings.
    const knownMs = Math.max(0, Math.min(to, last) - Math.max(from, first));
    const wanted = (question.times * knownMs) / (question.everyDays * 86_400_000);
    const answer = { count, wanted, from, to, threshold: null, duration: null };
    if (judged.length === 0) return { ...answer, nothing: 'no_samples' };
    const sorted = Float64Array.from(judged).sort();
    if (sorted[0] === sorted.at(-1)) return { ...answer, nothing: 'flat' };

    const tried: { value: number; count: number }[] = [];
    for (const value of rule.threshold === undefined ? [] : thresholdsFor(rule, sorted)) {
      const other = within(await this.#replay(withThreshold(rule, value), recording, signal), from);
      tried.push({ value, count: violationsAmong(other) });
      if ((tried.at(-1)?.count ?? 0) > Math.ceil(wanted)) break;
    }
    // From the least to the most sensitive, as far as wanted.
    const threshold = mostSensitive(tried.toReversed(), Math.ceil(wanted));
    const longer = count === 0 ? [] : await this.#alternatives(rule, recording, from, signal, deadlineMs);
    const duration = count <= wanted ? null : mostSensitive(longer, Math.ceil(wanted));
    const nothing = threshold === null && duration === null ? 'no_threshold' : null;
    return { ...answer, threshold, duration, nothing };
  }

  async #alternatives(
    rule: Rule,
    recording: Recording,
    from: number,
    signal: AbortSignal,
    forMs: number,
  ): Promise<BacktestAlternative[]> {
    const { clock } = this.#parts;
    const begun = clock.monotonic();
    const found: BacktestAlternative[] = [];
    const longer = longerDurations(rule).toSorted(
      (a, b) => Number(b === firstAlternative) - Number(a === firstAlternative) || a - b,
    );
    let never = Infinity;
    for (const forSeconds of longer) {
      if (clock.monotonic() - begun > forMs) break;
      // A rule that never fires after five minutes does not fire after an hour.
      if (forSeconds > never) continue;
      const periods = await this.#replay({ ...rule, forSeconds }, recording, signal);
      const count = violationsAmong(within(periods, from));
      found.push({ forSeconds, count });
      if (count === 0) never = Math.min(never, forSeconds);
    }
    return found.toSorted((a, b) => a.forSeconds - b.forSeconds);
  }

  /** All periods in which it would have fired; thinned evaluations are added to `judged`. */
  async #replay(
    rule: Rule,
    { records, known }: Recording,
    signal: AbortSignal,
    judged?: number[],
  ): Promise<readonly Period[]> {
    const { host, settings, clock } = this.#parts;
    const inForce = settings();
    const total = records.reduce((sum, { at }) => sum + at.length, 0);
    const every = Math.max(1, Math.ceil(total / judgedAtMost));
    let count = 0;
    const replay = new Replay({
      rule: prepare(rule),
      host,
      intervalMs: new Map(inForce.sources.map((source) => [source.name, intervalOf(source, inForce) * 1000])),
      slowestMs: new Map(
        inForce.sources.map((source) => [source.name, slowestIntervalOf(source, inForce) * 1000]),
      ),
      own: { source: ownSource, uptime: uptimeMetric },
      known,
      ...(judged !== undefined && {
        onJudged: (value: number) => {
          if (count++ % every === 0) judged.push(value);
        },
      }),
    });
    await inSlices(replay.take(records), clock, signal);
    return replay.periods;
  }

  /** While a user drags the threshold, the recording of the same series and range is reused. */
  #recording(rule: Rule, from: number, to: number, signal: AbortSignal): Promise<Recording> {
    const { host, clock, ask, tagsOfHost } = this.#parts;
    const prepared = prepare(rule);
    const { source, metric, hosts, hostTags, labels, baseline, forecast } = rule;
    const asked = [source, metric, hosts, hostTags, labels, prepared.operands, dependsOnTime(prepared)];
    const begins = from - this.#leadMs(rule);
    const past = [baseline, forecast, baseline === undefined ? null : rule.comparison];
    const key = JSON.stringify([asked, begins, to, past]);
    if (this.#kept?.key === key) return this.#kept.recording;
    this.#kept?.cancel();
    const recording = readRecording(ask, prepared, { host, tagsOfHost }, { from: begins, to }, signal);
    const forget = () => {
      if (this.#kept?.recording === recording) this.#kept = null;
    };
    const cancel = clock.after(keptMs, forget);
    this.#kept = { key, recording, cancel };
    recording.catch(() => {
      cancel();
      forget();
    });
    return recording;
  }

  /**
   * What happened before the range determines what fires at its beginning. Whole hours, so that small changes do not
   * alter it.
   */
  #leadMs({
    source,
    window,
    forSeconds,
    clearAfterSeconds,
    violationsOf,
    consecutiveViolations,
  }: Rule): number {
    const settings = this.#parts.settings();
    const found = settings.sources.find(({ name }) => name === source);
    const intervalSeconds = found === undefined ? 10 : intervalOf(found, settings);
    const seconds =
      (window?.seconds ?? 0) +
      Math.max(forSeconds ?? 0, (violationsOf ?? consecutiveViolations) * intervalSeconds) +
      (clearAfterSeconds ?? 0);
    return Math.min(Math.ceil((seconds + 600) / 3600), 14 * 24) * 3_600_000;
  }

  #withoutSamplesMs(rule: Rule, records: readonly Recorded[], from: number, to: number): number {
    const settings = this.#parts.settings();
    const found = settings.sources.find(({ name }) => name === rule.source);
    const intervalMs = found === undefined ? 0 : slowestIntervalOf(found, settings) * 1000;
    const record = records.find(({ source }) => source === rule.source);
    let [missing, before] = [0, NaN];
    for (const at of record?.at ?? []) {
      if (at >= to) break;
      if (at >= from && isGap(at - before, intervalMs)) missing += at - Math.max(before, from);
      before = at;
    }
    return missing;
  }
}

function checkedStretch({ from, to }: BacktestQuestion): { from: number; to: number } {
  if (from < to && to - from <= longestMs) return { from, to };
  const message = from < to ? 'must be at most 92 days before `to`' : 'must be before `to`';
  throw new PlimsollError('invalid_request', `from: ${message}`, { problems: [{ path: 'from', message }] });
}

function within(periods: readonly Period[], from: number): Period[] {
  return periods.filter(({ to }) => to === null || to > from);
}

function violationsAmong(periods: readonly Period[]): number {
  return periods.filter(({ cause }) => cause === 'violation').length;
}

function isShort({ from, to }: Period): boolean {
  return to !== null && to - from < shortMs;
}

function periodOf({
  series,
  cause,
  since,
  from,
  to,
  severity,
  worst,
  moves,
}: Period): Backtest['periods'][number] {
  const endReason = to === null ? null : (moves.at(-1)?.reason ?? null);
  return { host: series.host, labels: series.labels, cause, since, from, to, severity, worst, endReason };
}

/** Each series that was evaluated: first the one that fired most often, then the one that fired longest. */
function seriesOf(
  rule: Rule,
  records: readonly Recorded[],
  violations: readonly Period[],
  from: number,
  to: number,
): BacktestSeries[] {
  const prepared = prepare(rule);
  const found = records.flatMap(({ host, source, columns, at, values }) =>
    source !== rule.source || !prepared.matchesHost(host)
      ? []
      : columns.flatMap(({ metric, labels }, column): BacktestSeries[] => {
          if (metric !== rule.metric || !prepared.matchesLabels(labels)) return [];
          let [samples, first, last, least, most] = [0, NaN, NaN, Infinity, -Infinity];
          for (let index = 0; index < at.length; index++) {
            const [when, value] = [at[index] ?? NaN, values[index * columns.length + column] ?? NaN];
            if (Number.isNaN(value) || when < from) continue;
            if (samples++ === 0) first = when;
            last = when;
            if (value < least) least = value;
            if (value > most) most = value;
          }
          const own = violations.filter(
            ({ series }) => series.host === host && labelsKey(series.labels) === labelsKey(labels),
          );
          const firingMs = own.reduce(
            (sum, period) => sum + (period.to ?? to) - Math.max(from, period.from),
            0,
          );
          const known = samples > 0;
          return [
            {
              ...{ host, labels, samples, count: own.length, firingMs },
              ...{ firstAt: known ? first : null, lastAt: known ? last : null },
              ...{ least: known ? least : null, most: known ? most : null },
            },
          ];
        }),
  );
  return found.toSorted((a, b) => b.count - a.count || b.firingMs - a.firingMs || b.samples - a.samples);
}

/** From the source's first to its last reading. */
function knownStretch(rule: Rule, records: readonly Recorded[]): [number, number] {
  const times = records.filter(({ source, at }) => source === rule.source && at.length > 0);
  return [
    Math.min(...times.map(({ at }) => at[0] ?? Infinity)),
    Math.max(...times.map(({ at }) => at.at(-1) ?? -Infinity)),
  ];
}
