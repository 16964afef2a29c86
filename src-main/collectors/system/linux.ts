import { isUtf8 } from 'node:buffer';
import { ByteCursor } from './byte-cursor.ts';
import { damaged, ProcFiles } from './proc-files.ts';
import { readVolume } from './volume.ts';
import type { CpuTimes, InterfaceCounters, Memory, System, Volume } from './system.ts';

/** Linux, read from `/proc` without starting a program. `procRoot` is another place to read from, for tests. */
export class LinuxSystem implements System {
  readonly systemVolume = '/';
  readonly #procRoot: string;
  readonly #files: ProcFiles;

  constructor(procRoot = '/proc') {
    this.#procRoot = procRoot;
    this.#files = new ProcFiles(procRoot);
  }

  /**
   * Clock ticks from the first line of `/proc/stat` (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal,
   * guest, guest_nice. As psutil 5.9.4 counts (`_cpu_tot_time`, `_cpu_busy_time`): the kernel has already counted guest
   * in user and guest_nice in nice, so the total leaves these two out; busy = total − idle − iowait. Old kernels have
   * fewer columns; those they lack were counted nowhere.
   *
   * A single column may go backwards (proc(5) says so of iowait, when a wait is counted as idle after all); idle and
   * iowait together do not, so these sums are steadier than their parts.
   */
  cpuTimes(): CpuTimes {
    const cursor = new ByteCursor(this.#files.readLine('stat'));
    if (!cursor.take(cpuWord)) throw damaged(this.#path('stat'), 'its first line does not begin with "cpu"');
    let total = 0;
    let idle = 0;
    let column = 0;
    for (; column < 8; column++) {
      const ticks = cursor.number();
      if (ticks === null) break;
      total += ticks;
      if (column === 3 || column === 4) idle += ticks;
    }
    if (column < 4) throw damaged(this.#path('stat'), 'its first line has fewer than four numbers');
    if (column < 8 && cursor.position !== cursor.lineEnd()) {
      throw damaged(this.#path('stat'), 'its first line holds something that is not a number');
    }
    return { busy: total - idle, total };
  }

  /**
   * From `/proc/meminfo`, whose kB are KiB, as psutil 5.9.4 does (`virtual_memory`): available = MemAvailable; used =
   * MemTotal − MemFree − Buffers − Cached − SReclaimable, or MemTotal − MemFree where that is negative, as inside
   * containers that show distorted values; an available beyond the total is replaced by MemFree for the same reason.
   *
   * Where MemAvailable is missing (kernels before 3.14, emulated kernels), available = MemFree + Cached, psutil's coarse
   * estimate. Its finer one needs zone watermarks in units of a page size that Node does not tell.
   *
   * A missing line makes absent what is computed from it; only SReclaimable (kernels before 2.6.19) counts as nothing,
   * because there Cached stands alone.
   */
  memory(): Memory {
    const lines = this.#meminfo();
    const total = lines.MemTotal;
    if (total === null || total === 0) throw damaged(this.#path('meminfo'), 'it has no MemTotal');
    const free = lines.MemFree;
    const available = availableMemory(lines, total);
    if (available === null) {
      throw damaged(this.#path('meminfo'), 'it has neither MemAvailable nor both MemFree and Cached');
    }
    return { total, available, used: usedMemory(lines, total), free };
  }

  /** See `readVolume`. */
  volume(path: string): Promise<Volume> {
    return readVolume(path);
  }

  /**
   * From `/proc/net/dev` (proc(5)): after two header lines one line per interface, `name: ` and sixteen counters, of which
   * the first is received and the ninth is sent bytes. A name may contain a colon, so the last colon of the line ends it
   * (as psutil 5.9.4, `net_io_counters`); the kernel allows every byte in it but white space and `/`.
   */
  networkCounters(): InterfaceCounters[] {
    const bytes = this.#files.read('net/dev');
    const cursor = new ByteCursor(bytes);
    cursor.nextLine();
    cursor.nextLine();
    const interfaces: InterfaceCounters[] = [];
    while (!cursor.atEnd) {
      cursor.skipSpaces();
      const colon = bytes.lastIndexOf(':', cursor.lineEnd());
      if (colon <= cursor.position) throw damaged(this.#path('net/dev'), 'a line has no interface name');
      const name = bytes.subarray(cursor.position, colon);
      cursor.moveTo(colon + 1);
      let receivedBytes = 0;
      let sentBytes = 0;
      for (let column = 0; column < 16; column++) {
        const value = cursor.number();
        if (value === null) throw damaged(this.#path('net/dev'), 'a line has fewer than sixteen numbers');
        if (column === 0) receivedBytes = value;
        if (column === 8) sentBytes = value;
      }
      // Two names that are not UTF-8 must not become the same one.
      interfaces.push({ name: name.toString(isUtf8(name) ? 'utf8' : 'latin1'), receivedBytes, sentBytes });
      cursor.nextLine();
    }
    return interfaces;
  }

  close(): void {
    this.#files.close();
  }

  #meminfo(): MeminfoLines {
    const lines: MeminfoLines = {
      MemTotal: null,
      MemFree: null,
      MemAvailable: null,
      Buffers: null,
      Cached: null,
      SReclaimable: null,
    };
    const cursor = new ByteCursor(this.#files.read('meminfo'));
    while (!cursor.atEnd) {
      for (const { name, word } of meminfoWords) {
        if (!cursor.take(word)) continue;
        const kibibytes = cursor.number();
        if (kibibytes === null) throw damaged(this.#path('meminfo'), `${name} is not a number`);
        lines[name] = kibibytes * 1024;
        break;
      }
      cursor.nextLine();
    }
    return lines;
  }

  #path(name: string): string {
    return `${this.#procRoot}/${name}`;
  }
}

const cpuWord = Buffer.from('cpu ');
const meminfoNames = ['MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached', 'SReclaimable'] as const;
const meminfoWords = meminfoNames.map((name) => ({ name, word: Buffer.from(`${name}:`) }));

/** Bytes; null where the line is missing. */
type MeminfoLines = Record<(typeof meminfoNames)[number], number | null>;

function availableMemory({ MemAvailable, MemFree, Cached }: MeminfoLines, total: number): number | null {
  const available = MemAvailable ?? (MemFree === null || Cached === null ? null : MemFree + Cached);
  return available !== null && available > total ? MemFree : available;
}

function usedMemory({ MemFree, Buffers, Cached, SReclaimable }: MeminfoLines, total: number): number | null {
  if (MemFree === null || Buffers === null || Cached === null) return null;
  const used = total - MemFree - Buffers - Cached - (SReclaimable ?? 0);
  return used < 0 ? total - MemFree : used;
}
