import { isCooldownOver } from '../../alerts/announce.ts';
import type { SilenceFor } from '../../alerts/announce.ts';
import type { Alert, TransitionReason } from '../../contract/alert.ts';
import type { Rule, RuleStatus } from '../../contract/rule.ts';
import type { Reading, Series } from '../../contract/sample.ts';
import { labelsKey } from '../../contract/series-key.ts';
import type { Settings } from '../../contract/settings.ts';
import { graceMs, isWorthWriting, nothingAsked } from '../../rules/backtest.ts';
import type { ResolveOperand } from '../../rules/conditions.ts';
import { CurrentValues } from '../../rules/current-values.ts';
import { endSilence, evaluateError, evaluateSilence, isGap } from '../../rules/evaluate.ts';
import type { Observation } from '../../rules/evaluate.ts';
import { prepare, isAboutHost } from '../../rules/prepare.ts';
import type { PreparedRule, TagsOfHost } from '../../rules/prepare.ts';
import { goneAfterMs, isGone, judgeSample, later } from '../../rules/watched.ts';
import type { Heard } from '../../rules/watched.ts';
import { AlertBook } from './alert-book.ts';
import { intervalOf, slowestIntervalOf } from '../board.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { Parents, parentsFirst } from './parents.ts';
import { PastQuestions } from './past-questions.ts';
import { SourceFailures } from './source-failures.ts';
import { tagsIn } from './tags.ts';
import type { TagsOf } from './tags.ts';
import type { Track } from './track.ts';
import {
  announcedAgoMs,
  endOf,
  forget,
  isOfWholeSource,
  live,
  persistent,
  resume,
  statusOf,
  trackFor,
  Tracks,
} from './tracks.ts';
import type { LiveTrack } from './tracks.ts';
import { emptyVerdict } from './verdict.ts';
import type { Moment, SteadyMoment, Verdict } from './verdict.ts';

interface JudgeParts {
  /** This machine's host name. */
  host: string;
  /**
   * The state of the last run: where each rule stood, the firing alerts, and those whose recovery is still to be
   * announced.
   */
  tracks: Track[];
  open: Alert[];
  silenceFor: SilenceFor;
  newId(): string;
  /**
   * Since when the condition that a late sample reports has held, epoch milliseconds; null if the sample is not late.
   */
  began?: (series: Series) => number | null;
  /** The machines that send to this one; by default none. */
  others?: OtherHosts;
}

/** What is needed to evaluate samples of other machines. */
interface OtherHosts {
  /** Whether it sends, so that its series are expected. */
  knows(host: string): boolean;
  /** The interval of one of its sources in milliseconds; undefined for a host that does not send. */
  intervalMs(host: string, source: string): number | undefined;
  /** Its tags as words, by which rules select; this machine may have tags too. */
  tagsOf: TagsOfHost;
  /** Whether the agent of that host evaluates a rule instead of this hub. */
  judgesItself(host: string, ruleId: string): boolean;
  /**
   * The last samples of offline hosts whose agents evaluated rules: rules about missing data apply to them here from
   * now on.
   */
  awaited(): Iterable<AwaitedSeries>;
}

/** A series that arrived here while the agent of its host evaluated it. */
export interface AwaitedSeries {
  series: Series;
  /** How long it has been silent. */
  silentMs: number;
}

/** What is sampled on this machine, by the name of its source. */
type Sampled = Pick<ReadonlyMap<string, unknown>, 'has'>;

/**
 * How long something deleted may come back by an undo: until then none of its alerts end. It covers the time for which
 * the window offers an undo, and for a save.
 */
const comesBackMs = 12_000;

const noOthers: OtherHosts = {
  knows: () => false,
  intervalMs: () => undefined,
  tagsOf: () => [],
  judgesItself: () => false,
  awaited: () => [],
};

/**
 * Evaluates every rule on every series it applies to: keeps the state of each, and turns the pure decisions of `rules/`
 * into alerts by those of `alerts/`. It writes nothing; the caller commits the verdict.
 */
