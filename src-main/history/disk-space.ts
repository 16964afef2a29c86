import { closeSync, fdatasyncSync, openSync, rmSync, statSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';

export interface Room {
  freeBytes: number;
  totalBytes: number;
}

const megabyte = 1024 * 1024;
/** The history leaves this much of the disk free, above all for the alert state; on a small disk a twentieth. */
const mostReserved = 64 * megabyte;
const partReserved = 1 / 20;
/** After a shortage this multiple of the reserve must be free, otherwise it would come and go with every reading. */
const roomToGoOn = 1.25;
/** The size of the ballast as a part of the reserve. It is released when less than that is left. */
const partBallast = 1 / 4;
/** Asking the system costs as much as storing three posts. */
const looksEveryMs = 50;
/** While this multiple of the reserve is free, the system is asked less often. */
const plenty = 2;
const usualLog = 4 * megabyte;
const leastLog = megabyte / 8;
/** The part of the reserve that the file may use when the log is written into it. */
const partLog = 1 / 8;
/**
 * After a full disk that the system did not report, for example because of a quota, the ballast stays away this long.
 */
const ballastAwayMs = 10 * 60_000;

/**
 * Watches the free space on the disk of a data directory. The history stops writing while there is still some, because
 * a full disk refuses everything, even deletions. A ballast file is kept beside it and removed when the disk is nearly
 * full, so that essential writes have room: the alert state, and forgetting old data. Everything is restored
 * automatically.
 */
export class DiskSpace {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #measure: (directory: string) => Room | undefined;
  #room: Room | undefined;
  #isShort = false;
  #noBallastUntil = -Infinity;
  #lookedAt = -Infinity;

  /** Tests replace `measure`. */
  constructor(directory: string, clock: Clock, measure: (directory: string) => Room | undefined = roomOf) {
    this.#directory = directory;
    this.#clock = clock;
    this.#measure = measure;
  }

  /** Why nothing should be written to the history now, as an error with retry; undefined while there is room. */
  whyNotToWrite(): PlimsollError | undefined {
    if (!this.#hadPlenty()) this.#look();
    if (!this.#isShort || this.#room === undefined) return undefined;
    const { freeBytes } = this.#room;
    return new PlimsollError(
      'disk_full',
      `The disk with the history in ${this.#directory} has ${inMegabytes(freeBytes)} left, and below ${inMegabytes(reserveOf(this.#room))} history is not written, so that alerts can be. Make room there: it then goes on by itself.`,
      { retry: true },
    );
  }

  /** Whether there was so much room a moment ago that there must be some now. */
  #hadPlenty(): boolean {
    if (this.#clock.monotonic() - this.#lookedAt >= looksEveryMs) return false;
    return this.#room === undefined || this.#room.freeBytes > plenty * reserveOf(this.#room);
  }

  /** How many bytes may be written before writing stops; Infinity if unknown. */
  get roomBytes(): number {
    this.#look();
    if (this.#room === undefined) return Infinity;
    return this.#isShort ? 0 : this.#room.freeBytes - reserveOf(this.#room);
  }

  /** Whether there is so little room that even compacting readings into blocks should not use it. */
  get isNearlyFull(): boolean {
    this.#look();
    return this.#room !== undefined && this.#room.freeBytes < ballastOf(this.#room);
  }

  /** Records that a disk or a quota was full, whatever the system reports. */
  foundFull(): void {
    this.#lookedAt = -Infinity;
    const room = this.#measure(this.#directory);
    if (room === undefined || room.freeBytes >= reserveOf(room))
      this.#noBallastUntil = this.#clock.monotonic() + ballastAwayMs;
    this.#releaseBallast();
  }

  #look(): void {
    const now = this.#clock.monotonic();
    this.#lookedAt = now;
    this.#room = this.#measure(this.#directory);
    if (this.#room === undefined) return;
    const reserve = reserveOf(this.#room);
    this.#isShort = this.#room.freeBytes < (this.#isShort ? roomToGoOn * reserve : reserve);
    const ballast = ballastOf(this.#room);
    if (this.#room.freeBytes < ballast) {
      if (this.#releaseBallast()) this.#room = this.#measure(this.#directory);
    } else if (
      !this.#isShort &&
      now >= this.#noBallastUntil &&
      this.#room.freeBytes >= roomToGoOn * reserve + ballast
    ) {
      this.#takeBallast(ballast);
    }
  }

  /** Returns whether there was one. */
  #releaseBallast(): boolean {
    try {
      rmSync(this.#ballastPath);
      return true;
    } catch {
      return false;
    }
  }

  #takeBallast(bytes: number): void {
    try {
      const size = statSync(this.#ballastPath, { throwIfNoEntry: false })?.size;
      if (size !== undefined && Math.abs(size - bytes) < megabyte) return;
      this.#writeBallast(bytes);
    } catch {
      // A partial ballast would occupy room without being counted.
      this.#releaseBallast();
    }
  }

  #writeBallast(bytes: number): void {
    const file = openSync(this.#ballastPath, 'w', 0o600);
    try {
      const piece = noise(Math.min(bytes, megabyte));
      for (let left = bytes; left > 0; left -= piece.length)
        writeSync(file, piece, 0, Math.min(left, piece.length));
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  get #ballastPath(): string {
    return join(this.#directory, 'history.ballast');
  }
}

/**
 * How large the log may become before it is written into the file, in bytes. The file grows by as much at once, which
 * must not use up the reserve: on a small disk that is less than SQLite's usual 4 MB.
 */
export function mostInLog(directory: string, measure: typeof roomOf = roomOf): number {
  const room = measure(directory);
  return Math.min(
    usualLog,
    Math.max(leastLog, room === undefined ? usualLog : Math.floor(reserveOf(room) * partLog)),
  );
}

/**
 * Bytes that no file system can compress. SQLite generates them, because this process has it loaded anyway: a loop
 * would be optimised by V8, which takes 5 MB, and Node's own generator is another library.
 */
function noise(bytes: number): Uint8Array {
  const database = new DatabaseSync(':memory:');
  try {
    const { made } = database.prepare('SELECT randomblob(?) AS made').get(bytes) as { made: Uint8Array };
    return made;
  } finally {
    database.close();
  }
}

function reserveOf({ totalBytes }: Room): number {
  return Math.min(mostReserved, Math.floor(totalBytes * partReserved));
}

function ballastOf(room: Room): number {
  return Math.floor(reserveOf(room) * partBallast);
}

function inMegabytes(bytes: number): string {
  return `${(bytes / megabyte).toFixed(bytes < 10 * megabyte ? 1 : 0)} MB`;
}

/** Undefined if the system does not report it. */
function roomOf(directory: string): Room | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    // A file system without blocks, as some FUSE ones are, reports nothing useful.
    return blocks > 0 ? { freeBytes: bavail * bsize, totalBytes: blocks * bsize } : undefined;
  } catch {
    return undefined;
  }
}
