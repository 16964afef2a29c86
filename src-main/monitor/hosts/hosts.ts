import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import {
  hostsAtMost,
  offlineAfterIntervals,
  staleAfterIntervals,
  usualIntervalSeconds,
} from '../../contract/host.ts';
import type { SentMetricsPage } from '../../contract/fleet.ts';
import type { Host, HostDetail } from '../../contract/host.ts';
import { seriesPerHost } from '../../contract/ingest.ts';
import type { Sender } from '../../contract/ingest.ts';
import type { MetricDefinition, Unit } from '../../contract/metric.ts';
import type { Measurement, Reading, Sample, Series } from '../../contract/sample.ts';
import { labelsKey } from '../../contract/series-key.ts';
import type { AwaitedSeries } from '../judging/judge.ts';
import type { HostRow, HostStore } from '../state/host-store.ts';
import { hostReading, ownSource } from '../own-source.ts';
import { metricOf, unitSent } from './plausible.ts';
import { SentMetrics } from './sent-metrics.ts';
import { TagsOfHosts } from './tags-of-hosts.ts';

/** How often the presence of each host is recorded; a change is recorded at once. */
const tellEveryMs = 60_000;
/**
 * How often fields that change with each post are written; a change of a host's standing is written at the next check.
 */
const saveEveryMs = 60_000;
/** A series that was not sent for this long makes room for another. */
const seriesForgottenMs = 86_400_000;

interface HostsParts {
  clock: Clock;
  store: HostStore;
  /** A host was added or removed, or changed its state. */
  onChange(): void;
  /** Hosts cannot be written; null when they can be again. */
  onProblem(message: string | null): void;
  /** Whether this hub records the presence of a host; if hubs share hosts, one of them does. */
  isMine?: (host: string) => boolean;
}

/** Queries and changes of hosts. */
export interface HostsApi {
  /** The worst first: offline, stale, online; then by name. */
  list(): Host[];
  /** Throws `not_found`. */
  detail(host: string): HostDetail;
  /**
   * Forgets a host and its tags. Its samples stay in the history, and it is registered again if it sends again. Throws
   * `not_found`.
   */
  remove(host: string): void;
  /** Sets the owner's tags of a host, replacing all earlier ones. Throws `not_found`, and `disk_full`. */
  setTags(host: string, tags: readonly string[]): void;
  /** Searches the sources and metrics that hosts have sent, by words; returns at most `limit`. */
  sent(text: string, limit: number): SentMetricsPage;
  /** Sets tags of a host that may not have sent yet. */
  expect(host: string, tags: readonly string[]): void;
}

/** The latest sample of one series. */
export interface Newest extends Measurement {
  source: string;
  at: number;
  /** Arrival time on the monotonic clock. */
  monotonic: number;
}

/** One host during this run. */
export interface KnownHost {
  row: HostRow;
  /** By `seriesName`; null for a series that was admitted but has no stored sample yet. The objects stay the same. */
  series: Map<string, Newest | null>;
  /** Increases when a series is forgotten. */
  forgotten: number;
  /** What it last said about itself, as passed in; null if that may differ from `row`. */
  said: Sender | null;
  isRegistered: boolean;
  heardMonotonic: number;
  toldState: Host['state'] | null;
  toldMonotonic: number;
  isDirty: boolean;
}

/** The contents of a post besides its samples. */
export interface Heard {
  sender: Sender;
  /** The sender's address; null for the socket. */
  address: string | null;
  /** It waited for the hub: it is not evaluated. */
  backlog: boolean;
}

/** Replaces the latest sample if this one is newer. Returns whether it is. */
export function renew(newest: Newest, value: number, at: number, monotonic: number): boolean {
  if (newest.at >= at) return false;
  newest.value = value;
  newest.at = at;
  newest.monotonic = monotonic;
  return true;
}

const order = { offline: 0, stale: 1, online: 2 } as const;