export class Judge {
  readonly alerts: AlertBook;
  readonly past: PastQuestions;
  readonly #host: string;
  readonly #others: OtherHosts;
  readonly #tracks = new Tracks();
  readonly #values = new CurrentValues();
  #rules = new Map<string, PreparedRule>();
  /** Deleted rules that may still come back. */
  #leaving = new Map<string, PreparedRule>();
  #bySource = new Map<string, Map<string, PreparedRule[]>>();
  /** Those of them with an alert for a failing source, which are few. */
  #failing = new Map<string, Map<string, PreparedRule[]>>();
  #intervalMs = new Map<string, number>();
  /** The interval at the slow pace, if the source may have one: until then it is not silent. */
  #slowestMs = new Map<string, number>();
  /** Rules about the presence of a host. */
  #hostRules: readonly string[] = [];
  readonly #failures = new SourceFailures();
  #tagsOf: TagsOf = () => [];
  readonly #tagsOfHost: TagsOfHost;
  /** How far the steady clock is ahead of the monotonic one; NaN before the first moment. */
  #steadyAheadMs = NaN;
  /** From when silence counts, and when the last reading arrived, both on the monotonic clock. */
  #silenceFrom = NaN;
  #toldMonotonic = NaN;
  /** Shared by all: evaluating a sample creates no object if nothing changes. */
  readonly #seen: Observation = {
    value: NaN,
    at: 0,
    elapsedMs: NaN,
    intervalMs: 0,
    others: NaN,
    usual: null,
  };
  readonly #heard: Heard = { value: NaN, at: 0, monotonic: 0, intervalMs: 0 };

  constructor(parts: JudgeParts) {
    const { host, tracks, open, silenceFor, newId, began = () => null, others = noOthers } = parts;
    this.#host = host;
    this.#others = others;
    this.#tagsOfHost = (host) => others.tagsOf(host);
    const tracksKept = this.#tracks;
    const ruleOf = (ruleId: string) => this.#rules.get(ruleId);
    const parents = new Parents({
      tracks: tracksKept,
      ruleOf,
      intervalOf: (host, source) => this.#intervalOf(host, source),
      hostRules: () => this.#hostRules,
      isFailing: (...failing) => this.#failures.since(...failing) !== null,
      isUntoldInQuiet: (alertId, rule, now) => {
        const alert = this.alerts.firingAlert(alertId);
        return alert?.announced === false && silenceFor({ ...alert, rule }, now)?.reason === 'quiet_hours';
      },
    });
    const failures = this.#failures;
    const tagsOf: TagsOf = (...asked) => this.#tagsOf(...asked);
    this.alerts = new AlertBook({
      ...{ open, silenceFor, tracks: tracksKept, parents, failures, tagsOf, newId, began },
    });
    this.past = new PastQuestions(tracksKept, ruleOf);
    for (const track of tracks) this.#tracks.add(live(track));
  }

  statuses(): RuleStatus[] {
    return [...this.#tracks].filter((track) => this.#rules.has(track.ruleId)).map(statusOf);
  }

  /** Sets new rules: ends whatever is no longer evaluated, with the reason, and continues everything else. */
  configure(settings: Settings, told: Moment): Verdict {
    const moment = this.#steady(told);
    const isFirst = Number.isNaN(this.#silenceFrom);
    const before = new Map([...this.#leaving, ...this.#rules]);
    if (isFirst) {
      this.#silenceFrom = moment.monotonic + graceMs;
      for (const track of this.#tracks) resume(track, moment);
    }
    const sampled = this.#takeSources(settings);
    this.#takeRules(settings, before);

    const disabled = new Map(settings.rules.filter((rule) => !rule.enabled).map((rule) => [rule.id, rule]));
    const verdict = emptyVerdict();
    for (const track of this.#tracks) {
      const rule = this.#rules.get(track.ruleId);
      const reason = this.#endOf(track, rule, disabled.has(track.ruleId), sampled);
      if (reason === null) {
        track.leaves = null;
        if (rule !== undefined && rule !== before.get(track.ruleId)) forget(track, rule);
        continue;
      }
      const asked = rule?.rule ?? disabled.get(track.ruleId) ?? before.get(track.ruleId)?.rule;
      if (!isFirst && (reason === 'rule_removed' || reason === 'source_removed'))
        track.leaves ??= { reason, rule: asked, atMonotonic: moment.monotonic + comesBackMs };
      else this.#end(track, asked, reason, moment, verdict);
    }
    this.#leaving = this.#leavingOf(before);
    this.#expectData(sampled, moment);
    return verdict;
  }

  /** Takes what is sampled here and how often. Returns what is sampled here, by the name of its source. */
  #takeSources(settings: Settings): Sampled {
    const { sources } = settings;
    this.#intervalMs = new Map(sources.map((source) => [source.name, intervalOf(source, settings) * 1000]));
    this.#slowestMs = new Map(
      sources.map((source) => [source.name, slowestIntervalOf(source, settings) * 1000]),
    );
    const sampled = new Map<string, unknown>([
      [ownSource, {}],
      ...sources.filter(({ enabled }) => enabled).map((source) => [source.name, source] as const),
    ]);
    this.#failures.configure(sampled);
    return sampled;
  }

  /** Takes the rules that are enabled, and sorts them by what they ask for. */
  #takeRules(settings: Settings, before: ReadonlyMap<string, PreparedRule>): void {
    this.#tagsOf = tagsIn(settings, this.#tagsOfHost);
    const enabled = parentsFirst(settings.rules.filter((rule) => rule.enabled));
    const rules = enabled.map((rule) => preparedAnew(rule, before));
    this.#rules = new Map(rules.map((prepared) => [prepared.rule.id, prepared]));
    this.#bySource = bySource(rules);
    this.#failing = bySource(rules.filter(({ rule }) => rule.onSourceError?.policy === 'alert'));
    this.#values.configure(rules, (host, source) => this.#intervalOf(host, source));
    this.#hostRules = rules
      .filter(({ rule }) => rule.source === ownSource && rule.metric === hostUpMetric)
      .map(({ rule }) => rule.id);
  }

  /** Why nobody judges a track any more; null while somebody does. */
  #endOf(track: LiveTrack, rule: PreparedRule | undefined, isDisabled: boolean, sampled: Sampled) {
    const { host, source } = track.series;
    return endOf(
      track,
      rule,
      isDisabled,
      this.#goneWith(host, source, sampled),
      (asked, host) => this.#isAbout(asked, host),
      (asked, host) => this.#isJudgedThere(asked, host),
    );
  }

  /** The rules that are gone, and of which tracks may come back. */
  #leavingOf(before: ReadonlyMap<string, PreparedRule>): Map<string, PreparedRule> {
    const leaving = new Map<string, PreparedRule>();
    for (const { ruleId, leaves } of this.#tracks) {
      const left = leaves === null || this.#rules.has(ruleId) ? undefined : before.get(ruleId);
      if (left !== undefined) leaving.set(ruleId, left);
    }
    return leaving;
  }

  #end(
    track: LiveTrack,
    rule: Rule | undefined,
    reason: TransitionReason,
    moment: SteadyMoment,
    verdict: Verdict,
  ): void {
    this.alerts.end(track, rule, reason, moment, verdict);
    this.#tracks.delete(track);
    verdict.forgottenTracks.push(persistent(track));
  }

  /** Why the subject of a track is no longer sampled; null while it is. */
  #goneWith(host: string, source: string, sampled: Sampled) {
    if (this.#others.knows(host) || (host === this.#host && sampled.has(source))) return null;
    return host === this.#host ? 'source_removed' : 'host_removed';
  }

  /** Whether a rule applies here to a host's samples. */
  #isAbout(rule: PreparedRule, host: string): boolean {
    return isAboutHost(rule, host, this.#tagsOfHost) && !this.#isJudgedThere(rule, host);
  }

  #isJudgedThere({ rule }: PreparedRule, host: string): boolean {
    return rule.judgedBy === 'agent' && host !== this.#host && this.#others.judgesItself(host, rule.id);
  }

  /**
   * A series without labels is expected before its first sample, so that it can be missing; so is a series of an agent
   * that is offline, even though the agent evaluated it itself.
   */
  #expectData(sampled: Sampled, { monotonic }: Moment): void {
    for (const prepared of this.#rules.values()) {
      const { rule, matchesLabels } = prepared;
      if (rule.noData?.policy !== 'alert' || !sampled.has(rule.source)) continue;
      if (!this.#isAbout(prepared, this.#host) || !matchesLabels({})) continue;
      const series = { host: this.#host, source: rule.source, metric: rule.metric, labels: {} };
      this.#trackOf(rule, series, labelsKey(series.labels), monotonic);
    }
    for (const { series, silentMs } of this.#others.awaited())
      for (const prepared of this.#bySource.get(series.source)?.get(series.metric) ?? []) {
        const { rule, matchesLabels } = prepared;
        if (rule.noData?.policy !== 'alert' || rule.judgedBy !== 'agent') continue;
        if (!matchesLabels(series.labels) || !this.#isAbout(prepared, series.host)) continue;
        this.#trackOf(rule, series, labelsKey(series.labels), monotonic - silentMs);
      }
  }

  /** Continues with the state of another hub: its series are waited for from now on. */
  adopt(tracks: readonly Track[], open: readonly Alert[], told: Moment): void {
    const moment = this.#steady(told);
    for (const track of tracks) {
      const adopted = { ...live(track), heardMonotonic: moment.monotonic };
      resume(adopted, moment);
      this.#tracks.add(adopted);
    }
    this.alerts.adopt(open);
  }

  /** Another hub takes over these hosts: their state is forgotten here, without any announcement. */
  leave(isLeft: (host: string) => boolean): void {
    for (const track of this.#tracks) if (isLeft(track.series.host)) this.#tracks.delete(track);
    this.alerts.leave(isLeft);
  }

  judge(reading: Reading, told: Moment): Verdict {
    const verdict = emptyVerdict();
    const moment = this.#pass(told);
    this.alerts.payOwedRecoveries(this.#rules, moment, verdict);
    // Samples are as old as the time that collecting them took.
    const sampledMonotonic = moment.monotonic - reading.durationMs;
    this.#values.enter(reading, sampledMonotonic);
    this.#failures.enter(reading, sampledMonotonic);
    // Without a network nothing was learned: what fires continues, and nothing starts.
    if (reading.error?.code === 'network_down') return verdict;
    this.#noteSource(reading, moment, verdict);
    const byMetric = this.#bySource.get(reading.source);
    if (byMetric === undefined) return verdict;
    const heard = this.#heard;
    heard.at = reading.at;
    heard.monotonic = sampledMonotonic;
    heard.intervalMs = this.#intervalOf(reading.host, reading.source);
    for (const { metric, labels, value } of reading.samples) {
      const rules = byMetric.get(metric);
      if (rules === undefined) continue;
      const series: Series = { host: reading.host, source: reading.source, metric, labels };
      const key = labelsKey(labels);
      for (const rule of rules) {
        if (!rule.matchesLabels(labels) || !this.#isAbout(rule, reading.host)) continue;
        heard.value = value;
        this.#judgeSeries(rule, series, key, moment, verdict);
      }
    }
    return verdict;
  }

  /**
   * Evaluates series that have been silent for too long, and forgets those that are gone. To be called every few
   * seconds.
   */
  passTime(told: Moment): Verdict {
    const verdict = emptyVerdict();
    const moment = this.#pass(told);
    this.alerts.payOwedRecoveries(this.#rules, moment, verdict);
    const { now, monotonic } = moment;
    this.#values.sweep(monotonic, goneAfterMs);
    for (const track of this.#tracks) {
      const rule = this.#rules.get(track.ruleId);
      const { leaves } = track;
      if (leaves !== null) {
        if (monotonic >= leaves.atMonotonic) this.#end(track, leaves.rule, leaves.reason, moment, verdict);
        continue;
      }
      if (rule === undefined) continue;
      if (isOfWholeSource(track, rule)) {
        // Once it works again, the only state left is the time of the last announcement.
        if (track.state.phase !== 'error' && isCooldownOver(rule.rule, announcedAgoMs(track, moment.steady)))
          this.#end(track, rule.rule, 'series_gone', moment, verdict);
        else if (monotonic >= this.#silenceFrom) this.alerts.passTime(track, rule, moment, verdict);
        continue;
      }
      const { host, source } = track.series;
      const silenceFrom = later(this.#failures.cutOff(host, source), this.#silenceFrom);
      const silentMs = monotonic - later(track.heardMonotonic, silenceFrom);
      const move = evaluateSilence(rule, track.state, silentMs, this.#slowestOf(host, source));
      if (move !== null) this.alerts.settle(track, rule, move, { value: null, at: now }, moment, verdict);
      else if (this.#isGone(track, rule, silentMs))
        this.#end(track, rule.rule, 'series_gone', moment, verdict);
      // After a sleep, a sample must first show whether it still fires.
      else if (monotonic >= this.#silenceFrom) this.alerts.passTime(track, rule, moment, verdict);
    }
    return verdict;
  }

  /** If nothing arrived for more than a minute, this machine slept or stood still, and silence is counted anew. */
  #pass(told: Moment): SteadyMoment {
    const { monotonic } = told;
    if (isGap(monotonic - this.#toldMonotonic, 0)) this.#silenceFrom = monotonic + graceMs;
    this.#toldMonotonic = monotonic;
    return this.#steady(told);
  }

  #steady({ now, monotonic }: Moment): SteadyMoment {
    if (Number.isNaN(this.#steadyAheadMs)) this.#steadyAheadMs = now - monotonic;
    return { now, monotonic, steady: monotonic + this.#steadyAheadMs };
  }

  #intervalOf(host: string, source: string): number {
    const ofOther = host === this.#host ? undefined : this.#others.intervalMs(host, source);
    return ofOther ?? this.#intervalMs.get(source) ?? 0;
  }

  #slowestOf(host: string, source: string): number {
    const ofOther = host === this.#host ? undefined : this.#others.intervalMs(host, source);
    return ofOther ?? this.#slowestMs.get(source) ?? 0;
  }

  #isGone(track: LiveTrack, rule: PreparedRule, silentMs: number): boolean {
    const { host, source, labels } = track.series;
    const isLabelled = Object.keys(labels).length > 0;
    const intervalMs = this.#intervalOf(host, source);
    return isGone(rule, track, isLabelled, silentMs, intervalMs, this.#failures.worked(host, source));
  }

  /** Records whether the source failed or works again, for the rules about that. An error is never a violation. */
  #noteSource(reading: Reading, moment: SteadyMoment, verdict: Verdict): void {
    const { host, source } = reading;
    for (const [metric, rules] of this.#failing.get(source) ?? []) {
      const since = this.#failures.since(host, source, metric);
      const isMissing = since !== null && !reading.samples.some((sample) => sample.metric === metric);
      for (const rule of rules) {
        if (!this.#isAbout(rule, host)) continue;
        const known = this.#tracks.get(rule.rule.id, host, {});
        if (!isMissing) {
          if (known?.state.phase === 'error') this.#endSilence(known, rule, reading.at, moment, verdict);
          continue;
        }
        const track = known ?? trackFor(rule.rule, { host, source, metric, labels: {} }, moment.monotonic);
        const failingMs = moment.monotonic - later(since.monotonic, this.#silenceFrom);
        const move = evaluateError(rule, track.state, failingMs);
        if (move === null) continue;
        // A source as a whole cannot be missing: its track is kept from when it has failed for long enough.
        if (known === undefined) this.#tracks.add(track);
        this.alerts.settle(track, rule, move, { value: null, at: reading.at }, moment, verdict);
      }
    }
  }

  /** `key` is that of the labels, see `labelsKey`. */
  #trackOf(rule: Rule, series: Series, key: string, monotonic: number): LiveTrack {
    const known = this.#tracks.find(rule.id, series.host, key);
    if (known !== undefined) return known;
    const track = trackFor(rule, series, monotonic);
    this.#tracks.add(track);
    return track;
  }

  /** Judges what was heard of a series last. `key` is that of its labels. */
  #judgeSeries(
    rule: PreparedRule,
    series: Series,
    key: string,
    moment: SteadyMoment,
    verdict: Verdict,
  ): void {
    const track = this.#trackOf(rule.rule, series, key, moment.monotonic);
    const { state } = track;
    const heard = this.#heard;
    if (state.phase === 'no_data' || state.phase === 'error')
      this.#endSilence(track, rule, heard.at, moment, verdict);
    const { phase: phaseBefore, lastValue: valueBefore } = state;
    const seen = this.#seen;
    const resolve = rule.operands.length === 0 ? nothingAsked : this.#resolver(rule, series, heard.monotonic);
    const move = judgeSample(rule, track, heard, resolve, seen);
    if (isWorthWriting(rule, state, phaseBefore, valueBefore))
      this.alerts.settle(track, rule, move, seen, moment, verdict);
    verdict.judged.push(track);
  }

  /** A function of its own, because the context of a closure is created for each call of the function around it. */
  #resolver(rule: PreparedRule, { host, labels }: Series, monotonic: number): ResolveOperand {
    return (operand) => this.#values.find(rule, operand, host, labels, monotonic);
  }

  #endSilence(
    track: LiveTrack,
    rule: PreparedRule,
    at: number,
    moment: SteadyMoment,
    verdict: Verdict,
  ): void {
    const move = endSilence(track.state);
    if (move !== null) this.alerts.settle(track, rule, move, { value: null, at }, moment, verdict);
  }
}

/** By source and metric, in their order. */
function bySource(rules: readonly PreparedRule[]): Map<string, Map<string, PreparedRule[]>> {
  const sources = new Map<string, Map<string, PreparedRule[]>>();
  for (const prepared of rules) {
    const { source, metric } = prepared.rule;
    const byMetric = sources.get(source) ?? new Map<string, PreparedRule[]>();
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), prepared]);
    sources.set(source, byMetric);
  }
  return sources;
}

/** An unchanged rule keeps its prepared form, and its series keep their windows. */
function preparedAnew(rule: Rule, before: ReadonlyMap<string, PreparedRule>): PreparedRule {
  const known = before.get(rule.id);
  return known !== undefined && JSON.stringify(known.rule) === JSON.stringify(rule) ? known : prepare(rule);
}
