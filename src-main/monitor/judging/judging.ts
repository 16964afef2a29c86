import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Alert } from '../../contract/alert.ts';
import type { DestinationHealth } from '../../contract/delivery.ts';
import type { TimeLost } from '../../contract/event.ts';
import type { Unit } from '../../contract/metric.ts';
import type { Reading, Series } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Board } from '../board.ts';
import type { Bulletin } from '../bulletin.ts';
import { HostWatch } from '../evidence/host-watch.ts';
import { Witness } from '../evidence/witness.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { lostTimeReading, ownSource } from '../own-source.ts';
import { definitionOf, Pipeline, unitOf } from '../pipeline.ts';
import { AlertDesk } from '../records/alerts-api.ts';
import { destinationBegan } from '../sending/destination-rule.ts';
import type { SettingsDesk } from '../settings/settings-api.ts';
import { sharedMarks } from '../sharing/shared-stores.ts';
import type { Sharing } from '../sharing/sharing.ts';
import type { CollectorsLink } from '../stages/collectors-link.ts';
import type { HistoryLink } from '../stages/history-link.ts';
import type { State } from '../state/state.ts';
import { Downtimes } from './downtimes.ts';
import { FireDrill } from './fire-drill.ts';
import { Judge } from './judge.ts';
import { PastReader } from './past-reader.ts';
import { Silences } from './silences.ts';
import type { Moment } from './verdict.ts';

interface JudgingParts {
  /** This machine's host name. */
  host: string;
  clock: Clock;
  log: Log;
  /** Milliseconds since boot, including sleep. */
  uptime(): number;
  moment(): Moment;
  /** The settings in force, without a hub's rules. */
  settings(): Settings;
  desk: Pick<SettingsDesk, 'amend'>;
  state: State;
  /** Divides the sending hosts among hubs with the same database; null if there is none. */
  sharing: Sharing | null;
  board: Board;
  hosts: Hosts;
  history: Pick<HistoryLink, 'ask'>;
  collectors: Pick<CollectorsLink, 'topPrograms'>;
  bulletin: Pick<Bulletin, 'publish' | 'notice'>;
  newId(): string;
  /** Passes any reading on to the history and the forwarder; never blocks. */
  keep(reading: Reading): void;
  /** New deliveries were committed. */
  deliver(): void;
  /** The state of each destination. */
  destinations(): DestinationHealth[];
}

/** Evaluates rules on readings, and manages the alerts. */
export class Judging {
  readonly downtimes: Downtimes;
  readonly silences: Silences;
  readonly judge: Judge;
  readonly pipeline: Pipeline;
  readonly alerts: AlertDesk;
  readonly #parts: JudgingParts;
  readonly #past: PastReader;
  readonly #hostWatch: HostWatch;
  readonly #witness: Witness;
  readonly #drill: FireDrill;

