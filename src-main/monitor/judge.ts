import { isCooldownOver, isPaused } from '../alerts/announce.ts';
import type { Circumstances } from '../alerts/announce.ts';
import {
  announceLate,
  announceOwedRecovery,
  changeSeverity,
  fire,
  resolve,
  termsOf,
} from '../alerts/lifecycle.ts';
import type { Moved } from '../alerts/lifecycle.ts';
import type { Alert, AlertCause, TransitionReason } from '../contract/alert.ts';
import { PlimsollError } from '../contract/error.ts';
import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { Rule, RuleStatus } from '../contract/rule.ts';
import type { Reading, Series } from '../contract/sample.ts';
import type { Settings } from '../contract/settings.ts';
import { hourOfWeek, usualLines } from '../rules/baseline.ts';
import { lineOf, worse } from '../rules/comparisons.ts';
import { graceMs, isWorthWriting } from '../rules/backtest.ts';
import { CurrentValues } from '../rules/current-values.ts';
import { endSilence, evaluateError, evaluateSilence, isGap } from '../rules/evaluate.ts';
import type { Move, Observation } from '../rules/evaluate.ts';
import { trendPerDay } from '../rules/forecast.ts';
import { prepare } from '../rules/prepare.ts';
import type { PreparedRule } from '../rules/prepare.ts';
import { goneAfterMs, isGone, judgeSample, later, usualAt } from '../rules/watched.ts';
import { intervalOf, slowestIntervalOf } from './board.ts';
import { ownSource } from './own-source.ts';
import { SourceFailures } from './source-failures.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';
import {
  endOf,
  forget,
  isOfWholeSource,
  known,
  live,
  persistent,
  statusOf,
  trackFor,
  Tracks,
} from './tracks.ts';
import type { LiveTrack } from './tracks.ts';

/** What judging one reading, time that passed, or new settings, changed. */
export interface Verdict {
  tracks: Track[];
  forgottenTracks: Track[];
  /** Alerts that are new or different, also without a move (a worse value). */
  alerts: Alert[];
  moves: (Moved & { rule: Rule })[];
  statuses: RuleStatus[];
}

/** The moment at which a reading is judged, on both clocks. */
export interface Moment {
  now: number;
  monotonic: number;
}

/** What history should be asked for a rule on a series. */
export interface PastQuestion {
  rule: PreparedRule;
  query: HistoryQuery;
}

/** How often history is asked again: a trend over days and a habit of weeks do not change in minutes. */
const learnAgainAfterMs = 3_600_000;
/** A question that was not answered is asked again sooner, */
const askAgainAfterMs = 60_000;
/** and so is one to which the past was too short: it grows by the quarter of an hour, and reading weeks of it costs. */
const pastGrowsAfterMs = 900_000;
const dayMs = 86_400_000;
/** A trend is taken from about this many points; what is usual from one for each quarter of an hour. */
const trendPoints = 400;
const pointsAWeek = 7 * 24 * 4;

/**
 * Holds every rule against every series it is about: remembers where each stands, and turns the pure decisions of
 * `rules/` into alerts by those of `alerts/`. It writes nothing; the caller commits the verdict.
 */
