import { open, readdir, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { fileError } from '../../base/durable-file.ts';
import type { Log } from '../../base/log.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { systemCodeOf } from '../../contract/error.ts';
import { SentList } from './sent-list.ts';
import { readingsOf, recordOf, recordsIn } from './spool-record.ts';
import type { OutgoingReading, RecordPlace } from './spool-record.ts';
import { newSegment, readAt, removeSegment, segmentNumbers, segmentPath, writeAt } from './spool-segment.ts';
import type { Segment as SegmentOf } from './spool-segment.ts';

/** Limits of what is kept. */
export interface SpoolBounds {
  bytesAtMost: number;
  ageAtMostMs: number;
  /** A file that is longer is followed by a new one, because data is dropped by whole files. */
  segmentBytes: number;
}

export const usualBounds: SpoolBounds = {
  bytesAtMost: 256 * 1024 ** 2,
  ageAtMostMs: 7 * 86_400_000,
  segmentBytes: 1024 ** 2,
};

/**
 * A new file is started after this time at the latest, so that samples that are too old can be dropped by whole files.
 */
const segmentAgeMs = 3_600_000;
/** How much waits in memory while the disk accepts nothing. */
const unwrittenBytesAtMost = 8 * 1024 ** 2;

/** Readings that are sent together and marked as sent together. */
export interface SpoolEntry {
  readonly id: string;
  readonly samples: number;
  readonly newestAt: number;
  /** When it was added, in monotonic milliseconds; -Infinity for one from before the start. */
  readonly addedAt: number;
}

interface Entry extends SpoolEntry {
  bytes: number;
  /** Its place in a file; null until it is written. */
  place: { segment: Segment; offset: number } | null;
  /** Its bytes, until they are written. */
  content: Buffer | null;
  state: 'waiting' | 'sent' | 'dropped';
}

type Segment = SegmentOf<Entry>;

export interface SpoolParts {
  /** Its own folder, created when there is something to write. */
  directory: string;
  clock: Clock;
  log: Log;
  bounds?: SpoolBounds;
}

/**
 * The samples that wait for one destination, on disk: files to which records are appended, and a list of those that
 * have arrived. A kill at any moment loses nothing that was written, and at most repeats records that were not yet
 * marked as arrived. Damaged bytes cost only their own record. If the disk accepts nothing, unwritten records wait in
 * memory.
 *
 * All writes are done in order and in the background: only `read`, `ready` and `close` wait for the disk, and no method
 * throws.
 */
export class Spool {
  /** Settles when the data of the last run is known. Nothing may be added before. */
  readonly ready: Promise<void>;
  readonly #parts: SpoolParts;
  readonly #bounds: SpoolBounds;
  /** Entries that are no longer live, oldest first. */
  readonly #backlog = new Set<Entry>();
  /** Oldest first. */
  #live: Entry[] = [];
  readonly #segments = new Map<number, Segment>();
  #active: { segment: Segment; file: FileHandle } | null = null;
  readonly #sent: SentList;
  #lastNumber = 0;
  #bytes = 0;
  #samples = 0;
  #unwrittenBytes = 0;
  #dropped = 0;
  #problem: string | null = null;
  #work: Promise<void>;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.#bounds = parts.bounds ?? usualBounds;
    this.#sent = new SentList(parts.directory);
    this.ready = this.#recover().catch((thrown: unknown) => this.#note(thrown));
    this.#work = this.ready;
  }

  /** How much is waiting; `dropped` counts since this was opened. */
  get standing(): { samples: number; bytes: number; dropped: number; problem: string | null } {
    return {
      samples: this.#samples,
      bytes: this.#bytes + this.#unwrittenBytes,
      dropped: this.#dropped,
      problem: this.#problem,
    };
  }

  /** Adds readings that belong together. They can be sent at once, and are written soon. */
  add(readings: readonly OutgoingReading[]): void {
    const { place, content } = recordOf(readings);
    const entry: Entry = {
      ...{ id: place.id, samples: place.samples, newestAt: place.newestAt },
      ...{ addedAt: this.#parts.clock.monotonic(), bytes: place.bytes },
      ...{ place: null, content, state: 'waiting' },
    };
    this.#live.push(entry);
    this.#samples += entry.samples;
    this.#unwrittenBytes += entry.bytes;
    this.#boundMemory();
    this.#then(() => this.#write(entry));
  }

  /** Unsent entries added since then (monotonic), oldest first. Older ones are backlog from now on. */
  live(since: number): readonly SpoolEntry[] {
    const old = this.#live.findIndex(({ addedAt }) => addedAt >= since);
    this.demote(old < 0 ? [...this.#live] : this.#live.slice(0, old));
    return this.#live;
  }

  /** Older entries that are waiting, oldest first. */
  backlog(): Iterable<SpoolEntry> {
    this.#dropOld();
    return this.#backlog;
  }

  /** Makes live entries backlog. */
  demote(entries: readonly SpoolEntry[]): void {
    const given = new Set(entries);
    for (const entry of this.#live) if (given.has(entry)) this.#backlog.add(entry);
    this.#live = this.#live.filter((entry) => !given.has(entry));
  }

  /** The readings of these entries. Unreadable ones are dropped. */
  async read(entries: readonly SpoolEntry[]): Promise<OutgoingReading[]> {
    const readings: OutgoingReading[] = [];
    for (const entry of entries as readonly Entry[]) {
      const found = await this.#contentOf(entry)
        .then(readingsOf)
        .catch(() => undefined);
      if (found !== undefined) readings.push(...found);
      else this.#drop(entry, 'it cannot be read');
    }
    return readings;
  }

  /** Marks entries that have arrived, or were refused for good. */
  done(entries: readonly SpoolEntry[]): void {
    for (const entry of entries as readonly Entry[]) {
      // It was dropped while it was being sent, but has arrived after all.
      if (entry.state === 'dropped') this.#dropped -= entry.samples;
      this.#forget(entry, 'sent');
      this.#then(() => this.#noteSent(entry));
    }
    this.#then(() => this.#tidy());
  }

  /** Writes everything that is left, and flushes it to disk. */
  async close(): Promise<void> {
    this.#then(async () => {
      try {
        await this.#active?.file.sync();
      } finally {
        await this.#retire();
      }
    });
    await this.#work;
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((thrown: unknown) => this.#note(thrown));
  }

  #note(thrown: unknown): void {
    const { message } = fileError('written', join(this.#parts.directory, 'spool'), thrown);
    if (this.#problem !== message)
      this.#parts.log.warn('a spool cannot be written', { directory: this.#parts.directory, error: thrown });
    this.#problem = message;
  }

  #segmentPath(segment: Segment): string {
    return segmentPath(this.#parts.directory, segment);
  }

  async #recover(): Promise<void> {
    const { directory, log } = this.#parts;
    const names = await readdir(directory).catch((thrown: unknown) => {
      if (systemCodeOf(thrown) === 'ENOENT') return [];
      throw thrown;
    });
    const numbers = segmentNumbers(names);
    this.#lastNumber = numbers.at(-1) ?? 0;
    const sent = await this.#sent.read();
    for (const number of numbers) await this.#recoverSegment(number, sent);
    if (numbers.length > 0 || !this.#sent.isEmpty) await this.#rewriteSent();
    if (this.#samples > 0) log.info('a spool goes on', { directory, samples: this.#samples });
    this.#dropOld();
    await this.#dropMuch();
    await this.#tidy();
  }

  async #recoverSegment(number: number, sent: ReadonlySet<string>): Promise<void> {
    const { clock, log } = this.#parts;
    const segment: Segment = newSegment(number, clock.monotonic());
    const file = this.#segmentPath(segment);
    try {
      const bytes = await readFile(file);
      const { records, damagedBytes } = recordsIn(bytes);
      segment.bytes = bytes.length;
      segment.isDamaged = damagedBytes > 0;
      for (const place of records) this.#recoverRecord(place, segment, sent);
      if (damagedBytes > 0) log.warn('a spool is damaged', { file, damagedBytes, records: records.length });
    } catch (thrown) {
      // It stays where it is: it is not a readable file of ours.
      log.warn('a file of a spool cannot be read', { file, error: thrown });
      return;
    }
    this.#segments.set(number, segment);
    this.#bytes += segment.bytes;
  }

  #recoverRecord(place: RecordPlace, segment: Segment, sent: ReadonlySet<string>): void {
    const { id, samples, newestAt, bytes, offset } = place;
    segment.newestAt = Math.max(segment.newestAt, newestAt);
    if (sent.has(id)) {
      segment.sent.push(id);
      return;
    }
    const entry: Entry = {
      ...{ id, samples, newestAt, addedAt: -Infinity, bytes },
      ...{ place: { segment, offset }, content: null, state: 'waiting' },
    };
    segment.waiting.add(entry);
    this.#backlog.add(entry);
    this.#samples += samples;
  }

  async #write(entry: Entry): Promise<void> {
    const { content } = entry;
    // It has arrived before its turn came.
    if (content === null || !isWaiting(entry)) return;
    const { segment, file } = await this.#room();
    const offset = segment.bytes;
    try {
      await writeAt(file, offset, content);
    } catch (thrown) {
      // The part that was written is not a record. The next record goes into another file; while the disk accepts none,
      // no file is left behind for each attempt.
      await file.truncate(offset).catch(() => undefined);
      await this.#retire();
      if (segment.waiting.size === 0) await this.#remove(segment).catch(() => undefined);
      throw thrown;
    }
    segment.bytes += entry.bytes;
    this.#bytes += entry.bytes;
    if (this.#problem !== null) this.#rewrite(entry);
    this.#problem = null;
    if (!isWaiting(entry)) return this.#noteSentIn(entry.id, segment);
    segment.newestAt = Math.max(segment.newestAt, entry.newestAt);
    segment.waiting.add(entry);
    entry.place = { segment, offset };
    entry.content = null;
    this.#unwrittenBytes -= entry.bytes;
    await this.#dropMuch();
  }

  /** Writes entries that the disk did not accept before. */
  #rewrite(written: Entry): void {
    for (const entry of [...this.#backlog, ...this.#live])
      if (entry !== written && entry.content !== null) this.#then(() => this.#write(entry));
  }

  /** The file for the next record. */
  async #room(): Promise<{ segment: Segment; file: FileHandle }> {
    const { clock, directory } = this.#parts;
    const { segmentBytes } = this.#bounds;
    const now = clock.monotonic();
    let unwritten: Entry[] = [];
    if (this.#active !== null) {
      const { segment, file } = this.#active;
      if ((await file.stat()).nlink === 0) unwritten = await this.#bringBack(segment, file);
      else if (segment.bytes < segmentBytes && now - segment.startedAt < segmentAgeMs) return this.#active;
      await this.#retire();
    }
    await makeDirectory(directory, 0o700);
    const segment: Segment = newSegment(++this.#lastNumber, now);
    const file = await open(this.#segmentPath(segment), 'wx+', 0o600);
    this.#segments.set(segment.number, segment);
    this.#active = { segment, file };
    for (const entry of unwritten) await this.#write(entry);
    return this.#active;
  }

  /** The file was removed while it was open: returns the entries that wait in it, to be written again. */
  async #bringBack(segment: Segment, file: FileHandle): Promise<Entry[]> {
    const waiting = [...segment.waiting];
    const contents: Buffer[] = [];
    for (const { place, bytes } of waiting) contents.push(await readAt(file, place?.offset ?? 0, bytes));
    // No awaits from here on, so that either everything is brought back or nothing.
    this.#segments.delete(segment.number);
    this.#bytes -= segment.bytes;
    for (const [index, entry] of waiting.entries()) {
      // It was sent meanwhile.
      if (!isWaiting(entry)) continue;
      entry.content = contents[index] ?? null;
      entry.place = null;
      this.#unwrittenBytes += entry.bytes;
    }
    return waiting;
  }

  async #retire(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    await active?.file.close().catch(() => undefined);
  }

  async #noteSent({ id, place }: Entry): Promise<void> {
    if (place === null || !this.#segments.has(place.segment.number)) return;
    await this.#noteSentIn(id, place.segment);
  }

  async #noteSentIn(id: string, segment: Segment): Promise<void> {
    segment.sent.push(id);
    // If nothing waits any more, the list is not needed: see `#tidy`.
    if (this.#waitsOnDisk()) await this.#sent.add(id);
  }

  #waitsOnDisk(): boolean {
    return this.#segments.values().some(({ waiting }) => waiting.size > 0);
  }

  /** Removes files in which nothing waits any more. The current file is emptied when nothing waits at all. */
  async #tidy(): Promise<void> {
    for (const segment of this.#segments.values()) {
      if (segment.waiting.size > 0 || segment === this.#active?.segment) continue;
      await this.#remove(segment);
    }
    if (this.#waitsOnDisk()) {
      if (this.#sent.isLong) await this.#rewriteSent();
      return;
    }
    const active = this.#active;
    if (active !== null && active.segment.bytes > 0) {
      await active.file.truncate(0);
      this.#bytes -= active.segment.bytes;
      Object.assign(active.segment, { bytes: 0, sent: [], startedAt: this.#parts.clock.monotonic() });
    }
    if (!this.#sent.isEmpty) await this.#rewriteSent();
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments.delete(segment.number);
    this.#bytes -= segment.bytes;
    await removeSegment(this.#parts.directory, segment);
  }

  #rewriteSent(): Promise<void> {
    return this.#sent.rewrite([...this.#segments.values()].flatMap(({ sent }) => sent));
  }

  async #contentOf(entry: Entry): Promise<Buffer> {
    if (entry.content !== null) return entry.content;
    if (entry.place === null) throw new Error('it is gone');
    const { segment, offset } = entry.place;
    const active = this.#active;
    if (active?.segment === segment) {
      // Its name may have been removed, but the open file still has everything. It may be closed meanwhile.
      const content = await readAt(active.file, offset, entry.bytes).catch(() => null);
      if (content !== null) return content;
    }
    await using file = await open(this.#segmentPath(segment), 'r');
    return await readAt(file, offset, entry.bytes);
  }

  /**
   * Drops files in which everything is too old. Age is measured by the wall clock, but setting the clock back makes
   * nothing older.
   */
  #dropOld(): void {
    const oldest = this.#parts.clock.now() - this.#bounds.ageAtMostMs;
    const old = this.#segments
      .values()
      .filter(({ newestAt, waiting }) => waiting.size > 0 && newestAt < oldest);
    const entries = [...old].flatMap(({ waiting }) => [...waiting]);
    if (entries.length === 0) return;
    for (const entry of entries) this.#drop(entry, 'it has waited too long');
    this.#then(() => this.#tidy());
  }

  async #dropMuch(): Promise<void> {
    while (this.#bytes > this.#bounds.bytesAtMost) {
      const [oldest] = this.#segments.values();
      if (oldest === undefined) return;
      if (oldest === this.#active?.segment) await this.#retire();
      for (const entry of oldest.waiting) this.#drop(entry, 'so much waits that the oldest is dropped');
      await this.#remove(oldest);
    }
  }

  #boundMemory(): void {
    if (this.#unwrittenBytes <= unwrittenBytesAtMost) return;
    for (const entry of [...this.#backlog, ...this.#live]) {
      if (this.#unwrittenBytes <= unwrittenBytesAtMost) return;
      if (entry.content !== null) this.#drop(entry, 'the disk takes nothing');
    }
  }

  #drop(entry: Entry, why: string): void {
    if (entry.state !== 'waiting') return;
    this.#parts.log.warn('samples were dropped', {
      ...{ directory: this.#parts.directory, samples: entry.samples, why },
      newestAt: entry.newestAt,
    });
    this.#dropped += entry.samples;
    this.#forget(entry, 'dropped');
  }

  #forget(entry: Entry, state: 'sent' | 'dropped'): void {
    if (entry.state === 'waiting') this.#samples -= entry.samples;
    entry.state = state;
    if (entry.content !== null) this.#unwrittenBytes -= entry.bytes;
    entry.content = null;
    entry.place?.segment.waiting.delete(entry);
    this.#backlog.delete(entry);
    const at = this.#live.indexOf(entry);
    if (at >= 0) this.#live.splice(at, 1);
  }
}

/** Checked again after each await: it may have been sent or dropped meanwhile. */
function isWaiting({ state }: Entry): boolean {
  return state === 'waiting';
}
