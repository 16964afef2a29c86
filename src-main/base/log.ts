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

/** What is written down. Details keep their names; an error belongs under `error`. No method ever throws. */
export interface Log {
  debug(message: string, details?: Record<string, unknown>): void;
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

/** A log with a file behind it. */
export interface OpenLog extends Log {
  /** Tells more, or less, from now on. */
  setLevel(level: LogLevel): void;
  /** Tells why nothing is written, now and whenever that changes; null while it is. */
  onProblem(tell: (problem: string | null) => void): void;
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

/** How much each log may keep: the file that is written and those rotated away. */
interface LogShare {
  files: number;
  fileBytes: number;
}

/** The logs that a machine reads as records, beside `monitor.log`. */
export type RecordLogName = 'alerts' | 'system_metrics' | 'app_metrics';

/**
 * All files of all logs stay below 50 MiB together, whatever is logged and however many rotate at once: 46 MiB by their sizes. Lines
 * are capped, so that each file ends at most one line later.
 */
export const logShares: Readonly<Record<'monitor' | RecordLogName, LogShare>> = {
  monitor: { files: 5, fileBytes: 3_600 * 1024 },
  alerts: { files: 4, fileBytes: 2_400 * 1024 },
  system_metrics: { files: 4, fileBytes: 2_600 * 1024 },
  app_metrics: { files: 4, fileBytes: 2_200 * 1024 },
};

const defaults = { level: 'info', ...logShares.monitor, checkMs: 2000 } as const;

/** Where the logs are: where `MONITOR_LOG_DIR` says, as with the predecessor S2, or below `directory`. */
export function logDirectoryOf(directory: string, env: NodeJS.ProcessEnv, workingDirectory: string): string {
  const named = env['MONITOR_LOG_DIR'];
  return named === undefined || named === '' ? join(directory, 'logs') : resolve(workingDirectory, named);
}

/** A log whose lines are records. */
export interface RecordLog {
  /** One JSON object as one line. It never throws; what can not be written is counted, as in `openLog`. */
  write(record: Readonly<Record<string, unknown>>): void;
  /** As `OpenLog.close`. */
  close(): Promise<void>;
}

/** A record is told apart from a flood by its size, in characters. */
const recordCharacters = 64 * 1024;

/** Opens `<name>.log` in `directory`, as `openLog` opens `monitor.log`. The file is made by its first line. */
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
        // What is no JSON, or a file system that answers with surprises, must not stop the work that it was about.
      }
    },
    close: async () => file?.close(),
  };
}

/**
 * Opens `monitor.log` in `directory`, one JSON object per line; older files are `monitor.log.1` and so on.
 *
 * It never throws and never stops anything: without a directory to write in it makes one; where it can not, it stays
 * silent and tries again, and the first line afterwards says how many were lost. A directory that has become a symbolic
 * link to elsewhere while running is not written into.
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
      // Whatever could not be put into words must not stop the work that it was about.
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

/** What waits for a disk that hangs; beyond it lines are lost, and counted, rather than memory. */
const mostWaitingBytes = 4 << 20;

/** The rotating file as pino's destination, opened again when it is pulled away. */
class LogFile {
  readonly #directory: string;
  readonly #name: string;
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

  /** A line that is not written is counted all the same. */
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
 * JSON escapes control characters up to U+001F only. The others, and what turns text around or ends lines in some readers, are
 * escaped here, so that looking at a log moves no cursor. All of them stand inside texts of JSON.
 */
function plainLine(line: string): string {
  return line.replace(/[\x7f-\x9f\u2028\u2029\p{Cf}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
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
