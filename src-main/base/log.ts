import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { createStream } from 'rotating-file-stream';
import type { RotatingFileStream } from 'rotating-file-stream';
import { loggable } from './loggable.ts';
import { makeDirectorySync } from './make-directory.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What is written down. Details keep their names; an error belongs under `error`. No method ever throws. */
export interface Log {
  debug(message: string, details?: Record<string, unknown>): void;
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

/** A log with a file behind it. */
export interface OpenLog extends Log {
  /** Returns when what was logged is in the file, or after a second. */
  close(): Promise<void>;
}

/** Says nothing to anyone: for tests, and until a log is open. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface LogOptions {
  level?: LogLevel;
  /** The file that is written and those rotated away, together. */
  files?: number;
  /** When a file is rotated away. A line may end a little beyond it. */
  fileBytes?: number;
  /** Shortest time between two looks at whether file and directory are still there. */
  checkMs?: number;
}

/**
 * Lines are capped (see `loggable`), so five files of a little less than 10 MiB stay below 50 MiB together, whatever
 * is logged.
 */
const defaults = { level: 'info', files: 5, fileBytes: 9_800 * 1024, checkMs: 2000 } as const;

/**
 * Opens `monitor.log` in `directory`, one JSON object per line; older files are `monitor.log.1` and so on.
 *
 * It never throws and never stops anything: without a directory to write in it makes one; where it can not, it stays
 * silent and tries again, and the first line afterwards says how many were lost. A directory that has become a symbolic
 * link to elsewhere while running is not written into.
 */
export function openLog(directory: string, options: LogOptions = {}): OpenLog {
  const { level, files, fileBytes, checkMs } = { ...defaults, ...options };
  const file = new LogFile(directory, files, fileBytes, checkMs);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    file,
  );
  const write = (at: LogLevel) => (message: string, details?: Record<string, unknown>) => {
    try {
      if (!logger.isLevelEnabled(at)) return;
      const { message: text, details: safe } = loggable(message, details);
      logger[at](safe, text);
    } catch {
      // Whatever could not be put into words must not stop the work that it was about.
    }
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => file.close(),
  };
}

/** What waits for a disk that hangs; beyond it lines are lost, and counted, rather than memory. */
const mostWaitingBytes = 1 << 20;

/** The rotating file as pino's destination, opened again when it is pulled away. */
class LogFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #files: number;
  readonly #fileBytes: number;
  readonly #checkMs: number;
  #stream: RotatingFileStream | null = null;
  /** Where the directory really was when it was first opened. */
  #realDirectory: string | null = null;
  /** Which file is written; null while none is known, as during a rotation. */
  #inode: bigint | null = null;
  #checkedAt = -Infinity;
  #lost = 0;

  constructor(directory: string, files: number, fileBytes: number, checkMs: number) {
    this.#directory = directory;
    this.#path = join(directory, 'monitor.log');
    this.#files = files;
    this.#fileBytes = fileBytes;
    this.#checkMs = checkMs;
    this.#check();
  }

  write(line: string): void {
    this.#check();
    if (this.#stream === null || this.#stream.writableLength > mostWaitingBytes) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) {
      const note = {
        level: 'warn',
        time: new Date().toISOString(),
        msg: 'log lines were lost',
        lines: this.#lost,
      };
      this.#lost = 0;
      this.#stream.write(`${JSON.stringify(note)}\n`);
    }
    this.#stream.write(line);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = null;
    this.#checkedAt = Infinity;
    if (stream === null || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, 1000);
      stream.once('close', () => {
        clearTimeout(late);
        resolve();
      });
      stream.end();
    });
  }

  /** Opens the file if it is not open; drops it when it is no longer what stands in the directory. */
  #check(): void {
    const now = performance.now();
    if (now - this.#checkedAt < this.#checkMs) return;
    this.#checkedAt = now;
    if (this.#stream !== null && this.#inode !== null && !this.#isInPlace()) {
      this.#stream.destroy();
      this.#stream = null;
    }
    if (this.#stream === null) this.#open();
  }

  #isInPlace(): boolean {
    try {
      return realpathSync(this.#directory) === this.#realDirectory && inodeOf(this.#path) === this.#inode;
    } catch {
      return false;
    }
  }

  #open(): void {
    try {
      makeDirectorySync(this.#directory, 0o700);
      const real = realpathSync(this.#directory);
      this.#realDirectory ??= real;
      if (real !== this.#realDirectory || isOther(this.#path)) return;
    } catch {
      return;
    }
    const stream = createStream('monitor.log', {
      path: this.#directory,
      size: `${this.#fileBytes}B`,
      rotate: this.#files - 1,
      mode: 0o600,
    });
    this.#inode = null;
    stream.on('open', () => {
      if (this.#stream === stream) this.#inode = inodeOf(this.#path);
    });
    stream.on('rotation', () => {
      if (this.#stream === stream) this.#inode = null;
    });
    stream.on('error', () => {
      if (this.#stream === stream) this.#stream = null;
    });
    this.#stream = stream;
  }
}

/** The file's number, or -1 when there is none any more. */
function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? -1n;
}

/** Whether something that is no plain file stands there. */
function isOther(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile();
}
