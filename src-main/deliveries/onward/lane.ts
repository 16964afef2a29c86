import { createHash } from 'node:crypto';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { SamplesStanding } from '../../contract/delivery.ts';
import type { ErrorCode } from '../../contract/error.ts';
import { Attempt } from '../attempt.ts';
import type { Failure } from '../attempt.ts';
import { attemptDeadlineMs, longestAskedMs } from '../outbox.ts';
import { Gathering } from './gathering.ts';
import type { OutgoingSample, SampleDestination, SampleReceipt } from './sample-destination.ts';
import type { OutgoingReading } from './spool-record.ts';
import type { Spool, SpoolEntry } from './spool.ts';

/** Pending samples are written to disk within this time: a kill loses about as much as in the history. */
const gatherMs = 10_000;
/** Samples older than this many intervals, and than a minute, are no longer live. */
const liveIntervals = 2;
const liveMs = 60_000;
/**
 * After this many refused parts of a batch in a row the receiver is assumed to refuse everything, and larger parts are
 * not split further.
 */
const refusalsInARowAtMost = 2000;
const stopPatienceMs = 2000;

export interface LaneParts {
  name: string;
  /** Null while it is switched off: its samples keep waiting. */
  destination: SampleDestination | null;
  intervalMs: number;
  samplesAtMost: number;
  inOrder: boolean;
  spool: Spool;
  /** Settles when the lane may start, because nobody else sends from the spool any more. */
  begins: Promise<void>;
  clock: Clock;
  log: Log;
  random: () => number;
}

/** The state of a lane. A lane that replaces another continues with its state. */
export interface LaneStanding {
  sent: number;
  rejected: number;
  /** Samples that were dropped before they were in the spool. */
  lost: number;
  /** The reason of the last rejection. */
  rejection: string | null;
  arrivedAt: number | null;
  failingSince: number | null;
  error: string | null;
  clockAheadMs: number | null;
}

export function newStanding(): LaneStanding {
  return {
    ...{ sent: 0, rejected: 0, lost: 0, rejection: null, arrivedAt: null },
    ...{ failingSince: null, error: null, clockAheadMs: null },
  };
}

/** Entries that are sent together, under one id. */
interface Parcel {
  id: string;
  entries: readonly SpoolEntry[];
  isBacklog: boolean;
}

/** The remaining work on a parcel whose samples were read: its parts, the next one last. */
interface Work {
  parcel: Parcel;
  parts: { id: string; samples: readonly OutgoingSample[] }[];
  /** How many parts were created. */
  made: number;
  /** How many parts were refused since the last accepted one. */
  refusals: number;
  /** Samples that were refused for good, and the reason for the last of them. */
  rejected: number;
  problem: string;
}

/**
 * The samples for one destination: collected, spooled, and sent one request at a time. Live samples come first and the
 * backlog follows, unless the destination needs everything in order. After a failure it waits (see `backoffMs`: up to a
 * minute, or as long as the other side asks) and retries, without limit.
 */
export class Lane {
  readonly #parts: LaneParts;
  readonly standing: LaneStanding;
  readonly #gathering = new Gathering();
  #cancelGathering: (() => void) | undefined;
  #cancelTimer: () => void = () => undefined;
  #attempt: Attempt<SampleReceipt> | null = null;
  #settled: Promise<void> = Promise.resolve();
  #work: Work | null = null;
  /**
   * Parcels whose request may have arrived although it was not confirmed, by their first entry: they are repeated
   * unchanged.
   */
  readonly #unclear = new WeakMap<SpoolEntry, Parcel>();
  #isReady = false;
  #isReading = false;
  #isStopped = false;
  #failures = 0;
  #offline = 0;
  /** Monotonic. */
  #restsUntil = -Infinity;
  #liveAt = -Infinity;