/** The machines that send to this hub: their identity, their state, and their latest samples. */
export class Hosts implements HostsApi {
  readonly #parts: HostsParts;
  readonly #known = new Map<string, KnownHost>();
  /** The owners' tags, by host. */
  readonly #ownerTags: Map<string, readonly string[]>;
  readonly #tags: TagsOfHosts;
  readonly #sent = new SentMetrics();
  /** Ids of the rules that hosts evaluate themselves, by host. */
  readonly #judged = new Map<string, ReadonlySet<string>>();
  /**
   * Called when a host was removed, or changed its tags or the rules that it evaluates itself: from now on other rules,
   * or none, apply to it here.
   */
  onChoiceChanged: () => void = () => undefined;
  #savedMonotonic: number;
  /** Agents that evaluate rules went or came back: the next `passTime` reports this for all of them at once. */
  #isChoiceDue = false;
  #savesSoon = false;

  /** Known hosts are waited for from now on: while the hub was down it could not hear them. */
  constructor(parts: HostsParts) {
    this.#parts = parts;
    const monotonic = parts.clock.monotonic();
    this.#savedMonotonic = monotonic;
    this.#ownerTags = parts.store.hostTags();
    this.#tags = new TagsOfHosts(this.#ownerTags, (host) => this.#known.get(host)?.row.tags);
    for (const row of parts.store.hosts()) {
      this.#enterJudged(row);
      const heardMonotonic = row.isOffline ? -Infinity : monotonic;
      this.#known.set(row.host, { ...fresh(row), isRegistered: true, heardMonotonic });
    }
  }

