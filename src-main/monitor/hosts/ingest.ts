import type { Clock } from '../../base/clock.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import { mostAheadMs, oldestAt } from '../../contract/ingest.ts';
import type { IngestItemCode, Sender } from '../../contract/ingest.ts';
import { unitNamed } from '../../contract/metric.ts';
import type { Labels, Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';
import { CommitTogether } from './commit-together.ts';
import { seriesName } from './hosts.ts';
import type { Hosts, KnownHost } from './hosts.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { implausible, largerThanWhole } from './plausible.ts';

/** Samples that may wait for their commit; more is refused until there is room: a few seconds of what history can take. */
const mostWaiting = 50_000;
/** What is older when it is sent is late: it is stored, and nothing is judged by it. At least so long, */
const liveAtLeastMs = 120_000;
/** and at least so many intervals of whoever sends. */
const liveIntervals = 3;

/** What an implausible sample has besides its own labels: a series of its own, which is no part of the one that it was sent for. */
export const implausibleLabels: Labels = { plausible: 'no' };

/** One number that another machine sent, well-formed: see `ingestSampleSchema`. */
export interface PostedSample {
  source: string;
  metric: string;
  labels: Labels;
  value: number;
  /** Epoch milliseconds, by the sender's clock. */
  at: number;
  unit?: string | undefined;
}

/** What one host sent at once, whichever door it came by. */
export interface Post {
  host: string;
  /** Where it came from; null for the socket. */
  address: string | null;
  sender: Sender;
  /** The sender's clock when it sent; null where it does not say. */
  sentAt: number | null;
  /** It waited for the hub: nothing is judged by it. */
  backlog: boolean;
  samples: readonly PostedSample[];
  /** How many more it sent that the door could not read, for the books. */
  unreadable?: number;
}

/** What is to be said of one sample, by its place in the post. */
export interface PostItem {
  index: number;
  code: IngestItemCode;
  field: 'metric' | 'value' | 'at' | null;
  message: string;
}

/** What became of a post: every sample is accepted, duplicate or rejected. */
export interface Receipt {
  receivedAt: number;
  accepted: number;
  duplicate: number;
  /** In the order of the samples; all but `implausible` are rejected. */
  items: PostItem[];
}

interface IngestParts {
  clock: Clock;
  hosts: Hosts;
  /** Whether this Plimsoll receives at all. */
  isOn(): boolean;
  /** Commits as a whole, or rejects. */
  commit(readings: Reading[]): Promise<HadBefore[]>;
  /** Judges what is committed and is the newest of its series. `durationMs` is how old it was when it was sent. */
  judge(reading: Reading): void;
  /** Where hubs share hosts: leaves to another one what that evaluates. Returns whether it did. */
  handOver?: (handed: HandedOver) => boolean;
}

/** What one hub stored and another one evaluates: the post without its samples, and those that were new. Plain data. */
export interface HandedOver {
  post: Post;
  groups: Placed[][];
  receivedAt: number;
}

/** A sample with what it becomes. */
interface Placed {
  index: number;
  sample: PostedSample;
  name: string;
  labels: Labels;
  isPlausible: boolean;
}

/**
 * Takes what other machines send: says of each sample what becomes of it, has history commit it, and only then answers and
 * judges. All doors for samples from elsewhere lead here; they differ in how a body is read and an answer written.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #commits: CommitTogether;
  #waiting = 0;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#commits = new CommitTogether(parts.commit);
  }

  /**
   * Resolves when what it accepted is committed. Throws and stores nothing: `forbidden` where this Plimsoll does not receive,
   * `too_many_requests` while too much waits, `cardinality` for a host too many, and `stage_down`, `deadline` or
   * `disk_full` where it can not be stored now. The same may be sent again; what was stored is then a duplicate.
   */
  async take(post: Post): Promise<Receipt> {
    const { clock, hosts } = this.#parts;
    const receivedAt = clock.now();
    this.checkIsOn();
    const { samples } = post;
    if (this.#waiting + samples.length > mostWaiting)
      throw new PlimsollError(
        'too_many_requests',
        `${this.#waiting} samples wait for being stored, which is as many as may. Send it again a little later.`,
        { retry: true, retryAfterMs: 1000 + Math.random() * 4000 },
      );
    const known = hosts.admit(post.host);
    const items: PostItem[] = [];
    const groups = this.#grouped(known, samples, receivedAt, items);
    const readings = groups.map((group) => readingOf(post.host, group));
    this.#waiting += samples.length;
    let had: HadBefore[];
    try {
      had = readings.length === 0 ? [] : await this.#commits.commit(readings);
    } catch (thrown) {
      throw notStored(thrown);
    } finally {
      this.#waiting -= samples.length;
    }
    const duplicate = this.#sortOut(groups, had, items);
    const stored = groups.flat();
    known.row.accepted += stored.length;
    known.row.implausible += stored.filter(({ isPlausible }) => !isPlausible).length;
    known.row.rejected += samples.length - stored.length - duplicate + (post.unreadable ?? 0);
    const isRefused = samples.length + (post.unreadable ?? 0) > 0 && stored.length + duplicate === 0;
    if (!isRefused || known.isRegistered) {
      const clockSkewMs = post.sentAt === null ? null : post.sentAt - receivedAt;
      hosts.hear(known, senderOf(post), post.address, clockSkewMs);
    }
    this.#enter(known, post, groups, receivedAt, this.#isLeft(post, groups, receivedAt));
    items.sort((a, b) => a.index - b.index);
    return { receivedAt, accepted: stored.length, duplicate, items };
  }

  #isLeft(post: Post, groups: Placed[][], receivedAt: number): boolean {
    const { handOver } = this.#parts;
    return handOver?.({ post: { ...post, samples: [] }, groups, receivedAt }) === true;
  }

  /** Another hub stored it, and this one evaluates its host. */
  takeOver({ post, groups, receivedAt }: HandedOver): void {
    const { clock, hosts } = this.#parts;
    // It may have waited for a hub to evaluate it.
    const isLate = clock.now() - receivedAt > liveAtLeastMs;
    const known = hosts.admit(post.host);
    known.row.accepted += groups.reduce((sum, group) => sum + group.length, 0);
    hosts.hear(known, senderOf(post), post.address, post.sentAt === null ? null : post.sentAt - receivedAt);
    this.#enter(known, post, groups, receivedAt, isLate);
  }

  /** Throws `forbidden` where this Plimsoll does not receive, for doors that want to know before they read a body. */
  checkIsOn(): void {
    if (this.#parts.isOn()) return;
    throw new PlimsollError(
      'forbidden',
      'This Plimsoll does not receive from other machines. Start it with `plimsoll hub`, or set `hub.enabled` in its settings.',
    );
  }

  /** The samples that can be stored, by source and time in the order of time; says why the others can not. */
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
      // Most samples are of the same source and time as the one before.
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

  /** Takes out what history had, says of what had another value, and returns how many were the same. */
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
    // Of what is not accepted it is not said besides that it is implausible.
    for (let place = items.length - 1; place >= 0; place--) {
      const item = items[place];
      if (item?.code === 'implausible' && indices.has(item.index)) items.splice(place, 1);
    }
    groups.forEach((group, place) => (groups[place] = group.filter((placed) => !out.has(placed))));
    return duplicate;
  }

  /** Shows and judges what is stored: as if it were now only what is. */
  #enter(
    known: KnownHost,
    post: Post,
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
      const intervalMs = Math.max(hosts.intervalMs(post.host, source) ?? 0, hosts.postsEveryMs(known));
      const isLive = !post.backlog && ageMs <= Math.max(liveAtLeastMs, liveIntervals * intervalMs);
      const live = group.filter(({ name, labels, sample, isPlausible }) => {
        const newest = { source, metric: sample.metric, labels, value: plainZero(sample.value), at };
        return hosts.enter(known, name, newest, sample.unit) && isLive && isPlausible;
      });
      if (live.length > 0 && !isLeft) judge({ ...readingOf(post.host, live), durationMs: ageMs });
    }
  }
}

/** Who sends now and says of no rule that it judges it judges none, such as an agent of an older version. */
function senderOf({ sender, backlog }: Post): Sender {
  return backlog ? sender : { judges: [], ...sender };
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

/** There is one zero only where samples are compared and stored. */
function plainZero(value: number): number {
  return value === 0 ? 0 : value;
}

/** Why a sample can not be stored; null where it can. */
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

/** What a sender is told, and when it may try again. */
function notStored(thrown: unknown): unknown {
  if (!(thrown instanceof PlimsollError) || !passing.has(thrown.code)) return thrown;
  // A damaged file is set aside by the next start of history, in a moment; a database that is away comes back.
  const code = ['disk_full', 'deadline'].includes(thrown.code) ? thrown.code : 'stage_down';
  return new PlimsollError(code, `It could not be stored now. ${messageOf(thrown)}`, {
    retry: true,
    retryAfterMs: code === 'disk_full' ? 30_000 : 2000,
    cause: thrown,
  });
}
