import type { Clock } from '../../base/clock.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import { mostAheadMs, oldestAt } from '../../contract/ingest.ts';
import type { IngestItemCode } from '../../contract/ingest.ts';
import { unitNamed } from '../../contract/metric.ts';
import type { Labels, Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';
import { CommitTogether } from './commit-together.ts';
import { seriesName } from './hosts.ts';
import type { Heard, Hosts, KnownHost } from './hosts.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { implausible, largerThanWhole } from './plausible.ts';
import { UsualPost } from './usual-post.ts';
import type { UsualPart } from './usual-post.ts';

/** How many samples may wait for their commit before more are refused: a few seconds of what the history can store. */
const mostWaiting = 50_000;
/**
 * Samples that are older than this when they are sent are late: they are stored, but not evaluated. At least this long,
 */
const liveAtLeastMs = 120_000;
/** and at least this many intervals of the sender. */
const liveIntervals = 3;

/** Added to the labels of an implausible sample, which makes it a series separate from the one that it was sent for. */
export const implausibleLabels: Labels = { plausible: 'no' };

/** The series of a sample that another machine sent. */
export interface PostedSeries {
  source: string;
  metric: string;
  labels: Labels;
  unit?: string | undefined;
}

/** One number that another machine sent, well-formed: see `ingestSampleSchema`. */
export interface PostedSample extends PostedSeries {
  value: number;
  /** Epoch milliseconds, by the sender's clock. */
  at: number;
}

/**
 * The same for a host that posts the same series in the same order as before: `series` is then the same list object, by
 * which earlier findings about it are found again.
 */
export interface PostedColumns {
  series: readonly PostedSeries[];
  values: Float64Array;
  ats: Float64Array;
}

/** Everything about a post except its samples, whichever interface it came through. */
export interface PostHead extends Heard {
  host: string;
  /** The sender's clock when it sent; null if unknown. */
  sentAt: number | null;
  /** How many further samples could not be parsed, for the statistics. */
  unreadable?: number;
}

export interface Post extends PostHead {
  samples: readonly PostedSample[];
}

/** A remark about one sample, by its index in the post. */
export interface PostItem {
  index: number;
  code: IngestItemCode;
  field: 'metric' | 'value' | 'at' | null;
  message: string;
}

/** The result of a post: every sample is accepted, duplicate or rejected. */
export interface Receipt {
  receivedAt: number;
  accepted: number;
  duplicate: number;
  /** In the order of the samples; all but `implausible` ones are rejected. */
  items: PostItem[];
}

interface IngestParts {
  clock: Clock;
  hosts: Hosts;
  /** Whether this Plimsoll receives at all. */
  isOn(): boolean;
  /** Commits everything, or rejects. */
  commit(readings: Reading[]): Promise<HadBefore[]>;
  /** Evaluates committed samples that are the latest of their series. `durationMs` is their age when they were sent. */
  judge(reading: Reading): void;
  /** Only if hubs share hosts: hands over a post that another hub evaluates. Returns whether it did. */
  handOver?: (handed: HandedOver) => boolean;
}

/** A post that one hub stored and another one evaluates: its head, and the samples that were new. Plain data. */
export interface HandedOver {
  post: PostHead;
  groups: Placed[][];
  receivedAt: number;
}

/** A sample and its result. */
interface Placed {
  index: number;
  sample: PostedSample;
  name: string;
  labels: Labels;
  isPlausible: boolean;
}

/**
 * Accepts what other machines send: decides about each sample, has the history commit them, and only then answers and
 * evaluates. All interfaces for samples from elsewhere end here; they differ only in parsing the body and writing the
 * answer.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #commits: CommitTogether;
  /** Findings about the series of posts, by their list object. */
  readonly #usual = new WeakMap<readonly PostedSeries[], UsualPost>();
  #waiting = 0;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#commits = new CommitTogether(parts.commit);
  }

  /**
   * Resolves when the accepted samples are committed. Throws and stores nothing: `forbidden` if this Plimsoll does not
   * receive, `too_many_requests` while too much waits, `cardinality` for a host too many, and `stage_down`, `deadline`
   * or `disk_full` if it cannot be stored now. The post may be repeated; samples that were stored are then duplicates.
   */
  async take(post: Post): Promise<Receipt> {
    const receivedAt = this.#begin(post.samples.length);
    return this.#takeEach(this.#parts.hosts.admit(post.host), post, receivedAt);
  }

  /** The same for a host that posts the same series as before, which needs fewer checks. */
  async takeColumns(post: PostHead, columns: PostedColumns): Promise<Receipt> {
    const receivedAt = this.#begin(columns.series.length);
    const known = this.#parts.hosts.admit(post.host);
    const usual = this.#usual.get(columns.series);
    const parts = usual?.parts(known, columns, receivedAt);
    if (usual === undefined || parts === undefined) {
      const receipt = await this.#takeEach(known, { ...post, samples: samplesIn(columns) }, receivedAt);
      const found = UsualPost.of(this.#parts.hosts, known, columns.series);
      if (found !== undefined) this.#usual.set(columns.series, found);
      return receipt;
    }
    const accepted = columns.series.length;
    const had = await this.#commit(
      parts.map(({ reading }) => reading),
      accepted,
    );
    // During the commit the host may have been removed, or a series forgotten.
    const isUsual = had.length === 0 && this.#parts.handOver === undefined && usual.holdsFor(known);
    if (!isUsual) return this.#finish(known, post, placedOf(columns, parts), had, [], accepted, receivedAt);
    known.row.accepted += accepted;
    this.#enterUsual(usual, known, post, parts, receivedAt);
    return { receivedAt, accepted, duplicate: 0, items: [] };
  }

  /**
   * Returns the time of arrival of a post with this many samples. Throws the errors of `take` that need no look at the
   * samples.
   */
  #begin(count: number): number {
    this.checkIsOn();
    if (this.#waiting + count > mostWaiting)
      throw new PlimsollError(
        'too_many_requests',
        `${this.#waiting} samples wait for being stored, which is as many as may. Send it again a little later.`,
        { retry: true, retryAfterMs: 1000 + Math.random() * 4000 },
      );
    return this.#parts.clock.now();
  }

  /** Checks each sample separately. */
  async #takeEach(known: KnownHost, post: Post, receivedAt: number): Promise<Receipt> {
    const { samples } = post;
    const items: PostItem[] = [];
    const groups = this.#grouped(known, samples, receivedAt, items);
    const readings = groups.map((group) => readingOf(post.host, group));
    const had = await this.#commit(readings, samples.length);
    return this.#finish(known, post, groups, had, items, samples.length, receivedAt);
  }

  /** `count` is how many samples wait, including those that cannot be stored. */
  async #commit(readings: readonly Reading[], count: number): Promise<HadBefore[]> {
    if (readings.length === 0) return [];
    this.#waiting += count;
    try {
      return await this.#commits.commit(readings);
    } catch (thrown) {
      throw notStored(thrown);
    } finally {
      this.#waiting -= count;
    }
  }

  /** Records what is committed, and returns the receipt. */
  #finish(
    known: KnownHost,
    post: PostHead,
    groups: Placed[][],
    had: readonly HadBefore[],
    items: PostItem[],
    count: number,
    receivedAt: number,
  ): Receipt {
    const { hosts } = this.#parts;
    const duplicate = this.#sortOut(groups, had, items);
    const stored = groups.flat();
    known.row.accepted += stored.length;
    known.row.implausible += stored.filter(({ isPlausible }) => !isPlausible).length;
    known.row.rejected += count - stored.length - duplicate + (post.unreadable ?? 0);
    const isRefused = count + (post.unreadable ?? 0) > 0 && stored.length + duplicate === 0;
    if (!isRefused || known.isRegistered)
      hosts.hear(known, post, post.sentAt === null ? null : post.sentAt - receivedAt);
    this.#enter(known, post, groups, receivedAt, this.#isLeft(post, groups, receivedAt));
    items.sort((a, b) => a.index - b.index);
    return { receivedAt, accepted: stored.length, duplicate, items };
  }

  #isLeft(head: PostHead, groups: Placed[][], receivedAt: number): boolean {
    const { host, sentAt, unreadable, sender, address, backlog } = head;
    const post = {
      ...{ host, sentAt, sender, address, backlog },
      ...(unreadable !== undefined && { unreadable }),
    };
    return this.#parts.handOver?.({ post, groups, receivedAt }) === true;
  }

  /** Evaluates a post that another hub stored. */
  takeOver({ post, groups, receivedAt }: HandedOver): void {
    const { clock, hosts } = this.#parts;
    // It may have waited for a hub that evaluates it.
    const isLate = clock.now() - receivedAt > liveAtLeastMs;
    const known = hosts.admit(post.host);
    known.row.accepted += groups.reduce((sum, group) => sum + group.length, 0);
    hosts.hear(known, post, post.sentAt === null ? null : post.sentAt - receivedAt);
    this.#enter(known, post, groups, receivedAt, isLate);
  }

  /** Throws `forbidden` if this Plimsoll does not receive, for interfaces that check before they read a body. */
  checkIsOn(): void {
    if (this.#parts.isOn()) return;
    throw new PlimsollError(
      'forbidden',
      'This Plimsoll does not receive from other machines. Start it with `plimsoll hub`, or set `hub.enabled` in its settings.',
    );
  }

  /** The samples that can be stored, by source and time, in order of time; adds a remark for each of the others. */
  #grouped(
    known: KnownHost,
    samples: readonly PostedSample[],
    receivedAt: number,
    items: PostItem[],
  ): Placed[][] {
    const groups = new Map<string, Placed[]>();
    let last: Placed[] = [];
    samples.forEach((sample, index) => {
      const problem = problemOf(sample, receivedAt);
      if (problem !== null) {
        items.push({ index, ...problem });
        return;
      }
      const placed = { index, sample, name: '', labels: sample.labels, isPlausible: true };
      const before = last[0]?.sample;
      // Most samples have the same source and time as the previous one.
      if (before?.source !== sample.source || before.at !== sample.at) {
        const name = `${sample.source}\n${sample.at}`;
        last = groups.get(name) ?? [];
        groups.set(name, last);
      }
      last.push(placed);
    });
    return [...groups.values()]
      .map((group) => this.#admitted(known, group, items))
      .filter((group) => group.length > 0)
      .sort(([a], [b]) => (a?.sample.at ?? 0) - (b?.sample.at ?? 0));
  }

  #admitted(known: KnownHost, group: Placed[], items: PostItem[]): Placed[] {
    const { hosts } = this.#parts;
    const larger = largerThanWhole(group.map(({ sample }) => sample));
    return group.filter((placed) => {
      const { index, sample } = placed;
      const { source, metric, labels, value, unit } = sample;
      const definition = hosts.definitionOf(known, source, metric);
      const named = unit === undefined ? (definition?.unit ?? 'none') : unitNamed(unit);
      const whole = Object.keys(labels).length === 0 ? larger.get(metric) : undefined;
      const amiss =
        implausible(value, named, definition?.full) ?? (whole === undefined ? null : `is more than ${whole}`);
      if (amiss !== null) {
        placed.isPlausible = false;
        placed.labels = { ...labels, ...implausibleLabels };
      }
      placed.name = seriesName(source, metric, placed.labels);
      if (!hosts.admitSeries(known, placed.name)) {
        const message = `${known.row.host} has as many series as a host may have; this is one more`;
        items.push({ index, code: 'cardinality', field: null, message });
        return false;
      }
      if (amiss !== null) items.push({ index, code: 'implausible', field: 'value', message: amiss });
      return true;
    });
  }

  /**
   * Removes the samples that the history already had, adds a remark for those with another value, and returns how many
   * were the same.
   */
  #sortOut(groups: Placed[][], had: readonly HadBefore[], items: PostItem[]): number {
    if (had.length === 0) return 0;
    let duplicate = 0;
    const out = new Set<Placed>();
    for (const { reading, sample: place, had: what } of had) {
      const placed = groups[reading]?.[place];
      if (placed === undefined) continue;
      out.add(placed);
      if (what === 'same') duplicate++;
      else
        items.push({
          index: placed.index,
          code: 'conflict',
          field: 'value',
          message: 'the series has another value at that time, which stays',
        });
    }
    const indices = new Set([...out].map(({ index }) => index));
    // A rejected sample needs no remark that it is implausible.
    for (let place = items.length - 1; place >= 0; place--) {
      const item = items[place];
      if (item?.code === 'implausible' && indices.has(item.index)) items.splice(place, 1);
    }
    groups.forEach((group, place) => (groups[place] = group.filter((placed) => !out.has(placed))));
    return duplicate;
  }

  /** Whether samples of this age are evaluated as if they were current. */
  #isLive(known: KnownHost, { host, backlog }: PostHead, source: string, ageMs: number) {
    if (backlog || ageMs <= liveAtLeastMs) return !backlog;
    const { hosts } = this.#parts;
    const intervalMs = Math.max(hosts.intervalMs(host, source) ?? 0, hosts.postsEveryMs(known));
    return ageMs <= liveIntervals * intervalMs;
  }

  /** Does the same as `#enter`, for samples without remarks. */
  #enterUsual(
    usual: UsualPost,
    known: KnownHost,
    post: PostHead,
    parts: readonly UsualPart[],
    receivedAt: number,
  ): void {
    const { clock, hosts, judge } = this.#parts;
    hosts.hear(known, post, post.sentAt === null ? null : post.sentAt - receivedAt);
    const monotonic = clock.monotonic();
    for (const part of parts) {
      const { reading } = part;
      const ageMs = Math.max(0, (post.sentAt ?? receivedAt) - reading.at);
      const samples = usual.renew(part, monotonic);
      if (samples.length > 0 && this.#isLive(known, post, reading.source, ageMs))
        judge({ ...reading, samples, durationMs: ageMs });
    }
  }

  /** Shows and evaluates stored samples; only live ones count as current. */
  #enter(
    known: KnownHost,
    post: PostHead,
    groups: readonly Placed[][],
    receivedAt: number,
    isLeft: boolean,
  ): void {
    const { hosts, judge } = this.#parts;
    for (const group of groups) {
      const [first] = group;
      if (first === undefined) continue;
      const { source, at } = first.sample;
      const ageMs = Math.max(0, (post.sentAt ?? receivedAt) - at);
      const isLive = this.#isLive(known, post, source, ageMs);
      const live = group.filter(({ name, labels, sample, isPlausible }) => {
        const newest = { source, metric: sample.metric, labels, value: plainZero(sample.value), at };
        return hosts.enter(known, name, newest, sample.unit) && isLive && isPlausible;
      });
      if (live.length > 0 && !isLeft) judge({ ...readingOf(post.host, live), durationMs: ageMs });
    }
  }
}

