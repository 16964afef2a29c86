import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';
import type { ProcFiles } from '../proc-files.ts';
import type { CoreTimes, CpuTimes } from '../system.ts';

const space = 0x20;
const allCoresWord = Buffer.from('cpu ');
const coreWord = Buffer.from('cpu');
const bootWord = Buffer.from('btime ');

/** What `/proc/stat` tells: how busy the processor and its cores were, and when the kernel started. */
export class ProcessorTimes {
  readonly #files: ProcFiles;
  /** Of the file, for errors. */
  readonly #path: string;
  /** The cores read in this turn of the event loop, for callers that ask for the sum of all first. */
  #cores: CoreTimes[] | null = null;

  constructor(files: ProcFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /**
   * Clock ticks from the first line of `/proc/stat` (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal,
   * guest, guest_nice. As in psutil 5.9.4 (`_cpu_tot_time`, `_cpu_busy_time`), the total excludes guest and guest_nice,
   * because the kernel has already counted them in user and nice; busy = total − idle − iowait. Columns that old
   * kernels lack count as 0.
   *
   * A single column may go backwards (proc(5) says so of iowait, when a wait is counted as idle after all); idle and
   * iowait together do not, so these sums are steadier than their parts.
   */
  all(): CpuTimes {
    const bytes = this.#files.readShort('stat');
    const cursor = new ByteCursor(bytes);
    if (!cursor.take(allCoresWord)) {
      throw damaged(this.#path, 'its first line does not begin with "cpu"');
    }
    const times = this.#ticks(cursor);
    cursor.nextLine();
    this.#keepCores(bytes, cursor);
    return times;
  }

  /** Keeps the cores, because the kernel computes everything anew for each reading of this file. */
  #keepCores(bytes: Buffer, cursor: ByteCursor): void {
    try {
      this.#cores = this.#coresIn(bytes, cursor);
    } catch {
      // Whoever asks for them gets the error.
      this.#cores = null;
    }
    queueMicrotask(() => (this.#cores = null));
  }

  /** From the lines `cpuN` after the first one; a core that is switched off has none. */
  ofCores(): CoreTimes[] {
    if (this.#cores !== null) return this.#cores;
    const bytes = this.#files.readShort('stat');
    return this.#coresIn(bytes, new ByteCursor(bytes));
  }

  #coresIn(bytes: Buffer, cursor: ByteCursor): CoreTimes[] {
    const cores: CoreTimes[] = [];
    while (cursor.take(coreWord)) {
      const start = cursor.position;
      const core = cursor.number();
      if (core !== null && cursor.position > start && bytes[start] !== space) {
        cores.push({ core: String(core), ...this.#ticks(cursor) });
      }
      cursor.nextLine();
    }
    if (cores.length === 0) throw damaged(this.#path, 'it has no line for a single core');
    return cores;
  }

  #ticks(cursor: ByteCursor): CpuTimes {
    let total = 0;
    let idle = 0;
    let column = 0;
    for (; column < 8; column++) {
      const ticks = cursor.number();
      if (ticks === null) break;
      total += ticks;
      if (column === 3 || column === 4) idle += ticks;
    }
    if (column < 4) throw damaged(this.#path, 'a "cpu" line has fewer than four numbers');
    if (column < 8 && cursor.position !== cursor.lineEnd()) {
      throw damaged(this.#path, 'a "cpu" line holds something that is not a number');
    }
    return { busy: total - idle, total };
  }

  /** When the kernel started, seconds since 1970: the line `btime`. */
  bootedAt(): number {
    const cursor = new ByteCursor(this.#files.readShort('stat'));
    while (!cursor.atEnd) {
      if (cursor.take(bootWord)) {
        const seconds = cursor.number();
        if (seconds !== null) return seconds;
      }
      cursor.nextLine();
    }
    throw damaged(this.#path, 'it has no btime');
  }
}
