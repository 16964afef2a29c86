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
  /** The name of this machine. */
  host: string;
  /** What was remembered of the last run: where each rule stood, the alerts that fire, and those whose recovery is owed. */
  tracks: Track[];
  open: Alert[];
  silenceFor: SilenceFor;
  newId(): string;
  /** Since when that has been so which a sample tells late, epoch milliseconds; null where the sample came as soon as it was so. */
  began?: (series: Series) => number | null;
  /** The machines that send to this one; without it there are none. */
  others?: OtherHosts;
}

/** What must be known of other machines to judge what they send. */
interface OtherHosts {
  /** Whether it sends, so that its series are waited for. */
  knows(host: string): boolean;
  /** The interval of a source of it in milliseconds; undefined for a host that does not send. */
  intervalMs(host: string, source: string): number | undefined;
  /** Its tags as words, by which rules choose; this machine may have some too. */
  tagsOf: TagsOfHost;
  /** Whether the agent of that host judges a rule in place of this hub. */
  judgesItself(host: string, ruleId: string): boolean;
  /** What hosts sent last whose agents judged rules and are gone: the rules that miss data miss theirs here from now on. */
  awaited(): Iterable<AwaitedSeries>;
}

/** A series that came here while the agent of its host judged it. */
export interface AwaitedSeries {
  series: Series;
  /** How long nothing came of it. */
  silentMs: number;
}

/** What is sampled on this machine, by the name of its source. */
type Sampled = Pick<ReadonlyMap<string, unknown>, 'has'>;

/**
 * What was deleted may come back for so long, by an undo: until then nothing of it has ended. It is as long as the window offers
 * that, and what a save takes.
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
 * Holds every rule against every series it is about: remembers where each stands, and turns the pure decisions of
 * `rules/` into alerts by those of `alerts/`. It writes nothing; the caller commits the verdict.
 */
export class Judge {
  readonly alerts: AlertBook;
  readonly past: PastQuestions;
  readonly #host: string;
  readonly #others: OtherHosts;
  readonly #tracks = new Tracks();
  readonly #values = new CurrentValues();
  #rules = new Map<string, PreparedRule>();
  /** Those that are gone, while they may come back. */
  #leaving = new Map<string, PreparedRule>();
  #bySource = new Map<string, Map<string, PreparedRule[]>>();
  /** Those of them that ask for an alert when the source fails, which are few. */
  #failing = new Map<string, Map<string, PreparedRule[]>>();
  #intervalMs = new Map<string, number>();
  /** At the slow pace, where the source may have one: until then it is not silent. */
  #slowestMs = new Map<string, number>();
  /** Rules about whether a host is there. */
  #hostRules: readonly string[] = [];
  readonly #failures = new SourceFailures();
  #tagsOf: TagsOf = () => [];
  readonly #tagsOfHost: TagsOfHost;
  /** What the steady clock is ahead of the monotonic one; NaN before the first moment. */
  #steadyAheadMs = NaN;
  /** From when on silence counts, and when something was last heard, both on the monotonic clock. */
  #silenceFrom = NaN;
  #toldMonotonic = NaN;
  /** One for all: judging a sample makes no object where nothing moves. */
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

  /** Takes new rules: ends what nobody judges any more, with the reason, and lets everything else go on. */
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

  /** Why nothing is sampled any more that a track is about; null while it is. */
  #goneWith(host: string, source: string, sampled: Sampled) {
    if (this.#others.knows(host) || (host === this.#host && sampled.has(source))) return null;
    return host === this.#host ? 'source_removed' : 'host_removed';
  }

  /** Whether a rule judges here what a host samples. */
  #isAbout(rule: PreparedRule, host: string): boolean {
    return isAboutHost(rule, host, this.#tagsOfHost) && !this.#isJudgedThere(rule, host);
  }

  #isJudgedThere({ rule }: PreparedRule, host: string): boolean {
    return rule.judgedBy === 'agent' && host !== this.#host && this.#others.judgesItself(host, rule.id);
  }

  /**
   * A series that has no labels is known before its first sample, so that it can be missed; and so is what an agent sent that is gone,
   * although it judged that itself.
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

  /** Goes on with what another hub knew: its series are waited for from now on. */
  adopt(tracks: readonly Track[], open: readonly Alert[], told: Moment): void {
    const moment = this.#steady(told);
    for (const track of tracks) {
      const adopted = { ...live(track), heardMonotonic: moment.monotonic };
      resume(adopted, moment);
      this.#tracks.add(adopted);
    }
    this.alerts.adopt(open);
  }

  /** Another hub goes on with these hosts: nothing is known of them here any more, and nobody is told. */
  leave(isLeft: (host: string) => boolean): void {
    for (const track of this.#tracks) if (isLeft(track.series.host)) this.#tracks.delete(track);
    this.alerts.leave(isLeft);
  }

  judge(reading: Reading, told: Moment): Verdict {
    const verdict = emptyVerdict();
    const moment = this.#pass(told);
    this.alerts.payOwedRecoveries(this.#rules, moment, verdict);
    // What was sampled is as old as collecting it took.
    const sampledMonotonic = moment.monotonic - reading.durationMs;
    this.#values.enter(reading, sampledMonotonic);
    this.#failures.enter(reading, sampledMonotonic);
    // Without a network of our own nothing was found out: what fires stays, and nothing begins.
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
   * Time has passed: what has been silent for too long is judged, and what is gone is forgotten. To be called every few
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
        // When it works again, all that is left to know is when people were told last.
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
      // After a sleep a sample shall say first whether it fires still.
      else if (monotonic >= this.#silenceFrom) this.alerts.passTime(track, rule, moment, verdict);
    }
    return verdict;
  }

  /** When nothing was heard for longer than a minute, this machine slept or stood still, and silence begins anew. */
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

  /** Whether the source failed or works again, for the rules that ask for it. An error is never a violation. */
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
        // A source as a whole is nothing to miss: it is remembered from when it has failed for long enough.
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

  /** Apart from where it is asked for: what a closure holds is made for each call of the function around it. */
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

/** A rule that stays as it is keeps what was prepared of it, and its series keep what they look back over. */
function preparedAnew(rule: Rule, before: ReadonlyMap<string, PreparedRule>): PreparedRule {
  const known = before.get(rule.id);
  return known !== undefined && JSON.stringify(known.rule) === JSON.stringify(rule) ? known : prepare(rule);
}
