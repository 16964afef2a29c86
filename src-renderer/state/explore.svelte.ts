import { SvelteMap } from 'svelte/reactivity';
import type { Alert } from '../../src-main/contract/alert.ts';
import type { Interruption, SeriesRange } from '../../src-main/contract/history.ts';
import type { PastOccurrence } from '../../src-main/contract/downtime.ts';
import type { MetricDefinition } from '../../src-main/contract/metric.ts';
import type { Labels, Reading, Series } from '../../src-main/contract/sample.ts';
import { labelsKey, seriesKey } from '../../src-main/contract/series-key.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import { addressIn, leftOutOf, mostPicked, panned, queryOf, ranges, zoomed } from './explore-address.ts';
import type { ExploreAddress, RangeName, Stretch } from './explore-address.ts';
import { LatestQuestion } from './latest-question.ts';
import { withSample } from './live-columns.ts';
import { isOnScale } from './meters.ts';
import type { Tick } from './meters.ts';
import type { MonitorState } from './monitor.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { SettingsState } from './settings.svelte.ts';
import { subjectOfSeries } from './subject.ts';
import { staleAfterMs } from './verdict.ts';

/** A displayed series. */
export interface Picked {
  key: string;
  series: Series;
  /** Index of its colour, which it keeps while other series are added or removed. */
  slot: number;
  title: string;
  definition: MetricDefinition;
}

/** Series of the same unit, which share an axis. */
export interface PanelModel {
  key: string;
  /** The definition of the first series, which sets the unit of the axis. */
  definition: MetricDefinition;
  /** The end of the axis, if all series agree. */
  full: number | undefined;
  picked: readonly Picked[];
}

/** The answer of history for a time range. */
interface Answer {
  asked: Question;
  series: SeriesRange[];
  before: SeriesRange[];
  interruptions: [host: string, interruptions: Interruption[]][];
  alerts: Alert[];
  downtimes: PastOccurrence[];
  /** Whether there are more alerts or downtimes than shown. */
  isMore: boolean;
}

interface Question {
  series: readonly Series[];
  range: RangeName;
  stretch: Stretch | null;
  compare: boolean;
  points: number;
}

interface ExploreParts {
  client: PlimsollClient;
  clock: LiveClock;
  monitor: MonitorState;
  router: Router;
  settings: SettingsState;
}

/** Delay before a request, in milliseconds; existing data is stretched meanwhile. */
const settleMs = 90;
/** A gesture ends after this pause, in milliseconds; only then is the address changed. */
const gestureMs = 280;
/** Live samples within this time, in milliseconds, are added together. */
const gatherMs = 250;
/** Most alerts to load: more would merge into one area. */
const mostAlerts = 500;
/** Alerts that fired this long before the range are loaded too, because they may still last in it. */
const alertLookBackMs = 7 * 86_400_000;
const nobody: readonly Alert[] = [];

/** State of the view Explore: the selected series, the time range, and their data. */
export class Explore {
  readonly #parts: ExploreParts;
  readonly #question: LatestQuestion<Question, Answer>;
  readonly #ranges = new SvelteMap<string, SeriesRange>();
  readonly #before = new SvelteMap<string, SeriesRange>();
  readonly #alerts = new SvelteMap<string, Alert>();
  #interruptions = $state.raw<ReadonlyMap<string, readonly Interruption[]>>(new Map());
  #downtimes = $state.raw<readonly PastOccurrence[]>([]);
  #isMore = $state(false);
  #problem = $state.raw<unknown>(null);
  #asking = $state(false);
  #answered = $state.raw<string | null>(null);
  #known = $state.raw<Stretch>({ from: 0, to: 0 });
  /** End of a range that follows the present, epoch milliseconds. */
  #edge = $state(0);
  /** Target of the current gesture. */
  #moving = $state.raw<Stretch | null>(null);
  #movingTimer: ReturnType<typeof setTimeout> | undefined;
  #askedAt = 0;
  #slots = new Map<string, number>();
  #gathered: Reading[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  readonly #unsubscribe: () => void;

  /** Time at the pointer, epoch milliseconds; null if it is outside. All panels share it. */
  cursor = $state<number | null>(null);
  /** Key of the series that is highlighted in a legend. */
  pointed = $state<string | null>(null);
  /** Width of the charts, in pixels. */
  width = $state(0);