  constructor(parts: LaneParts, standing: LaneStanding) {
    this.#parts = parts;
    this.standing = standing;
    // With new settings earlier failures no longer count.
    Object.assign(standing, { failingSince: null, error: null });
    void parts.begins.then(() => {
      this.#isReady = true;
      if (!this.#isStopped) this.#flush();
      this.#advance();
    });
  }

  /** When the next attempt after a failure is due, epoch milliseconds. */
  get nextAt(): number | null {
    const { clock } = this.#parts;
    const wait = this.#restsUntil - clock.monotonic();
    return wait > 0 ? clock.now() + wait : null;
  }

  get samples(): SamplesStanding {
    const { samples, bytes, dropped, problem } = this.#parts.spool.standing;
    const { sent, rejected, lost, rejection, clockAheadMs } = this.standing;
    return {
      ...{ waiting: samples + this.#gathering.samples, sent, rejected, dropped: dropped + lost },
      ...{ spoolBytes: bytes, clockAheadMs, problem: problem ?? rejection },
    };
  }

  take(reading: OutgoingReading): void {
    if (this.#parts.destination === null || this.#isStopped) return;
    this.#gathering.add(reading);
    if (this.#gathering.isEnough) this.#flush();
    const { clock, intervalMs } = this.#parts;
    this.#cancelGathering ??= clock.after(Math.min(gatherMs, intervalMs), () => {
      this.#flush();
      this.#advance();
    });
  }

  /** Starts nothing new, and leaves the rest to the next lane. The spool stays open. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#parts.begins;
    this.#flush();
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(stopPatienceMs, resolve);
      void this.#settled.then(() => {
        cancel();
        resolve();
      });
    });
    this.#attempt?.abandon('Plimsoll was stopped');
  }

  #flush(): void {
    this.#cancelGathering?.();
    this.#cancelGathering = undefined;
    if (!this.#isReady) this.standing.lost += this.#gathering.dropMuch();
    else for (const readings of this.#gathering.takeRecords()) this.#parts.spool.add(readings);
  }

  /** Starts what is due, and sets a timer for the next. */
  #advance(): void {
    const { clock, destination } = this.#parts;
    if (!this.#isReady || this.#isStopped || destination === null) return;
    if (this.#attempt !== null || this.#isReading) return;
    this.#cancelTimer();
    const wait = this.#restsUntil - clock.monotonic();
    if (wait > 0) {
      this.#cancelTimer = clock.after(wait, () => this.#advance());
      return;
    }
    if (this.#work !== null) {
      this.#begin(this.#work, destination);
      return;
    }
    const parcel = this.#next();
    if (parcel === null) {
      const untilLive = this.#liveAt - clock.monotonic();
      if (untilLive > 0) this.#cancelTimer = clock.after(untilLive, () => this.#advance());
      return;
    }
    this.#isReading = true;
    this.#settled = this.#parts.spool.read(parcel.entries).then((readings) => {
      this.#isReading = false;
      const samples = readings.flatMap(samplesOf);
      // Without samples nothing of it could be read, and it was dropped.
      if (samples.length > 0)
        this.#work = {
          ...{ parcel, parts: [{ id: parcel.id, samples }], made: 1 },
          ...{ refusals: 0, rejected: 0, problem: '' },
        };
      this.#advance();
    });
  }

