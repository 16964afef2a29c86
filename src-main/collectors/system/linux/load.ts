import { statfsSync } from 'node:fs';
import { systemClock } from '../../../base/clock.ts';
import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';
import type { ProcFiles } from '../proc-files.ts';
import type { LoadAverages } from '../system.ts';

/** Sources that are read within this time share one reading. */
const sameMomentMs = 100;
/** PROC_SUPER_MAGIC of statfs(2). */
const procMagic = 0x9fa0;

/** What `/proc/loadavg` tells: the load averages, and the newest process. */
export class Load {
  readonly #files: ProcFiles;
  readonly #path: string;
  #isKernels: boolean | undefined;
  /** The newest process that was told last, and when. */
  #newest: { pid: number | null; monotonic: number } | null = null;

  constructor(files: ProcFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** The first three numbers of `/proc/loadavg` (proc(5)). */
  averages(): LoadAverages {
    const cursor = new ByteCursor(this.#files.readLine('loadavg'));
    const averages = [cursor.decimal(), cursor.decimal(), cursor.decimal()];
    if (averages.includes(null)) throw damaged(this.#path, 'it does not begin with three numbers');
    cursor.skipWord();
    this.#newest = { pid: cursor.number(), monotonic: systemClock.monotonic() };
    return averages as LoadAverages;
  }

  /**
   * The last number of `/proc/loadavg` (proc(5)). Null if there is none, and if the file is not the kernel's own: lxcfs
   * shows a container the numbers of the machine around it.
   */
  newestPid(): number | null {
    try {
      this.#isKernels ??= statfsSync(this.#path).type === procMagic;
      if (!this.#isKernels) return null;
      const age = this.#newest === null ? Infinity : systemClock.monotonic() - this.#newest.monotonic;
      // Processes that started since have a higher number, and are found by the next reading.
      if (age > sameMomentMs) this.averages();
      const newest = this.#newest?.pid ?? null;
      this.#newest = null;
      return newest === 0 ? null : newest;
    } catch {
      return null;
    }
  }
}