  readonly #host = $derived.by(() => this.#parts.monitor.status?.host ?? '');
  readonly #firing = $derived.by(() => this.#parts.monitor.status?.alerts ?? nobody);
  /** As text, so that it stays equal with each reading. */
  readonly #intervals = $derived.by(() =>
    JSON.stringify(
      Object.fromEntries(
        (this.#parts.monitor.status?.sources ?? []).map((one) => [one.source, one.intervalSeconds]),
      ),
    ),
  );
  readonly #intervalOf = $derived(JSON.parse(this.#intervals) as Readonly<Record<string, number>>);
  readonly #query = $derived.by(() => JSON.stringify(this.#parts.router.route.query));
  readonly address: ExploreAddress = $derived(
    addressIn(JSON.parse(this.#query) as Record<string, string>, this.#host),
  );
  /** Number of series in the address beyond those shown. */
  readonly leftOut: number = $derived(leftOutOf(JSON.parse(this.#query) as Record<string, string>));
  readonly picked: readonly Picked[] = $derived(this.#pickedOf(this.address.series));
  readonly panels: readonly PanelModel[] = $derived(panelsOf(this.picked));
  readonly isLive: boolean = $derived(this.address.stretch === null && this.#moving === null);
  readonly from: number = $derived(
    this.#moving?.from ?? this.address.stretch?.from ?? this.#edge - ranges[this.address.range],
  );
  readonly to: number = $derived(this.#moving?.to ?? this.address.stretch?.to ?? this.#edge);
  readonly #wanted = $derived.by(() => {
    const { series, range, stretch, compare } = this.address;
    const points = Math.min(2500, Math.max(300, Math.ceil(this.width / 100) * 100));
    return JSON.stringify({ series, range, stretch, compare, points } satisfies Question);
  });

  /**
   * The request as text, so that it changes only when its content does, and not whenever a reading creates new series
   * objects. Null while nothing can be requested.
   */
  readonly wanted: string | null = $derived.by(() =>
    this.picked.length === 0 || this.width === 0 || !this.#parts.monitor.historyRuns ? null : this.#wanted,
  );

  constructor(parts: ExploreParts) {
    this.#parts = parts;
    this.#edge = parts.clock.at();
    this.#question = new LatestQuestion<Question, Answer>({
      settleMs,
      ask: (question, signal) => this.#ask(question, signal),
      onAsked: () => (this.#asking = true),
      onAnswer: (answer) => this.#take(answer),
      onProblem: (thrown) => {
        this.#asking = false;
        this.#problem = thrown;
      },
    });
    this.#unsubscribe = parts.monitor.onEvent((event) => {
      if (event.type === 'reading') this.#gather(event.reading);
      if (event.type === 'alert') this.#alerts.set(event.alert.id, event.alert);
      if (event.type === 'refresh' || event.type === 'downtimes' || event.type === 'time-lost') this.load();
    });
  }

  get problem(): unknown {
    return this.#problem;
  }
  /** Whether no data of the selected series has arrived yet. */
  get isEmpty(): boolean {
    return this.picked.every(({ key }) => !this.#ranges.has(key));
  }
  get isAsking(): boolean {
    return this.#asking;
  }
  get isMore(): boolean {
    return this.#isMore;
  }
  get isFull(): boolean {
    return this.picked.length >= mostPicked;
  }
  get downtimes(): readonly PastOccurrence[] {
    return this.#downtimes;
  }
  /** The time that history has answered for. Outside it, it is unknown whether there are samples. */
  get known(): Stretch {
    return this.#known;
  }

  range(key: string): SeriesRange | undefined {
    return this.#ranges.get(key);
  }
  /** The same series in the previous period; undefined without a comparison. */
  before(key: string): SeriesRange | undefined {
    return this.address.compare ? this.#before.get(key) : undefined;
  }
  interruptions(host: string): readonly Interruption[] {
    return this.#interruptions.get(host) ?? [];
  }
  /** Samples of a series that are further apart than this have a gap between them. */
  gapMs({ series, key }: Picked): number {
    const interval = this.#intervalOf[series.source] ?? 60;
    return Math.max(staleAfterMs(interval), 2.5 * (this.#ranges.get(key)?.bucketMs ?? 0));
  }

  /** Alerts of these series in the range. */
  alertsOf(keys: ReadonlySet<string>): Alert[] {
    const all = new Map([
      ...this.#alerts,
      ...this.#firing.map((alert): [string, Alert] => [alert.id, alert]),
    ]);
    return [...all.values()].filter((alert) => alert.drill !== true && keys.has(seriesKey(alert.series)));
  }

  /** Thresholds of the rules on one of these series, without duplicates. */
  linesOf(picked: readonly Picked[]): Tick[] {
    const lines = picked.flatMap(({ series }) =>
      this.#parts.settings.rules
        .filter((rule) => rule.enabled && rule.source === series.source && rule.metric === series.metric)
        .filter((rule) => isOnScale(rule) && judges(rule.labels ?? {}, series.labels))
        .flatMap(({ threshold, upperThreshold, criticalThreshold, severity }) => [
          { value: threshold, severity },
          { value: upperThreshold, severity },
          { value: criticalThreshold, severity: 'critical' as const },
        ]),
    );
    const known = lines.filter((line): line is Tick => line.value !== undefined);
    return [...new Map(known.map((line) => [`${line.value} ${line.severity}`, line])).values()];
  }

  /** Requests the current data. */
  load(): void {
    const wanted = this.wanted;
    this.#question.want(wanted === null ? null : (JSON.parse(wanted) as Question));
  }

  /** Called as time passes: moves a live range on by a pixel, and reloads it from time to time. */
  passTime(now: number): void {
    if (!this.isLive) return;
    const span = ranges[this.address.range];
    if (now - this.#edge >= Math.max(1000, span / Math.max(300, this.width))) this.#edge = now;
    if (now - this.#askedAt > Math.max(60_000, span / 200) && !this.#asking) this.load();
  }

  has(series: Series): boolean {
    const key = seriesKey(series);
    return this.picked.some((one) => one.key === key);
  }

  /** Adds or removes a series. Nothing is added beyond the maximum. */
  toggle(series: Series): void {
    const key = seriesKey(series);
    const others = this.address.series.filter((one) => seriesKey(one) !== key);
    const isShown = others.length < this.address.series.length;
    if (!isShown && this.isFull) return;
    this.#go({ series: isShown ? others : [...others, series] });
  }

  /** Shows a range that ends now and moves with it. */
  follow(range: RangeName): void {
    this.#edge = this.#parts.clock.at();
    this.#go({ range, stretch: null });
  }

  look(stretch: Stretch): void {
    this.#go({ stretch });
  }

  compare(compare: boolean): void {
    this.#go({ compare });
  }

  asTable(table: boolean): void {
    this.#go({ table });
  }

  /** Returns to the range chosen last. */
  reset(): void {
    this.follow(this.address.range);
  }

  zoom(factor: number, around = (this.from + this.to) / 2): void {
    this.#move(zoomed({ from: this.from, to: this.to }, factor, around, this.#parts.clock.at()));
  }

  pan(share: number): void {
    this.#move(panned({ from: this.from, to: this.to }, share, this.#parts.clock.at()));
  }

  close(): void {
    clearTimeout(this.#movingTimer);
    clearTimeout(this.#gathering);
    this.#question.want(null);
    this.#unsubscribe();
  }

  #go(change: Partial<ExploreAddress>): void {
    this.#settleMoving();
    this.#parts.router.go('explore', null, queryOf({ ...this.address, ...change }, this.#host));
  }

  /** Continues a gesture: the chart changes at once, the address after the gesture. */
  #move(stretch: Stretch): void {
    this.#moving = stretch;
    clearTimeout(this.#movingTimer);
    this.#movingTimer = setTimeout(() => {
      const query = queryOf({ ...this.address, stretch }, this.#host);
      // Leaving a live range is a step in the browser's history; changing a fixed range is not another one.
      if (this.address.stretch === null) this.#parts.router.go('explore', null, query);
      else this.#parts.router.replace('explore', null, query);
      // The address updates by an event; until then the gesture's target applies.
      setTimeout(() => {
        if (this.#moving === stretch) this.#moving = null;
      }, 0);
    }, gestureMs);
  }

  #settleMoving(): void {
    clearTimeout(this.#movingTimer);
    this.#moving = null;
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const { client, clock } = this.#parts;
    const now = clock.at();
    const { from, to } = question.stretch ?? { from: now - ranges[question.range], to: now };
    const span = to - from;
    this.#askedAt = now;
    const series = [...question.series];
    const { points } = question;
    const hosts = [...new Set(series.map(({ host }) => host))];
    const [stretch, before, interruptions, alerts, downtimes] = await Promise.all([
      client.ranges({ series, from, to, points }, signal),
      question.compare ? client.ranges({ series, from: from - span, to: from, points }, signal) : [],
      Promise.all(
        hosts.map(async (host): Promise<[string, Interruption[]]> => [
          host,
          await client.interruptions(host, from, to, signal),
        ]),
      ),
      client.alerts({ from: from - Math.max(span, alertLookBackMs), to, limit: mostAlerts }),
      client.occurrences(from, to),
    ]);
    return {
      asked: question,
      series: stretch,
      before,
      interruptions,
      alerts,
      downtimes: downtimes.occurrences,
      isMore: downtimes.more || alerts.length === mostAlerts,
    };
  }

  #take({ asked, series, before, interruptions, alerts, downtimes, isMore }: Answer): void {
    this.#asking = false;
    this.#problem = null;
    replace(
      this.#ranges,
      series.map((one) => [seriesKey(one.series), one]),
    );
    replace(
      this.#before,
      before.map((one) => [seriesKey(one.series), one]),
    );
    replace(
      this.#alerts,
      alerts.map((alert) => [alert.id, alert]),
    );
    this.#interruptions = new Map(interruptions);
    this.#downtimes = downtimes;
    this.#isMore = isMore;
    this.#answered = JSON.stringify(asked);
    // After an answer up to the present, newer samples arrive as live events.
    this.#known = asked.stretch ?? { from: this.#askedAt - ranges[asked.range], to: Infinity };
    if (asked.stretch === null) this.#edge = this.#parts.clock.at();
  }

  #gather(reading: Reading): void {
    if (!this.isLive || this.#answered === null) return;
    this.#gathered.push(reading);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#takeGathered();
    }, gatherMs);
  }

  #takeGathered(): void {
    const readings = this.#gathered;
    this.#gathered = [];
    for (const { host, source, at, samples } of readings) {
      for (const { metric, labels, value } of samples) {
        const key = seriesKey({ host, source, metric, labels });
        const known = this.#ranges.get(key);
        if (known === undefined) continue;
        const next = withSample(known, at, value);
        if (next !== known) this.#ranges.set(key, next);
      }
    }
  }

  #pickedOf(series: readonly Series[]): Picked[] {
    const keys = series.map(seriesKey);
    for (const key of this.#slots.keys()) if (!keys.includes(key)) this.#slots.delete(key);
    const taken = new Set(this.#slots.values());
    for (const key of keys) {
      if (this.#slots.has(key)) continue;
      const free =
        Array.from({ length: mostPicked }, (_, slot) => slot).find((slot) => !taken.has(slot)) ?? 0;
      taken.add(free);
      this.#slots.set(key, free);
    }
    const { settings } = this.#parts;
    const shown = new Map(series.map((one) => [seriesKey(one), one]));
    return [...shown].map(([key, one]) => {
      const isAlone = series.every(
        ({ host, source, metric }) => host !== one.host || source !== one.source || metric === one.metric,
      );
      const title = subjectOfSeries(one, settings, isAlone);
      return {
        key,
        series: one,
        slot: this.#slots.get(key) ?? 0,
        title: one.host === this.#host ? title : `${one.host}: ${title}`,
        definition: settings.definition(one.source, one.metric),
      };
    });
  }
}

function panelsOf(picked: readonly Picked[]): PanelModel[] {
  const byUnit = Map.groupBy(picked, ({ definition: { unit, sign = '' } }) => `${unit} ${sign}`);
  return [...byUnit].flatMap(([key, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const full = own.every(({ definition }) => definition.full === first.definition.full)
      ? first.definition.full
      : undefined;
    return [{ key, definition: first.definition, full, picked: own }];
  });
}

/** A rule without labels matches the series without labels; `*` matches any value. */
function judges(wanted: Labels, labels: Labels): boolean {
  const names = Object.keys(wanted);
  if (names.length === 0) return labelsKey(labels) === '';
  return names.every((name) => wanted[name] === '*' || wanted[name] === labels[name]);
}

function replace<Key, Value>(map: SvelteMap<Key, Value>, entries: readonly (readonly [Key, Value])[]): void {
  const keys = new Set(entries.map(([key]) => key));
  for (const key of [...map.keys()]) if (!keys.has(key)) map.delete(key);
  for (const [key, value] of entries) map.set(key, value);
}