  #next(): Parcel | null {
    const { clock, spool, intervalMs, inOrder } = this.#parts;
    const now = clock.monotonic();
    const isLiveDue = now >= this.#liveAt;
    if (isLiveDue) this.#flush();
    const live = [...spool.live(now - Math.max(liveIntervals * intervalMs, liveMs))];
    const [waited] = spool.backlog();
    const backlogGoes = waited !== undefined && (inOrder || !isLiveDue || live.length === 0);
    if (backlogGoes) return this.#unclear.get(waited) ?? this.#parcel(spool.backlog(), true);
    if (!isLiveDue || live.length === 0) return null;
    const parcel = this.#parcel(live, false);
    // If not everything fitted, the rest is sent at once, too.
    if (parcel.entries.length === live.length) this.#liveAt = now + intervalMs;
    return parcel;
  }

  #parcel(entries: Iterable<SpoolEntry>, isBacklog: boolean): Parcel {
    const chosen: SpoolEntry[] = [];
    let samples = 0;
    for (const entry of entries) {
      samples += entry.samples;
      if (chosen.length > 0 && (samples > this.#parts.samplesAtMost || this.#unclear.has(entry))) break;
      chosen.push(entry);
    }
    const id = createHash('sha256');
    for (const entry of chosen) id.update(entry.id);
    return { id: id.digest('hex').slice(0, 32), entries: chosen, isBacklog };
  }

  #begin(work: Work, destination: SampleDestination): void {
    const { clock } = this.#parts;
    const part = work.parts.at(-1);
    if (part === undefined) return;
    const { id, samples } = part;
    const { isBacklog } = work.parcel;
    const attempt = new Attempt(
      (signal) => destination.send({ id, samples, isBacklog }, signal),
      clock,
      attemptDeadlineMs,
    );
    this.#attempt = attempt;
    this.#settled = attempt.outcome.then((outcome) => {
      this.#attempt = null;
      if (outcome.arrived) this.#arrived(work, samples.length, outcome.receipt);
      else if (isAboutContent(outcome.code)) this.#takeApart(work, outcome.problem);
      else this.#failed(work, outcome);
      this.#advance();
    });
  }

  #arrived(work: Work, samples: number, receipt: SampleReceipt): void {
    const { rejected = 0, problem, clockAheadMs } = receipt;
    const { standing } = this;
    standing.sent += samples - rejected;
    work.refusals = 0;
    if (rejected > 0) this.#reject(work, rejected, problem ?? receipt.said);
    if (clockAheadMs !== undefined) standing.clockAheadMs = clockAheadMs;
    this.#isReached();
    this.#partDone(work);
  }

  #isReached(): void {
    const { standing } = this;
    standing.arrivedAt = this.#parts.clock.now();
    standing.failingSince = null;
    standing.error = null;
    this.#failures = 0;
    this.#offline = 0;
    this.#restsUntil = -Infinity;
  }

  #reject(work: Work, samples: number, problem: string): void {
    this.standing.rejected += samples;
    work.rejected += samples;
    work.problem = problem;
    const { rejected } = work;
    this.standing.rejection = `${rejected === 1 ? 'A sample was' : `${rejected} samples were`} refused. ${problem}`;
  }

  #partDone(work: Work): void {
    work.parts.pop();
    if (work.parts.length > 0) return;
    const { rejected: samples, problem } = work;
    if (samples > 0)
      this.#parts.log.warn('samples were refused', { destination: this.#parts.name, samples, problem });
    this.#parts.spool.done(work.parcel.entries);
    this.#work = null;
  }

  /** Splits a refused part in half, so that the good samples in it arrive. */
  #takeApart(work: Work, problem: string): void {
    const part = work.parts.at(-1);
    if (part === undefined) return;
    const { id, samples } = part;
    work.refusals++;
    if (samples.length < 2 || work.refusals > refusalsInARowAtMost) {
      // It answers: it only refuses this content.
      this.#isReached();
      this.#reject(work, samples.length, problem);
      this.#partDone(work);
      return;
    }
    const middle = Math.ceil(samples.length / 2);
    work.parts.pop();
    work.parts.push(
      { id: `${id}-2`, samples: samples.slice(middle) },
      { id: `${id}-1`, samples: samples.slice(0, middle) },
    );
    work.made += 2;
  }

  #failed(work: Work, outcome: Failure): void {
    const { clock, log, name, random, spool } = this.#parts;
    const { standing } = this;
    standing.failingSince ??= clock.now();
    standing.error = outcome.problem;
    if (outcome.isOffline) this.#offline++;
    else {
      this.#offline = 0;
      this.#failures++;
    }
    const asked = Math.min(outcome.retryAfterMs ?? 0, longestAskedMs);
    // Counts as a young delivery, so that a receiver that was away for a day is still tried each minute.
    const pause = Math.max(backoffMs(outcome.isOffline ? this.#offline : this.#failures, 0, random), asked);
    this.#restsUntil = clock.monotonic() + pause;
    log.warn('samples did not arrive', { destination: name, failures: this.#failures, ...outcome });
    // A batch that is being split continues where it was.
    if (work.made > 1) return;
    this.#work = null;
    this.#liveAt = -Infinity;
    const { parcel } = work;
    spool.demote(parcel.entries);
    const [first] = parcel.entries;
    if (first === undefined) return;
    if (outcome.isUnclear) this.#unclear.set(first, { ...parcel, isBacklog: true });
    else this.#unclear.delete(first);
  }
}

function isAboutContent(code: ErrorCode | undefined): boolean {
  return code === 'too_large' || code === 'invalid_request';
}

function samplesOf({ host, source, at, samples }: OutgoingReading): OutgoingSample[] {
  return samples.map((sample) => ({ host, source, at, ...sample }));
}