  constructor(parts: JudgingParts) {
    this.#parts = parts;
    const { host, clock, log, uptime, moment, settings, desk, state, sharing, board, hosts } = parts;
    const { history, collectors, newId, keep, deliver } = parts;
    const { publish, notice } = parts.bulletin;
    const latest = () => board.latest();
    const unitOfSeries = (series: Pick<Series, 'host' | 'source' | 'metric'>) => this.#unitOf(series);
    const titleOf = (series: Pick<Series, 'host' | 'source' | 'metric'>) => this.#titleOf(series);
    this.downtimes = new Downtimes({
      clock,
      store: state,
      tagsOfHost: (name) => hosts.tagsOf(name),
      write: (downtimes) => desk.amend((now) => ({ ...now, downtimes })),
      onChange: () => {
        // Announces what a finished downtime held back.
        this.pipeline.passTime(moment());
        publish({ type: 'downtimes' });
        publish({ type: 'refresh' });
      },
    });
    this.silences = new Silences(state.pausedUntil, (subject, now) => this.downtimes.holdFor(subject, now));
    const silenceFor = this.silences.for;
    this.judge = new Judge({
      ...{ host, silenceFor, newId, others: hosts },
      began: (series) => destinationBegan(series, parts.destinations()),
      tracks: state.alerts.tracks(),
      open: state.alerts.open(),
    });
    this.#past = new PastReader({
      ...{ questions: this.judge.past, moment },
      ask: (query) => history.ask('range', query),
    });
    this.#hostWatch = new HostWatch({
      ...{ startedAt: clock.now(), uptime, latest },
      isBattery: (source) =>
        settings().sources.some(({ name, kind }) => name === source && kind === 'battery'),
    });
    this.#witness = new Witness({
      ...{ host, clock, latest, unitOf: unitOfSeries, titleOf },
      hostState: ({ now }) => this.#hostWatch.state(now),
      programs: () => collectors.topPrograms(),
      usual: (series, from, to) => history.ask('usual', { series, from, to }),
      remembered: (alertId) => state.alerts.contexts(alertId),
      keep: (kept) => this.pipeline.keepContexts(kept),
    });
    this.pipeline = new Pipeline(
      {
        ...{ host, board, judge: this.judge, witness: this.#witness, deliveries: state.deliveries },
        ...{ silenceFor, newId, unitOf: unitOfSeries, titleOf, publish, notice, log, keep, deliver },
        commit: (change) => (sharing ?? state).commit(change),
      },
      settings(),
    );
    this.#drill = new FireDrill({
      ...{ host, clock, settings, silenceFor, newId },
      conclude: (verdict, reading, at) => this.pipeline.conclude(verdict, reading, at),
    });
    this.alerts = new AlertDesk({
      ...{ state, book: this.judge.alerts, silences: this.silences, drill: this.#drill, moment },
      pipeline: sharedMarks(this.pipeline, sharing),
      onPause: () => publish({ type: 'refresh' }),
    });
  }

  /** Ends drills that were interrupted. */
  start(): void {
    this.#drill.endLeft(this.#parts.state.alerts.openDrills());
  }

  /** Sets the settings, including a hub's rules. */
  configure(settings: Settings): void {
    this.downtimes.configure(settings);
    this.pipeline.configure(settings, this.#parts.moment());
  }

  /** Firing alerts, of this hub and of the hubs with the same database. */
  firing(): Alert[] {
    return [...this.judge.alerts.firing(), ...(this.#parts.sharing?.othersFiring() ?? [])];
  }

  /** Evaluates what changes with time alone, and learns from the past. To be called every few seconds. */
  passTime(): void {
    const { clock, log, moment } = this.#parts;
    this.downtimes.passTime(clock.now());
    this.pipeline.passTime(moment());
    this.#past.read().catch((error: unknown) => log.error('the past could not be learned', { error }));
  }

  /** The sample of it is stored, evaluated and shown like all others. */
  timeLost(lost: TimeLost): void {
    this.#hostWatch.noteLost(lost);
    this.pipeline.takeOwn(lostTimeReading(this.#parts.host, lost), this.#parts.moment());
  }

  /** Starts and ends no more drills. */
  stop(): void {
    this.#drill.stop();
  }

  /** Commits what is pending; learns no more reasons of alerts. */
  close(): void {
    this.#witness.stop();
    this.pipeline.settle();
  }

  #unitOf({ host, source, metric }: Pick<Series, 'host' | 'source' | 'metric'>): Unit {
    const { settings, hosts } = this.#parts;
    const isOwn = host === this.#parts.host || source === ownSource;
    const found = settings().sources.find(({ name }) => name === source);
    return isOwn ? unitOf(found, metric) : hosts.unitOf({ host, source, metric });
  }

  #titleOf({ host, source, metric }: Pick<Series, 'host' | 'source' | 'metric'>): string | undefined {
    const { settings, hosts } = this.#parts;
    const isOwn = host === this.#parts.host || source === ownSource;
    const found = settings().sources.find(({ name }) => name === source);
    return isOwn ? definitionOf(found, metric)?.title : hosts.titleOf({ host, source, metric });
  }
}
