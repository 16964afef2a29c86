import type { SilenceFor } from '../alerts/announce.ts';
import type { Log } from '../base/log.ts';
import { sourceKind } from '../collectors/source-kinds.ts';
import type { Alert } from '../contract/alert.ts';
import type { Message } from '../contract/delivery.ts';
import { messageOf } from '../contract/error.ts';
import type { LiveEvent } from '../contract/event.ts';
import { judgedUnit } from '../contract/judged-unit.ts';
import type { MetricDefinition, Unit } from '../contract/metric.ts';
import type { Reading, Series } from '../contract/sample.ts';
import type { Settings, SourceSettings } from '../contract/settings.ts';
import { intervalOf } from './board.ts';
import type { Board } from './board.ts';
import { Dispatch } from './sending/dispatch.ts';
import type { Judge } from './judging/judge.ts';
import { ruleOf } from './judging/alert-book.ts';
import { statusOf } from './judging/tracks.ts';
import { withDestinationRule } from './sending/destination-rule.ts';
import { withoutSecrets } from './kinds.ts';
import { ownMetrics } from './own-source.ts';
import type { DeliveryTables } from './state/delivery-tables.ts';
import { isEmpty, merged, noChange } from './judging/track.ts';
import type { Change, KeptContext, WrittenDelivery } from './judging/track.ts';
import { changesNothing } from './judging/verdict.ts';
import type { Moment, Verdict } from './judging/verdict.ts';
import { contextPatienceMs } from './evidence/witness.ts';
import type { Witness } from './evidence/witness.ts';

export interface PipelineParts {
  /** This machine's host name. */
  host: string;
  board: Board;
  judge: Judge;
  deliveries: Pick<DeliveryTables, 'ofAlert' | 'holding' | 'held' | 'message' | 'tally'>;
  silenceFor: SilenceFor;
  witness: Pick<Witness, 'see' | 'contextOf' | 'ask'>;
  /**
   * Writes everything, or throws and writes nothing. The part about hosts shared among hubs is written once all hubs
   * can know it.
   */
  commit(change: Change): void;
  /** Passes readings to the history; never blocks. */
  keep(reading: Reading): void;
  /** New deliveries were committed. */
  deliver(): void;
  publish(event: LiveEvent): void;
  /** Sets a notice for the owner, which stays until null takes it back. */
  notice(id: string, message: string | null): void;
  newId(): string;
  /** The unit of a series of this machine or another one. */
  unitOf(series: Pick<Series, 'host' | 'source' | 'metric'>): Unit;
  /** What the kind of its source calls its metric; undefined where none says it. */
  titleOf(series: Pick<Series, 'host' | 'source' | 'metric'>): string | undefined;
  log: Log;
}

