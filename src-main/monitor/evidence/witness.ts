import type { Clock } from '../../base/clock.ts';
import { contextBounds } from '../../contract/alert-context.ts';
import type { AlertContext, HostState, ProgramMeasure, UsualRange } from '../../contract/alert-context.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import { judgedUnit } from '../../contract/judged-unit.ts';
import type { Unit } from '../../contract/metric.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Sample, Series } from '../../contract/sample.ts';
import type { TopPrograms } from '../../contract/top-programs.ts';
import { ruleWordsOf } from '../../deliveries/words.ts';
import { Companions } from './companions.ts';
import { trackKey } from '../judging/track.ts';
import type { KeptContext } from '../judging/track.ts';
import type { Moment, Verdict } from '../judging/verdict.ts';

/** How long the first messages of an alert wait for its circumstances. Most are there within a tenth of this. */
export const contextPatienceMs = 1000;
/** A later answer is not waited for any more. */
const answerMs = 2000;
/** Alerts that fire together share one question to the collectors. */
const sameProgramsMs = 1000;

interface WitnessParts {
  /** This machine's host name. */
  host: string;
  clock: Clock;
  /** The latest sample of every series. */
  latest(): Sample[];
  unitOf(series: Pick<Series, 'host' | 'source' | 'metric'>): Unit;
  /** What the kind of its source calls its metric; undefined where none says it. */
  titleOf(series: Pick<Series, 'host' | 'source' | 'metric'>): string | undefined;
  hostState(moment: Moment): HostState;
  programs(): Promise<TopPrograms>;
  usual(series: Series[], from: number, to: number): Promise<(UsualRange | null)[]>;
  /** The stored contexts of an alert that has been firing since before this start. */
  remembered(alertId: string): AlertContext[];
  /** Stores more complete contexts. */
  keep(kept: KeptContext[]): void;
}

type Values = AlertContext['values'];

/**
 * Records why alerts fire. What is known here is committed with the transition at once; collectors and history are
 * asked afterwards, with a deadline, so that they never delay an evaluation or a commit.
 */