export class Judge {
  readonly #host: string;
  readonly #newId: () => string;
  readonly #tracks = new Tracks();
  readonly #values = new CurrentValues();
  readonly #firing = new Map<string, Alert>();
  /** Alerts that are over, whose recovery fell into a pause. */
  readonly #owed = new Map<string, Alert>();
  #pausedUntil: number | null;
  #rules = new Map<string, PreparedRule>();
  #bySource = new Map<string, Map<string, PreparedRule[]>>();
  #intervalMs = new Map<string, number>();
  /** At the slow pace, where the source may have one: until then it is not silent. */
  #slowestMs = new Map<string, number>();
  readonly #failures = new SourceFailures();
  /** From when on silence counts, on the monotonic clock, and when time was last told. */
  #silenceFrom = NaN;
  #told: Moment | null = null;
  /** One for all: judging a sample makes no object where nothing moves. */
  readonly #seen: Observation = {
    value: NaN,
    at: 0,
    elapsedMs: NaN,
    intervalMs: 0,
    others: NaN,
    usual: null,
  };

  /**
   * `host` is the name of this machine; `tracks` and `open` are what was remembered of the last run, `open` being the
   * alerts that are firing and those whose recovery is owed.
   */
  constructor(host: string, tracks: Track[], open: Alert[], pausedUntil: number | null, newId: () => string) {
    this.#host = host;
    this.#newId = newId;
    this.#pausedUntil = pausedUntil;
    for (const alert of open) (alert.state === 'firing' ? this.#firing : this.#owed).set(alert.id, alert);
    for (const track of tracks) this.#tracks.add(live(track));
  }

  /** Firing alerts: critical before warning, then the longest first. */
  firing(): Alert[] {
    const rank = (alert: Alert) => (alert.severity === 'critical' ? 0 : 1);
    return [...this.#firing.values()].sort((a, b) => rank(a) - rank(b) || a.firedAt - b.firedAt);
  }

  /** The alert as it is now; undefined when it does not fire. */
  firingAlert(id: string): Alert | undefined {
    return this.#firing.get(id);
  }

  statuses(): RuleStatus[] {
    return [...this.#tracks].filter((track) => this.#rules.has(track.ruleId)).map(statusOf);
  }

  /** Takes new rules: ends what nobody judges any more, with the reason, and lets everything else go on. */
  configure(settings: Settings, moment: Moment): Verdict {
    const before = this.#rules;
    if (Number.isNaN(this.#silenceFrom)) this.#silenceFrom = moment.monotonic + graceMs;
    this.#rules = new Map(
      settings.rules.filter((rule) => rule.enabled).map((rule) => [rule.id, preparedAnew(rule, before)]),
    );
    this.#bySource = new Map();
    for (const rule of this.#rules.values()) {
      const { source, metric } = rule.rule;
      const byMetric = this.#bySource.get(source) ?? new Map<string, PreparedRule[]>();
      byMetric.set(metric, [...(byMetric.get(metric) ?? []), rule]);
      this.#bySource.set(source, byMetric);
    }
    this.#intervalMs = new Map(
      settings.sources.map((source) => [source.name, intervalOf(source, settings) * 1000]),
    );
    this.#slowestMs = new Map(
      settings.sources.map((source) => [source.name, slowestIntervalOf(source, settings) * 1000]),
    );
    this.#values.configure(this.#rules.values(), this.#intervalMs);
    const disabled = new Map(settings.rules.filter((rule) => !rule.enabled).map((rule) => [rule.id, rule]));
    const sampled = new Map<string, unknown>([
      [ownSource, {}],
      ...settings.sources.filter(({ enabled }) => enabled).map((source) => [source.name, source] as const),
    ]);
    this.#failures.configure(sampled);

    const verdict = emptyVerdict();
    for (const track of this.#tracks) {
      const rule = this.#rules.get(track.ruleId);
      const isSampled = track.series.host === this.#host && sampled.has(track.series.source);
      const reason = endOf(track, rule, disabled.has(track.ruleId), isSampled);
      if (reason === null) {
        if (rule !== undefined && rule !== before.get(track.ruleId)) forget(track, rule);
        continue;
      }
      const alert = this.#alertOf(track);
      if (alert !== undefined) {
        const moved = resolve(alert, reason, moment.now, null, this.#circumstances(track, moment));
        this.#enter(
          moved,
          rule?.rule ?? disabled.get(track.ruleId) ?? before.get(track.ruleId)?.rule ?? ruleOf(alert),
          verdict,
        );
      }
      this.#tracks.delete(track);
      verdict.forgottenTracks.push(persistent(track));
    }
    this.#expectData(sampled, moment);
    return verdict;
  }

  /** A series that has no labels is known before its first sample, so that it can be missed. */
  #expectData(sampled: Pick<ReadonlyMap<string, unknown>, 'has'>, { monotonic }: Moment): void {
    for (const { rule, matchesHost, matchesLabels } of this.#rules.values()) {
      if (rule.noData?.policy !== 'alert' || !sampled.has(rule.source)) continue;
      if (!matchesHost(this.#host) || !matchesLabels({})) continue;
      const series = { host: this.#host, source: rule.source, metric: rule.metric, labels: {} };
      this.#trackOf(rule, series, monotonic);
    }
  }

  judge(reading: Reading, moment: Moment): Verdict {
    const verdict = emptyVerdict();
    this.#payOwedRecoveries(moment, verdict);
    this.#values.enter(reading, moment.monotonic);
    const byMetric = this.#bySource.get(reading.source);
    this.#noteSource(reading, byMetric, moment, verdict);
    if (byMetric === undefined) return verdict;
    for (const { metric, labels, value } of reading.samples) {
      for (const rule of byMetric.get(metric) ?? []) {
        if (!rule.matchesLabels(labels) || !rule.matchesHost(reading.host)) continue;
        const series: Series = { host: reading.host, source: reading.source, metric, labels };
        this.#judgeSeries(rule, series, value, reading.at, moment, verdict);
      }
    }
    return verdict;
  }

  /**
   * Time has passed: what has been silent for too long is judged, and what is gone is forgotten. To be called every few
   * seconds; when it was not for longer than a minute, this machine slept or stood still, and silence begins anew.
   */
  passTime(moment: Moment): Verdict {
    const verdict = emptyVerdict();
    this.#payOwedRecoveries(moment, verdict);
    const { now, monotonic } = moment;
    if (this.#told !== null) {
      const passedMs = Math.max(now - this.#told.now, monotonic - this.#told.monotonic);
      if (isGap(passedMs, 0)) this.#silenceFrom = monotonic + graceMs;
    }
    this.#told = moment;
    this.#values.sweep(monotonic, goneAfterMs);
    for (const track of this.#tracks) {
      const rule = this.#rules.get(track.ruleId);
      if (rule === undefined) continue;
      if (isOfWholeSource(track, rule)) {
        // When it works again, all that is left to know is when people were told last.
        if (track.state.phase !== 'error' && isCooldownOver(rule.rule, track.lastAnnouncedAt, now))
          this.#letGo(track, rule, moment, verdict);
        continue;
      }
      const silentMs = monotonic - later(track.heardMonotonic, this.#silenceFrom);
      const move = evaluateSilence(
        rule,
        track.state,
        silentMs,
        this.#slowestMs.get(track.series.source) ?? 0,
      );
      if (move !== null) this.#settle(track, rule, move, null, now, moment, verdict);
      else if (this.#isGone(track, rule, silentMs)) this.#letGo(track, rule, moment, verdict);
    }
    return verdict;
  }

  /** The next thing to ask history, about the series that has waited longest for it; null when all is known. */
  nextQuestion({ now, monotonic }: Moment): PastQuestion | null {
    let longest: LiveTrack | undefined;
    for (const track of this.#tracks) {
      const rule = this.#rules.get(track.ruleId)?.rule;
      if (rule === undefined || daysAsked(rule) === null) continue;
      const { askAgainMonotonic } = track.learned;
      if (monotonic < askAgainMonotonic) continue;
      if (longest === undefined || askAgainMonotonic < longest.learned.askAgainMonotonic) longest = track;
    }
    const rule = longest && this.#rules.get(longest.ruleId);
    const days = rule && daysAsked(rule.rule);
    if (longest === undefined || rule === undefined || typeof days !== 'number') return null;
    // Whatever becomes of this question, another one comes first.
    longest.learned.askAgainMonotonic = monotonic + askAgainAfterMs;
    const weeks = rule.rule.baseline?.weeks;
    const points = weeks === undefined ? trendPoints : weeks * pointsAWeek;
    return { rule, query: { ...longest.series, from: now - days * dayMs, to: now, points } };
  }

  /** Takes history's answer to a question. One about a rule that was changed meanwhile answers nothing. */
  learn({ rule: prepared, query }: PastQuestion, past: SeriesHistory): void {
    const { rule } = prepared;
    const track = this.#tracks.get(rule.id, query.host, query.labels);
    if (this.#rules.get(rule.id) !== prepared || track === undefined) return;
    const { learned } = track;
    if (rule.forecast !== undefined)
      learned.perDay = trendPerDay({ at: past.at, values: past.avg }, rule.forecast.overDays);
    if (rule.baseline !== undefined) learned.usual = usualLines(rule, past);
    const isKnown =
      !Number.isNaN(learned.perDay) || learned.usual?.some((line) => !Number.isNaN(line.threshold)) === true;
    learned.askAgainMonotonic += isKnown ? learnAgainAfterMs : pastGrowsAfterMs;
  }

  #isGone(track: LiveTrack, rule: PreparedRule, silentMs: number): boolean {
    const { host, source, labels } = track.series;
    const isLabelled = Object.keys(labels).length > 0;
    const intervalMs = this.#intervalMs.get(source) ?? 0;
    return isGone(rule, track, isLabelled, silentMs, intervalMs, this.#failures.worked(host, source));
  }

  #letGo(track: LiveTrack, { rule }: PreparedRule, moment: Moment, verdict: Verdict): void {
    const alert = this.#alertOf(track);
    if (alert !== undefined) {
      const circumstances = this.#circumstances(track, moment);
      this.#enter(resolve(alert, 'series_gone', moment.now, null, circumstances), rule, verdict);
    }
    this.#tracks.delete(track);
    verdict.forgottenTracks.push(persistent(track));
  }

  /** Whether the source failed or works again, for the rules that ask for it. An error is never a violation. */
  #noteSource(
    reading: Reading,
    byMetric: ReadonlyMap<string, PreparedRule[]> | undefined,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const { host, source } = reading;
    this.#failures.enter(reading, moment.monotonic);
    for (const [metric, rules] of byMetric ?? []) {
      const since = this.#failures.since(host, source, metric);
      const isMissing = since !== null && !reading.samples.some((sample) => sample.metric === metric);
      for (const rule of rules) {
        if (rule.rule.onSourceError?.policy !== 'alert' || !rule.matchesHost(host)) continue;
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
        this.#settle(track, rule, move, null, reading.at, moment, verdict);
      }
    }
  }

  #trackOf(rule: Rule, series: Series, monotonic: number): LiveTrack {
    const known = this.#tracks.get(rule.id, series.host, series.labels);
    if (known !== undefined) return known;
    const track = trackFor(rule, series, monotonic);
    this.#tracks.add(track);
    return track;
  }

  #judgeSeries(
    rule: PreparedRule,
    series: Series,
    sample: number,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const track = this.#trackOf(rule.rule, series, moment.monotonic);
    const { state } = track;
    if (state.phase === 'no_data' || state.phase === 'error')
      this.#endSilence(track, rule, at, moment, verdict);
    const { phase: phaseBefore, lastValue: valueBefore } = state;
    const seen = this.#seen;
    const { monotonic } = moment;
    const heard = { value: sample, at, monotonic, intervalMs: this.#intervalMs.get(series.source) ?? 0 };
    const move = judgeSample(
      rule,
      track,
      heard,
      (operand) => this.#values.find(rule, operand, series.host, series.labels, heard),
      seen,
    );
    if (isWorthWriting(rule, state, phaseBefore, valueBefore))
      this.#settle(track, rule, move, seen.value, at, moment, verdict);
    verdict.statuses.push(statusOf(track));
  }

  #endSilence(track: LiveTrack, rule: PreparedRule, at: number, moment: Moment, verdict: Verdict): void {
    const move = endSilence(track.state);
    if (move !== null) this.#settle(track, rule, move, null, at, moment, verdict);
  }

  /** Turns what a rule decided on a series into what becomes of its alert, and enters both into the verdict. */
  #settle(
    track: LiveTrack,
    prepared: PreparedRule,
    move: Move | null,
    value: number | null,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): void {
    const alert = this.#alertOf(track);
    const moved =
      move === null
        ? this.#goOn(track, prepared, alert, value, at, moment, verdict)
        : this.#move(track, prepared, move, alert, value, at, moment);
    if (moved !== null) {
      this.#enter(moved, prepared.rule, verdict);
      track.alertId = moved.alert.state === 'firing' ? moved.alert.id : null;
      const { to, announcement } = moved.transition;
      if (to === 'firing' && announcement.decision === 'announce') track.lastAnnouncedAt = moment.now;
    }
    verdict.tracks.push(persistent(track));
  }

  #move(
    track: LiveTrack,
    prepared: PreparedRule,
    { to, reason }: Move,
    alert: Alert | undefined,
    value: number | null,
    at: number,
    moment: Moment,
  ): Moved | null {
    const { rule } = prepared;
    const circumstances = this.#circumstances(track, moment);
    if (to === 'resolved')
      return alert === undefined ? null : resolve(alert, reason, at, value, circumstances);
    const { state, series } = track;
    if (alert !== undefined && value !== null && reason !== 'violated_enough') {
      const worstValue = known(state.worst) ?? value;
      return changeSeverity({ ...alert, worstValue }, rule, { reason, value, at }, circumstances);
    }
    const cause = causeOf(reason);
    return fire(
      {
        id: this.#newId(),
        rule,
        series,
        reason,
        cause,
        critical: state.critical,
        threshold: cause === 'violation' ? lineCrossed(track, prepared, value, at) : null,
        since: this.#sinceOf(track, cause) ?? at,
        worst: cause === 'violation' ? (known(state.worst) ?? value) : null,
        value,
        at,
      },
      circumstances,
    );
  }

  /** When what an alert is about began, epoch milliseconds; null where that is not known. */
  #sinceOf({ state, series }: LiveTrack, cause: AlertCause): number | null {
    if (cause === 'source_error')
      return this.#failures.since(series.host, series.source, series.metric)?.at ?? null;
    return known(cause === 'violation' ? state.since : state.lastAt);
  }

  /** It fires on: what the rule says now is what this alert is about. */
  #goOn(
    track: LiveTrack,
    prepared: PreparedRule,
    alert: Alert | undefined,
    value: number | null,
    at: number,
    moment: Moment,
    verdict: Verdict,
  ): Moved | null {
    const { rule } = prepared;
    if (alert === undefined) return null;
    const { critical, lastValue } = track.state;
    const isJudged = value !== null && !Number.isNaN(value) && lastValue === value;
    const asRuled: Alert = {
      ...alert,
      ...termsOf(rule),
      severity: critical ? 'critical' : rule.severity,
      // What was usual when it fired is what it was about.
      threshold:
        rule.baseline === undefined
          ? ((critical ? rule.criticalThreshold : rule.threshold) ?? null)
          : alert.threshold,
    };
    const current: Alert = isJudged
      ? {
          ...asRuled,
          lastValue: value,
          worstValue:
            alert.worstValue === null
              ? value
              : worse(usualAt(prepared, track, at) ?? lineOf(asRuled), alert.worstValue, value),
        }
      : asRuled;
    this.#firing.set(alert.id, current);
    if (!isSameBesidesLastValue(current, alert)) verdict.alerts.push(current);
    return announceLate(current, rule, at, this.#circumstances(track, moment));
  }

  /** Announces nothing until then; null ends a pause. What happens is judged and recorded all the same. */
  pause(until: number | null): void {
    this.#pausedUntil = until;
  }

  get pausedUntil(): number | null {
    return this.#pausedUntil;
  }

  /** Someone knows of a firing alert. Throws `not_found` for one that is not firing. */
  acknowledge(id: string, note: string | null, at: number): Verdict {
    return this.#marked(id, { acknowledgedAt: at, note });
  }

  /** A firing alert is not mentioned until then. Throws `not_found` for one that is not firing. */
  snooze(id: string, until: number): Verdict {
    return this.#marked(id, { snoozedUntil: until });
  }

  #marked(id: string, marks: Partial<Alert>): Verdict {
    const alert = this.#firing.get(id);
    if (alert === undefined)
      throw new PlimsollError('not_found', `No alert ${id} is firing; it may be over.`);
    const marked = { ...alert, ...marks };
    this.#firing.set(id, marked);
    return { ...emptyVerdict(), alerts: [marked] };
  }

  /** After a pause: recoveries that fell into it are announced, but for alerts that are back already. */
  #payOwedRecoveries(moment: Moment, verdict: Verdict): void {
    if (this.#owed.size === 0 || isPaused(this.#pausedUntil, moment.now)) return;
    const firing = new Set([...this.#firing.values()].map((alert) => trackKey(alert)));
    for (const alert of this.#owed.values()) {
      if (firing.has(trackKey(alert))) {
        verdict.alerts.push({ ...alert, recoveryOwed: false });
      } else {
        const moved = announceOwedRecovery(alert, moment.now);
        verdict.alerts.push(moved.alert);
        verdict.moves.push({ ...moved, rule: this.#rules.get(alert.ruleId)?.rule ?? ruleOf(alert) });
      }
    }
    this.#owed.clear();
  }

  #circumstances(track: Track, { now }: Moment): Circumstances {
    return { lastAnnouncedAt: track.lastAnnouncedAt, pausedUntil: this.#pausedUntil, now };
  }

  #alertOf(track: Track): Alert | undefined {
    return track.alertId === null ? undefined : this.#firing.get(track.alertId);
  }

  #enter(moved: Moved, rule: Rule, verdict: Verdict): void {
    if (moved.alert.state === 'firing') this.#firing.set(moved.alert.id, moved.alert);
    else this.#firing.delete(moved.alert.id);
    if (moved.alert.recoveryOwed) this.#owed.set(moved.alert.id, moved.alert);
    verdict.alerts.push(moved.alert);
    verdict.moves.push({ ...moved, rule });
  }
}

/** A rule that stays as it is keeps what was prepared of it, and its series keep what they look back over. */
function preparedAnew(rule: Rule, before: ReadonlyMap<string, PreparedRule>): PreparedRule {
  const known = before.get(rule.id);
  return known !== undefined && JSON.stringify(known.rule) === JSON.stringify(rule) ? known : prepare(rule);
}

/** How many days of the past a rule must know; null for one that looks at none. */
function daysAsked({ baseline, forecast }: Rule): number | null {
  return baseline === undefined ? (forecast?.overDays ?? null) : baseline.weeks * 7;
}

function emptyVerdict(): Verdict {
  return { tracks: [], forgottenTracks: [], alerts: [], moves: [], statuses: [] };
}

function causeOf(reason: TransitionReason): AlertCause {
  return reason === 'no_data' || reason === 'source_error' ? reason : 'violation';
}

/** The line that a violation crossed. */
function lineCrossed(
  track: LiveTrack,
  { rule }: PreparedRule,
  value: number | null,
  at: number,
): number | null {
  if (rule.baseline === undefined)
    return (track.state.critical ? rule.criticalThreshold : rule.threshold) ?? null;
  const usual = track.learned.usual?.[hourOfWeek(at)];
  if (usual === undefined) return null;
  return known(
    usual.comparison === 'outside' && value !== null && value > usual.upper ? usual.upper : usual.threshold,
  );
}

function isSameBesidesLastValue(a: Alert, b: Alert): boolean {
  return JSON.stringify({ ...a, lastValue: 0 }) === JSON.stringify({ ...b, lastValue: 0 });
}

/** A rule that was removed while nobody was running is told as its alert remembers it. */
function ruleOf(alert: Alert): Rule {
  const { comparison, upperThreshold, forSeconds, violationsOf } = alert;
  const { window, expression, forecast, baseline } = alert;
  return {
    id: alert.ruleId,
    name: alert.ruleName,
    enabled: false,
    source: alert.series.source,
    metric: alert.series.metric,
    comparison,
    ...(alert.threshold === null ? {} : { threshold: alert.threshold }),
    ...(alert.tolerance === null ? {} : { tolerance: alert.tolerance }),
    ...{ upperThreshold, forSeconds, violationsOf, window, expression, forecast, baseline },
    consecutiveViolations: alert.consecutiveViolations,
    severity: alert.severity,
    cooldownSeconds: 0,
  };
}