/** Where the stages meet. The body of `take` is what happens to a reading, in order. */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #dispatch: Dispatch;
  #settings: Settings;
  /** What could not be committed because the disk refused; it is part of the next commit. */
  #owed: Change = noChange;
  #refused = false;

  constructor(parts: PipelineParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
    const { deliveries, judge, silenceFor, newId, log } = parts;
    this.#dispatch = new Dispatch({
      deliveries,
      firing: () => judge.alerts.firing(),
      silenceFor,
      newId,
      log,
    });
    this.#dispatch.configure(settings);
  }

  take(reading: Reading, missedRuns: number, moment: Moment): void {
    const { board, judge, keep } = this.#parts;
    const health = board.enter(reading, missedRuns);
    if (health === undefined) return;
    keep(reading);
    const verdict = judge.judge(reading, moment);
    this.conclude(verdict, reading, moment);
    this.#parts.publish({
      type: 'reading',
      reading,
      health,
      // Mostly nobody asks.
      get rules() {
        return verdict.judged.map(statusOf);
      },
    });
  }

  /** Plimsoll's samples of itself: stored and evaluated like all others, but without a source in the settings. */
  takeOwn(reading: Reading, moment: Moment): void {
    this.#parts.keep(reading);
    this.conclude(this.#parts.judge.judge(reading, moment), reading, moment);
  }

  /** A post of another machine that the history has stored: evaluated like all others. */
  takeSent(reading: Reading, moment: Moment): void {
    this.conclude(this.#parts.judge.judge(reading, moment), reading, moment);
  }

  /** Evaluates what changes with time alone: series that are silent, and those that are gone. */
  passTime(moment: Moment): void {
    const verdict = this.#parts.judge.passTime(moment);
    this.conclude(verdict, null, moment);
    this.#deliver(this.#commit({ ...noChange, deliveries: this.#dispatch.release(moment) }));
    // No reading will report the new state of the rules.
    if (verdict.moves.length > 0) this.#parts.publish({ type: 'refresh' });
  }

  configure(settings: Settings, moment: Moment): void {
    this.#settings = settings;
    this.#dispatch.configure(settings);
    this.#parts.board.configure(settings);
    this.conclude(this.#parts.judge.configure(withDestinationRule(settings), moment), null, moment);
  }

  acknowledge(alertId: string, by: string | null, note: string | null, moment: Moment): void {
    const { alerts } = this.#parts.judge;
    const isNew = alerts.firingAlert(alertId)?.acknowledgedAt === null;
    this.conclude(alerts.acknowledge(alertId, by, note, moment.now), null, moment);
    const alert = alerts.firingAlert(alertId);
    if (!isNew || alert === undefined) return;
    const rule = this.#settings.rules.find(({ id }) => id === alert.ruleId) ?? ruleOf(alert);
    const deliveries = this.#dispatch.acknowledged(alert, moment.now, (id, transition) =>
      this.#messageOf(id, { alert, transition, rule }, null),
    );
    this.#deliver(this.#commit({ ...noChange, deliveries }));
  }

  unacknowledge(alertId: string, moment: Moment): void {
    this.conclude(this.#parts.judge.alerts.unacknowledge(alertId), null, moment);
  }

  snooze(alertId: string, by: string | null, until: number | null, moment: Moment): void {
    this.conclude(this.#parts.judge.alerts.snooze(alertId, by, until, moment.now), null, moment);
  }

  unsnooze(alertId: string, by: string | null, moment: Moment): void {
    this.conclude(this.#parts.judge.alerts.unsnooze(alertId, by, moment.now), null, moment);
  }

  /** Tries again to commit what the disk refused. */
  settle(): void {
    this.#deliver(this.#commit(noChange));
  }

  /** Stores more complete circumstances of alerts; messages that wait for them become due. */
  keepContexts(contexts: KeptContext[]): void {
    this.#deliver(this.#commit({ ...noChange, contexts }));
    for (const { alertId } of contexts) this.#parts.publish({ type: 'context', alertId });
    this.#parts.deliver();
  }

  /** Commits a verdict, publishes it and delivers it. */
  conclude(verdict: Verdict, reading: Reading | null, moment: Moment): void {
    const contexts = this.#parts.witness.see(verdict, moment);
    // While the disk refuses, only transitions are kept in memory for later.
    const deliveries: WrittenDelivery[] = this.#refused
      ? []
      : this.#dispatch.further(verdict.furtherViolations, moment, (id, violation) =>
          this.#messageOf(id, violation, reading),
        );
    // As after most readings.
    if (contexts.length + deliveries.length === 0 && changesNothing(verdict) && isEmpty(this.#owed)) return;
    for (const move of verdict.moves)
      deliveries.push(...this.#deliveriesFor(move, reading, moment, deliveries));
    const committed = this.#commit({
      tracks: verdict.tracks,
      forgottenTracks: verdict.forgottenTracks,
      alerts: verdict.alerts,
      transitions: verdict.moves.map(({ transition }) => transition),
      deliveries,
      contexts,
    });
    const transitions = new Map(verdict.moves.map(({ alert, transition }) => [alert.id, transition]));
    const lastOf = new Map<string, Alert>(verdict.alerts.map((alert) => [alert.id, alert]));
    for (const alert of lastOf.values()) {
      this.#parts.publish({ type: 'alert', alert, transition: transitions.get(alert.id) ?? null });
    }
    this.#deliver(committed);
    void this.#parts.witness.ask(contexts, verdict.alerts);
  }

  #deliver({ deliveries }: Change): void {
    for (const { delivery } of deliveries) this.#parts.publish({ type: 'delivery', delivery });
    if (deliveries.length > 0) this.#parts.deliver();
  }

  #deliveriesFor(
    move: Verdict['moves'][number],
    reading: Reading | null,
    moment: Moment,
    before: readonly WrittenDelivery[],
  ): WrittenDelivery[] {
    const context = this.#parts.witness.contextOf(move.alert);
    // The first announcement waits a moment for the circumstances, which nobody notices.
    const waitMs = context?.isComplete === false ? contextPatienceMs : 0;
    const owed = [...this.#owed.deliveries, ...before];
    return this.#dispatch.of(move, owed, moment.now, waitMs, (id) => this.#messageOf(id, move, reading));
  }

  #messageOf(
    id: string,
    { alert, transition, rule }: Pick<Verdict['moves'][number], 'alert' | 'transition' | 'rule'>,
    reading: Reading | null,
  ): Message {
    // A source of the same name on another machine is a different source.
    const source =
      alert.series.host === this.#parts.host
        ? this.#settings.sources.find(({ name }) => name === alert.series.source)
        : undefined;
    const context = this.#parts.witness.contextOf(alert);
    const metricTitle = this.#parts.titleOf(alert.series);
    return {
      ...{ id, alert, transition, rule },
      measurements: reading?.samples ?? [],
      source: source === undefined ? {} : withoutSecrets(withInterval(source, this.#settings)),
      unit: judgedUnit(alert, this.#parts.unitOf(alert.series)),
      ...(metricTitle !== undefined && { metricTitle }),
      ...(context === null ? {} : { context }),
      test: false,
    };
  }

  /**
   * Commits a change together with what is pending; returns what was committed, which is nothing while the disk
   * refuses.
   */
  #commit(change: Change): Change {
    if (isEmpty(change) && isEmpty(this.#owed)) return noChange;
    this.#owed = merged(this.#owed, change);
    const committed = this.#owed;
    try {
      this.#parts.commit(committed);
    } catch (thrown) {
      this.#refused = true;
      this.#parts.log.error('alert state could not be written', { error: thrown });
      this.#parts.notice(
        'state',
        `Alert state cannot be written. Judging goes on, and what is owed is written as soon as it can be. ${messageOf(thrown)}`,
      );
      return noChange;
    }
    this.#owed = noChange;
    if (this.#refused) this.#parts.notice('state', null);
    this.#refused = false;
    return committed;
  }
}

/** The unit of a metric; `none` if no kind defines it. */
export function unitOf(source: SourceSettings | undefined, metric: string): Unit {
  return definitionOf(source, metric)?.unit ?? 'none';
}

/** What the kind of a source, or without one Plimsoll of itself, says of a metric. */
export function definitionOf(
  source: SourceSettings | undefined,
  metric: string,
): MetricDefinition | undefined {
  const metrics = source === undefined ? ownMetrics : sourceKind(source.kind)?.metrics;
  return metrics?.[metric];
}

function withInterval(source: SourceSettings, settings: Settings): SourceSettings {
  return { ...source, intervalSeconds: intervalOf(source, settings) };
}