export class Witness {
  readonly #parts: WitnessParts;
  readonly #companions: Companions;
  /** The values of rows of violations, by track. */
  readonly #rows = new Map<string, Values>();
  /** Contexts of firing alerts, by id; null if nothing was stored. */
  readonly #contexts = new Map<string, AlertContext | null>();
  #isStopped = false;
  #programs: { answer: Promise<TopPrograms>; monotonic: number } | null = null;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.#companions = new Companions({
      host: parts.host,
      unitOf: parts.unitOf,
      titleOf: parts.titleOf,
      usual: parts.usual,
    });
  }

  /** Observes a verdict. Returns what is known of the alerts that began to fire or became critical in it. */
  see({ tracks, forgottenTracks, moves }: Verdict, moment: Moment): KeptContext[] {
    const ended = new Set<string>();
    for (const track of tracks) {
      const { phase, lastAt, lastValue } = track.state;
      const key = trackKey(track);
      if (phase === 'ok') ended.add(key);
      else this.#enter(key, lastAt, lastValue);
    }
    for (const track of forgottenTracks) ended.add(trackKey(track));
    const begun = moves.filter(beginsAnew);
    const latest = begun.length === 0 ? [] : this.#parts.latest();
    const host = begun.length === 0 ? {} : this.#parts.hostState(moment);
    const kept = begun.map(({ alert, transition, rule }): KeptContext => {
      const unit = judgedUnit(alert, this.#parts.unitOf(alert.series));
      const isHere = alert.series.host === this.#parts.host;
      const context: AlertContext = {
        at: transition.at,
        rule: cut(ruleWordsOf(alert, rule, unit, this.#parts.titleOf(alert.series)), 1000),
        values: alert.cause === undefined ? [...(this.#rows.get(trackKey(alert)) ?? [])] : [],
        others: this.#othersOf(this.#companions.of(alert.series, latest, moment.now)),
        host: isHere ? host : {},
        isComplete: false,
      };
      this.#contexts.set(alert.id, context);
      return { alertId: alert.id, context };
    });
    for (const key of ended) this.#rows.delete(key);
    return kept;
  }

  #othersOf(samples: readonly Sample[]): AlertContext['others'] {
    return this.#companions.judged(samples).slice(0, contextBounds.metrics);
  }

  #enter(key: string, at: number, value: number): void {
    if (Number.isNaN(at) || !Number.isFinite(value)) return;
    let row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, (row = []));
    if (row.at(-1)?.at === at) return;
    row.push({ at, value });
    if (row.length > contextBounds.values) row.shift();
  }

  /** The context of an alert; null if there is none. If the alert is over, the context is forgotten here. */
  contextOf({ id, state }: Pick<Alert, 'id' | 'state'>): AlertContext | null {
    let context = this.#contexts.get(id);
    if (context === undefined) {
      const remembered = this.#parts.remembered(id).at(-1);
      // Questions from before this start will not be answered any more.
      context = remembered === undefined ? null : { ...remembered, isComplete: true };
      this.#contexts.set(id, context);
    }
    if (state === 'resolved') this.#contexts.delete(id);
    return context;
  }

  /**
   * Asks for what is still unknown of these, and stores it as it arrives. Resolves when that is done; never rejects.
   */
  async ask(kept: readonly KeptContext[], alerts: readonly Alert[]): Promise<void> {
    if (kept.length === 0) return;
    const latest = this.#parts.latest();
    const now = this.#parts.clock.now();
    const series = new Map(alerts.map((alert) => [alert.id, alert.series]));
    const asked = kept.flatMap(({ alertId, context }) => {
      const one = series.get(alertId);
      return one === undefined ? [] : [new Question(alertId, context, one)];
    });
    const all = asked.map(({ series: one }) => this.#companions.of(one, latest, now));
    const usual = this.#within(this.#companions.learn(all.flat(), now)).then(() => {
      asked.forEach((question, place) => {
        question.context = {
          ...question.context,
          others: this.#othersOf(all[place] ?? []),
        };
      });
    });
    const programs = this.#within(this.#top()).then((top) => {
      if (top === undefined) return;
      for (const question of asked) {
        if (question.series.host !== this.#parts.host) continue;
        question.context = { ...question.context, programs: programsFor(question.series, top) };
      }
      this.#keep(asked);
    });
    await Promise.all([usual, programs]);
    for (const question of asked) question.context = { ...question.context, isComplete: true };
    this.#keep(asked);
  }

  #keep(asked: readonly Question[]): void {
    if (this.#isStopped) return;
    for (const { alertId, context } of asked) {
      // An alert that became critical meanwhile has a later context; for one that is over, the state file suffices.
      if (this.#contexts.get(alertId)?.at === context.at) this.#contexts.set(alertId, context);
    }
    this.#parts.keep(asked.map(({ alertId, context }) => ({ alertId, context })));
  }

  /** Stores nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #top(): Promise<TopPrograms> {
    const monotonic = this.#parts.clock.monotonic();
    if (this.#programs === null || monotonic - this.#programs.monotonic > sameProgramsMs)
      this.#programs = { answer: this.#parts.programs(), monotonic };
    return this.#programs.answer;
  }

  /** The answer; undefined if it is late or a refusal, which is reported elsewhere. */
  #within<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(answerMs, () => resolve(undefined));
      const end = (found?: Answer): void => {
        cancel();
        resolve(found);
      };
      answer.then(end, () => end());
    });
  }
}

class Question {
  readonly alertId: string;
  readonly series: Series;
  context: AlertContext;

  constructor(alertId: string, context: AlertContext, series: Series) {
    this.alertId = alertId;
    this.context = context;
    this.series = series;
  }
}

/**
 * Whether readers should learn why. An alert that flaps fires repeatedly for the reason that was reported when it began
 * to flap.
 */
function beginsAnew({ transition }: { transition: Transition; rule: Rule }): boolean {
  const { from, to, reason, announcement } = transition;
  if (announcement.decision === 'hold' && announcement.reason === 'flapping') return false;
  return to === 'firing' && (from === 'pending' || reason === 'became_critical');
}

/** The top programs by the measure that the metric is about; by both if it is about neither. */
function programsFor({ metric }: Series, top: TopPrograms): AlertContext['programs'] {
  const measure = measureOf(metric);
  const few = (list: TopPrograms['byCpu']) =>
    list
      .slice(0, contextBounds.programs)
      .map((change) => ({ ...change, program: cut(change.program, contextBounds.nameCharacters) }));
  return {
    at: top.at,
    measure,
    ...(measure !== 'memory' && { byCpu: few(top.byCpu) }),
    ...(measure !== 'cpu' && { byMemory: few(top.byMemory) }),
  };
}

function measureOf(metric: string): ProgramMeasure {
  if (/(^|_)(cpu|load|processor)/i.test(metric)) return 'cpu';
  return /(^|_)(memory|mem|swap|rss)/i.test(metric) ? 'memory' : 'both';
}

/** Text from elsewhere, cut to this many whole characters. */
function cut(text: string, characters: number): string {
  const whole = text.toWellFormed();
  return whole.length <= characters ? whole : `${whole.slice(0, characters - 1).toWellFormed()}…`;
}