  list(): Host[] {
    return [...this.#known.values()]
      .filter(({ isRegistered }) => isRegistered)
      .map((known) => this.#view(known))
      .sort((a, b) => order[a.state] - order[b.state] || (a.host < b.host ? -1 : 1));
  }

  detail(host: string): HostDetail {
    const known = this.#registered(host);
    const latest = [...known.series.values()]
      .filter((newest) => newest !== null)
      .map(({ source, metric, labels, value, at }) => {
        const unit = known.row.units[source]?.[metric] ?? this.unitOf({ host, source, metric });
        return { host, source, metric, labels, value, at, unit };
      });
    return { ...this.#view(known), latest };
  }

  remove(host: string): void {
    const known = this.#registered(host);
    this.#parts.store.removeHost(host);
    known.isRegistered = false;
    this.#forget(known);
    this.#ownerTags.delete(host);
    this.#judged.delete(host);
    this.#choiceChanged(host);
  }

  sent(text: string, limit: number): SentMetricsPage {
    return this.#sent.page(text, limit);
  }

  /**
   * Forgets a host that was removed at another hub at that time, unless it has sent since. Returns whether it was
   * known.
   */
  removeBefore(host: string, at: number): boolean {
    const known = this.#known.get(host);
    if (known?.isRegistered !== true || known.row.lastSeenAt > at) return false;
    this.remove(host);
    return true;
  }

  setTags(host: string, tags: readonly string[]): void {
    this.#registered(host);
    this.expect(host, tags);
  }

  expect(host: string, tags: readonly string[]): void {
    this.#parts.store.putHostTags(host, tags);
    if (tags.length === 0) this.#ownerTags.delete(host);
    else this.#ownerTags.set(host, [...tags]);
    this.#choiceChanged(host);
  }

  /** The tags of a host as words: its owner's, and its own. */
  tagsOf(host: string): readonly string[] {
    return this.#tags.of(host);
  }

  /** Whether the agent of a host evaluates a rule that was handed to it. An agent that is gone evaluates none. */
  judgesItself(host: string, ruleId: string): boolean {
    if (this.#judged.get(host)?.has(ruleId) !== true) return false;
    const known = this.#known.get(host);
    return known === undefined || !isAway(known);
  }

  /** Offline hosts whose agents evaluated rules for this hub, with the ids of these rules. */
  judgesAway(): { host: string; rules: ReadonlySet<string> }[] {
    return [...this.#judged].flatMap(([host, rules]) => {
      const known = this.#known.get(host);
      return known !== undefined && isAway(known) && this.#parts.isMine?.(host) !== false
        ? [{ host, rules }]
        : [];
    });
  }

  *awaited(): Generator<AwaitedSeries> {
    const monotonic = this.#parts.clock.monotonic();
    for (const { host } of this.judgesAway())
      for (const newest of this.#known.get(host)?.series.values() ?? []) {
        if (newest === null) continue;
        const { source, metric, labels } = newest;
        yield { series: { host, source, metric, labels }, silentMs: monotonic - newest.monotonic };
      }
  }

  #enterJudged({ host, judges = [] }: HostRow): void {
    if (judges.length === 0) this.#judged.delete(host);
    else this.#judged.set(host, new Set(judges));
  }

  #choiceChanged(host: string): void {
    this.#tags.changed(host);
    this.onChoiceChanged();
    this.#parts.onChange();
  }

  /** The latest value of the first series without labels that has this metric; null if the host sends none. */
  newestOf(host: string, metric: string): number | null {
    for (const newest of this.#known.get(host)?.series.values() ?? [])
      if (newest?.metric === metric && Object.keys(newest.labels).length === 0) return newest.value;
    return null;
  }

  /** Whether this host sends, so that rules may expect its samples. */
  knows(host: string): boolean {
    return this.#known.get(host)?.isRegistered === true;
  }

  /** The interval of another machine's source, in milliseconds; undefined for a host that does not send. */
  intervalMs(host: string, source: string): number | undefined {
    const known = this.#known.get(host);
    if (known === undefined) return undefined;
    if (source === ownSource) return tellEveryMs;
    const own = known.row.sources.find(({ name }) => name === source)?.intervalSeconds;
    return (own ?? known.row.intervalSeconds ?? usualIntervalSeconds) * 1000;
  }

  /** How often the host sends, in milliseconds. */
  postsEveryMs({ row }: Pick<KnownHost, 'row'>): number {
    return (row.intervalSeconds ?? usualIntervalSeconds) * 1000;
  }

  unitOf({ host, source, metric }: Pick<Series, 'host' | 'source' | 'metric'>): Unit {
    const row = this.#known.get(host)?.row;
    return unitSent(row?.units[source]?.[metric], kindOf(row, source), metric);
  }

  titleOf({ host, source, metric }: Pick<Series, 'host' | 'source' | 'metric'>): string | undefined {
    const known = this.#known.get(host);
    return known && this.definitionOf(known, source, metric)?.title;
  }

  /** The definition of a metric by the kind of its source. */
  definitionOf(
    { row }: Pick<KnownHost, 'row'>,
    source: string,
    metric: string,
  ): MetricDefinition | undefined {
    return metricOf(kindOf(row, source), metric);
  }

  /** The record of a host that posts, known or new. Throws `cardinality` if a hub's limit of hosts is reached. */
  admit(host: string): KnownHost {
    const found = this.#known.get(host);
    if (found !== undefined) return found;
    if (this.#known.size >= hostsAtMost) {
      for (const known of this.#known.values()) if (!known.isRegistered) this.#forget(known);
      if (this.#known.size >= hostsAtMost)
        throw new PlimsollError(
          'cardinality',
          `This hub knows ${hostsAtMost} hosts, which is as many as it takes. Remove those that are gone.`,
          { retryAfterMs: 3_600_000 },
        );
    }
    const known = fresh(newRow(host, this.#parts.clock.now()));
    this.#known.set(host, known);
    return known;
  }

  /** Whether a series is known, or there is room for it, which it then takes. */
  admitSeries({ series }: KnownHost, name: string): boolean {
    if (series.has(name)) return true;
    if (series.size >= seriesPerHost) return false;
    series.set(name, null);
    return true;
  }

  /**
   * Records a valid post: updates what the sender says about itself, and registers a new host. A sender that lists no
   * rules evaluates none, for example an agent of an older version.
   */
  hear(known: KnownHost, { sender, address, backlog }: Heard, clockSkewMs: number | null): void {
    const { clock, onChange } = this.#parts;
    const { row } = known;
    row.lastSeenAt = clock.now();
    row.address = address;
    if (clockSkewMs !== null) row.clockSkewMs = clockSkewMs;
    known.heardMonotonic = clock.monotonic();
    known.isDirty = true;
    if (isAway(known) && this.#judged.has(row.host)) this.#isChoiceDue = true;
    row.isOffline = false;
    if (known.said === sender && known.isRegistered && !backlog) return;
    known.said = backlog ? null : sender;
    if (sender.intervalSeconds !== undefined) row.intervalSeconds = sender.intervalSeconds;
    if (sender.maySleep !== undefined) row.maySleep = sender.maySleep;
    if (sender.agent !== undefined) row.agent = { ...sender.agent };
    const tags = sender.tags ?? row.tags;
    const hasOtherTags = JSON.stringify(tags) !== JSON.stringify(row.tags);
    row.tags = tags;
    const judges = sender.judges ?? (backlog ? row.judges : undefined) ?? [];
    const judgesOthers =
      !new Set(judges).isSubsetOf(new Set(row.judges)) || judges.length !== row.judges?.length;
    row.judges = [...judges];
    if (sender.sources !== undefined && !isDeepStrictEqual(sender.sources, row.sources))
      row.sources = sender.sources;
    // A host that was removed during its post is registered again.
    this.#known.set(row.host, known);
    this.#enterJudged(row);
    if (known.isRegistered) {
      if (hasOtherTags || judgesOthers) this.#choiceChanged(row.host);
      return;
    }
    this.#tags.changed(row.host);
    known.isRegistered = true;
    row.registeredAt = clock.now();
    this.#saveSoon();
    onChange();
  }

  /**
   * Hosts whose posts were committed together are written together: before any of them is answered, which takes more
   * than one turn of the event loop.
   */
  #saveSoon(): void {
    if (this.#savesSoon) return;
    this.#savesSoon = true;
    queueMicrotask(() => {
      this.#savesSoon = false;
      this.#save();
    });
  }

  /** Records a stored sample. Returns whether it is the latest of its series. */
  enter(
    known: KnownHost,
    name: string,
    sample: Omit<Newest, 'monotonic'>,
    unit: string | undefined,
  ): boolean {
    const { source, metric, value, at } = sample;
    const monotonic = this.#parts.clock.monotonic();
    if (unit !== undefined && known.row.units[source]?.[metric] !== unit) {
      known.row.units = { ...known.row.units, [source]: { ...known.row.units[source], [metric]: unit } };
      known.isDirty = true;
    }
    const before = known.series.get(name);
    if (before === null || before === undefined) {
      this.#sent.enter(source, metric);
      known.series.set(name, { ...sample, monotonic });
      return true;
    }
    return renew(before, value, at, monotonic);
  }

  /** Restores hosts' latest samples from the history after a restart. */
  restore(samples: readonly Sample[]): void {
    const monotonic = this.#parts.clock.monotonic();
    for (const { host, source, metric, labels, value, at } of samples) {
      const known = this.#known.get(host);
      const name = seriesName(source, metric, labels);
      if (known === undefined || source === ownSource || known.series.size >= seriesPerHost) continue;
      if ((known.series.get(name) ?? null) !== null) continue;
      this.#sent.enter(source, metric);
      known.series.set(name, { source, metric, labels, value, at, monotonic });
    }
  }

  /** Takes over hosts of another hub. They are waited for from now on. */
  adopt(rows: readonly HostRow[]): void {
    const monotonic = this.#parts.clock.monotonic();
    for (const row of rows) {
      const known = this.#known.get(row.host);
      const heard = known !== undefined && known.row.lastSeenAt >= row.lastSeenAt;
      if (!heard) this.#enterJudged(row);
      if (known === undefined) {
        const heardMonotonic = row.isOffline ? -Infinity : monotonic;
        this.#known.set(row.host, { ...fresh(row), isRegistered: true, heardMonotonic });
      } else {
        if (!heard) {
          known.row = row;
          known.said = null;
        }
        known.isRegistered = true;
        if (!known.row.isOffline) known.heardMonotonic = Math.max(known.heardMonotonic, monotonic);
      }
    }
    if (rows.length > 0) this.#parts.onChange();
  }

  /** Returns the readings about hosts that are due. To be called every few seconds. */
  passTime(): Reading[] {
    const { clock, onChange } = this.#parts;
    const monotonic = clock.monotonic();
    const readings: Reading[] = [];
    let hasChanged = false;
    for (const known of this.#known.values()) {
      if (!known.isRegistered) continue;
      if (this.#parts.isMine?.(known.row.host) === false) continue;
      const state = this.#stateOf(known);
      const isChanged = state !== known.toldState;
      if (!isChanged && monotonic - known.toldMonotonic < tellEveryMs) continue;
      hasChanged ||= isChanged;
      known.isDirty ||= isChanged;
      known.toldState = state;
      known.toldMonotonic = monotonic;
      const wasAway = isAway(known);
      known.row.isOffline = state === 'offline';
      if (isAway(known) !== wasAway && this.#judged.has(known.row.host)) this.#isChoiceDue = true;
      // A silent host that may sleep is neither up nor down.
      const isUp = state !== 'offline';
      if (isUp || !known.row.maySleep)
        readings.push(hostReading(known.row.host, clock.now(), isUp, known.row.clockSkewMs));
      for (const [name, newest] of known.series)
        if (newest !== null && monotonic - newest.monotonic > seriesForgottenMs)
          this.#forgetSeries(known, name);
    }
    if (this.#isChoiceDue) {
      this.#isChoiceDue = false;
      this.onChoiceChanged();
    }
    if (hasChanged) onChange();
    if (hasChanged || monotonic - this.#savedMonotonic >= saveEveryMs) this.#save();
    return readings;
  }

  /** Writes everything that is not written yet. */
  save(): void {
    this.#save();
  }

  #save(): void {
    const dirty = [...this.#known.values()].filter(({ isDirty, isRegistered }) => isDirty && isRegistered);
    this.#savedMonotonic = this.#parts.clock.monotonic();
    if (dirty.length === 0) return;
    try {
      this.#parts.store.putHosts(dirty.map(({ row }) => row));
      for (const known of dirty) known.isDirty = false;
      this.#parts.onProblem(null);
    } catch (thrown) {
      this.#parts.onProblem(`What is known of the hosts cannot be written. ${messageOf(thrown)}`);
    }
  }

  #forget(known: KnownHost): void {
    for (const name of known.series.keys()) this.#forgetSeries(known, name);
    this.#known.delete(known.row.host);
  }

  #forgetSeries(known: KnownHost, name: string): void {
    const newest = known.series.get(name) ?? null;
    if (newest !== null) this.#sent.leave(newest.source, newest.metric);
    known.series.delete(name);
    known.forgotten++;
  }

  #registered(host: string): KnownHost {
    const known = this.#known.get(host);
    if (known?.isRegistered !== true)
      throw new PlimsollError('not_found', `No host ${JSON.stringify(host)} sends to this hub.`);
    return known;
  }

  #stateOf(known: KnownHost): Host['state'] {
    const intervals = (this.#parts.clock.monotonic() - known.heardMonotonic) / this.postsEveryMs(known);
    if (intervals >= offlineAfterIntervals) return 'offline';
    return intervals >= staleAfterIntervals ? 'stale' : 'online';
  }

  #view(known: KnownHost): Host {
    const { units: _units, isOffline: _isOffline, ...row } = known.row;
    return {
      ...row,
      judges: [...(row.judges ?? [])],
      ownerTags: [...(this.#ownerTags.get(row.host) ?? [])],
      state: this.#stateOf(known),
      intervalSeconds: this.postsEveryMs(known) / 1000,
      series: known.series.size,
    };
  }
}

/**
 * A text that is equal for two series of one host exactly if source, metric and labels are equal: no name contains a
 * line feed.
 */
export function seriesName(source: string, metric: string, labels: Measurement['labels']): string {
  return `${source}\n${metric}\n${labelsKey(labels)}`;
}

/** Offline, and not marked as a host that may sleep. */
function isAway({ row }: KnownHost): boolean {
  return row.isOffline && !row.maySleep;
}

function kindOf(row: Pick<HostRow, 'sources'> | undefined, source: string): string | undefined {
  return row?.sources.find(({ name }) => name === source)?.kind;
}

function fresh(row: HostRow): KnownHost {
  return {
    row,
    series: new Map(),
    forgotten: 0,
    said: null,
    isRegistered: false,
    heardMonotonic: -Infinity,
    toldState: null,
    toldMonotonic: -Infinity,
    isDirty: false,
  };
}

function newRow(host: string, now: number): HostRow {
  return {
    host,
    registeredAt: now,
    lastSeenAt: now,
    intervalSeconds: null,
    maySleep: false,
    address: null,
    agent: null,
    tags: {},
    sources: [],
    clockSkewMs: null,
    accepted: 0,
    implausible: 0,
    rejected: 0,
    isOffline: false,
    units: {},
  };
}