/** The samples as they were posted. */
function samplesIn({ series, values, ats }: PostedColumns): PostedSample[] {
  return series.map((one, place) => ({ ...one, value: values[place] ?? NaN, at: ats[place] ?? NaN }));
}

/** Samples without remarks, in the form of those that are checked separately. */
function placedOf({ series, values }: PostedColumns, parts: readonly UsualPart[]): Placed[][] {
  return parts.map(({ reading: { at }, places }) =>
    places.flatMap((index) => {
      const one = series[index];
      if (one === undefined) return [];
      const name = seriesName(one.source, one.metric, one.labels);
      const sample = { ...one, value: values[index] ?? NaN, at };
      return [{ index, sample, name, labels: one.labels, isPlausible: true }];
    }),
  );
}

function readingOf(host: string, group: readonly Placed[]): Reading {
  const [first] = group;
  return {
    host,
    source: first?.sample.source ?? '',
    at: first?.sample.at ?? 0,
    durationMs: 0,
    samples: group.map(({ sample, labels }) => ({
      metric: sample.metric,
      labels,
      value: plainZero(sample.value),
    })),
    error: null,
  };
}

/** Turns -0 into 0. */
function plainZero(value: number): number {
  return value === 0 ? 0 : value;
}

/** Why a sample cannot be stored; null if it can. */
function problemOf(
  { source, metric, value, at }: PostedSample,
  receivedAt: number,
): Omit<PostItem, 'index'> | null {
  if (!Number.isFinite(value))
    return { code: 'invalid', field: 'value', message: 'must be finite; leave out what could not be read' };
  if (!Number.isInteger(at))
    return { code: 'invalid', field: 'at', message: 'must be a whole number of milliseconds' };
  if (at < oldestAt)
    return { code: 'past', field: 'at', message: 'is before 2000: times are milliseconds since 1970' };
  if (at > receivedAt + mostAheadMs)
    return {
      code: 'future',
      field: 'at',
      message: `is ${Math.round((at - receivedAt) / 1000)} s ahead of the hub's clock; at most ${mostAheadMs / 1000} s are taken`,
    };
  if (source === ownSource && metric === hostUpMetric)
    return { code: 'invalid', field: 'metric', message: 'only the hub says of a host whether it is there' };
  return null;
}

const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'stage_down',
  'deadline',
  'disk_full',
  'damaged',
  'unreachable',
  'no_permission',
]);

/** The error for the sender, with the time of a retry. */
function notStored(thrown: unknown): unknown {
  if (!(thrown instanceof PlimsollError) || !passing.has(thrown.code)) return thrown;
  // A damaged file is set aside at the history's next start in a moment; an unreachable database comes back.
  const code = ['disk_full', 'deadline'].includes(thrown.code) ? thrown.code : 'stage_down';
  return new PlimsollError(code, `It could not be stored now. ${messageOf(thrown)}`, {
    retry: true,
    retryAfterMs: code === 'disk_full' ? 30_000 : 2000,
    cause: thrown,
  });
}
