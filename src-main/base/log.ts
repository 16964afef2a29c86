import { lstatSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { createStream } from 'rotating-file-stream';
import type { RotatingFileStream } from 'rotating-file-stream';
import type { LogLevel } from '../contract/settings.ts';
import { fileError } from './durable-file.ts';
import { loggable } from './loggable.ts';
import { makeDirectorySync } from './make-directory.ts';

export type { LogLevel } from '../contract/settings.ts';

/** Writes log entries. Details keep their names; an error belongs under `error`. No method ever throws. */
export interface Log {
  debug(message: string, details?: Record<string, unknown>): void;
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

/** A log that writes to a file. */
export interface OpenLog extends Log {
  /** Changes the level from now on. */
  setLevel(level: LogLevel): void;
  /** Reports why nothing is written, now and at each change; null if the file is written. */
  onProblem(tell: (problem: string | null) => void): void;
  /** Resolves when all entries are in the file, or after a second. */
  close(): Promise<void>;
}

/** Discards everything: for tests, and until a log is open. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface LogOptions {
  level?: LogLevel;
  /** Number of files, the current one and the rotated ones. */
  files?: number;
  /** Size at which a file is rotated, in bytes. The last line may exceed it. */
  fileBytes?: number;
  /** Shortest time between two checks that file and directory still exist, in milliseconds. */
  checkMs?: number;
}

/** Space of each log: the current file and the rotated ones. */
interface LogShare {
  files: number;
  fileBytes: number;
}

/** The logs for machines, with one record per line, beside `monitor.log`. */
export type RecordLogName = 'alerts' | 'system_metrics' | 'app_metrics';

/**
 * All files of all logs together stay below 50 MiB, whatever is logged and however many rotate at once: their limits
 * add up to 46 MiB. Line length is limited too, so each file ends at most one line later.
 */
export const logShares: Readonly<Record<'monitor' | RecordLogName, LogShare>> = {
  monitor: { files: 5, fileBytes: 3_600 * 1024 },
  alerts: { files: 4, fileBytes: 2_400 * 1024 },
  system_metrics: { files: 4, fileBytes: 2_600 * 1024 },
  app_metrics: { files: 4, fileBytes: 2_200 * 1024 },
};

const defaults = { level: 'info', ...logShares.monitor, checkMs: 2000 } as const;

/** The log directory: `MONITOR_LOG_DIR` if set, as with the predecessor S2, otherwise `logs` in `directory`. */
export function logDirectoryOf(directory: string, env: NodeJS.ProcessEnv, workingDirectory: string): string {
  const named = env['MONITOR_LOG_DIR'];
  return named === undefined || named === '' ? join(directory, 'logs') : resolve(workingDirectory, named);
}

/** A log with one record per line. */
export interface RecordLog {
  /** Writes one JSON object as one line. Never throws; lines that cannot be written are counted, as in `openLog`. */
  write(record: Readonly<Record<string, unknown>>): void;
  /** As `OpenLog.close`. */
  close(): Promise<void>;
}

/** Longest record, in characters. Longer ones are dropped and counted. */
const recordCharacters = 64 * 1024;

/** Opens `<name>.log` in `directory`, like `openLog` does with `monitor.log`. The first line creates the file. */
export function openRecordLog(
  directory: string,
  name: RecordLogName,
  options: Omit<LogOptions, 'level'> = {},
): RecordLog {
  const { files, fileBytes, checkMs } = { ...logShares[name], checkMs: defaults.checkMs, ...options };
  let file: LogFile | undefined;
  return {
    write(record) {
      try {
        const line = JSON.stringify(record);
        file ??= new LogFile(directory, `${name}.log`, files, fileBytes, checkMs);
        if (line.length <= recordCharacters) file.write(`${line}\n`);
        else file.lose();
      } catch {
        // A value that is no JSON or an unexpected file system error must not stop the work that is logged.
      }
    },
    close: async () => file?.close(),
  };
}

/**
 * Opens `monitor.log` in `directory`, one JSON object per line; older files are `monitor.log.1` and so on.
 *
 * It never throws and never stops the program: it creates a missing directory; if it cannot, it drops the lines and
 * retries, and the first line afterwards reports how many were lost. If the directory becomes a symbolic link while
 * running, nothing is written to its target.
 */
export function openLog(directory: string, options: LogOptions = {}): OpenLog {
  const { level, files, fileBytes, checkMs } = { ...defaults, ...options };
  const file = new LogFile(directory, 'monitor.log', files, fileBytes, checkMs);
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
      // A value that cannot be serialized must not stop the work that is logged.
    }
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (to) => {
      logger.level = to;
    },
    onProblem: (tell) => file.onProblem(tell),
    close: () => file.close(),
  };
}

/** Most bytes waiting for a slow disk; further lines are dropped and counted, so that memory stays bounded. */
const mostWaitingBytes = 4 << 20;

/** The rotating file as pino's destination. It is reopened if it was removed. */
class LogFile {
  readonly #directory: string;
  readonly #name: string;
  readonly #path: string;
  readonly #files: number;
  readonly #fileBytes: number;
  readonly #checkMs: number;
  #stream: RotatingFileStream | null = null;
  /** Real path of the directory when it was first opened. */
  #realDirectory: string | null = null;
  /** Inode of the current file; null if unknown, for example during a rotation. */
  #inode: bigint | null = null;
  #checkedAt = -Infinity;
  #lost = 0;
  #problem: string | null = null;
  #tell: ((problem: string | null) => void) | null = null;

  constructor(directory: string, name: string, files: number, fileBytes: number, checkMs: number) {
    this.#directory = directory;
    this.#name = name;
    this.#path = join(directory, name);
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
    this.#stream.write(plainLine(line));
  }

  onProblem(tell: (problem: string | null) => void): void {
    this.#tell = tell;
    tell(this.#problem);
  }

  /** Counts a line that could not be written. */
  lose(): void {
    this.#lost++;
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

  /** Opens the file if needed, and closes it if the directory no longer contains it. */
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
      if (real !== this.#realDirectory || isOther(this.#path)) {
        this.#fails(`${this.#path} is another file or leads elsewhere.`);
        return;
      }
    } catch (thrown) {
      this.#fails(fileError('created', this.#directory, thrown).message);
      return;
    }
    const stream = createStream(this.#name, {
      path: this.#directory,
      size: `${this.#fileBytes}B`,
      rotate: this.#files - 1,
      mode: 0o600,
    });
    this.#inode = null;
    stream.on('open', () => {
      if (this.#stream !== stream) return;
      this.#inode = inodeOf(this.#path);
      this.#fails(null);
    });
    stream.on('rotation', () => {
      if (this.#stream === stream) this.#inode = null;
    });
    stream.on('error', (thrown) => {
      if (this.#stream !== stream) return;
      this.#stream = null;
      this.#fails(fileError('written', this.#path, thrown).message);
    });
    this.#stream = stream;
  }

  #fails(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#tell?.(problem);
  }
}

/**
 * JSON escapes only control characters up to U+001F. This escapes the others too, and characters that reverse text or
 * end lines in some viewers, so that viewing a log is safe. All of them are inside JSON strings.
 */
function plainLine(line: string): string {
  return line.replace(/[\x7f-\x9f\u2028\u2029\p{Cf}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The inode of the file, or -1 if it does not exist. */
function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? -1n;
}

/** Whether something other than a regular file exists at the path. */
function isOther(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile();
}
