import { existsSync, statfsSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { systemClock } from '../../base/clock.ts';
import { ByteCursor } from './byte-cursor.ts';
import { damaged, ProcFiles } from './proc-files.ts';
import { ControlGroups } from './linux/control-groups.ts';
import { readDeviceCounters, WholeDevices } from './linux/block-devices.ts';
import { MountList } from './linux/mount-list.ts';
import { readBattery } from './linux/power.ts';
import { descriptorsToKeep, pageBytesOf } from './linux/process-limits.ts';
import { ProcessFiles } from './linux/process-table.ts';
import { Seldom } from './linux/seldom.ts';
import { readTemperatures } from './linux/sensors.ts';
import { readRoutes } from './linux/routes.ts';
import { countTcpStates, socketsInUse } from './linux/sockets.ts';
import { readVolume } from './volume.ts';
import type {
  Battery,
  ConnectionCounts,
  CoreTimes,
  CpuLimit,
  CpuTimes,
  DeviceCounters,
  InterfaceCounters,
  LoadAverages,
  Memory,
  MemoryLimit,
  Mount,
  MountUsage,
  ProcessInfo,
  ProcessTable,
  Routes,
  System,
  Temperature,
  Uptime,
  Volume,
} from './system.ts';

/** Linux, read from `/proc` and `/sys` without starting a program. The roots are other places to read from, for tests. */
export class LinuxSystem implements System {
  readonly systemVolume = '/';
  readonly #procRoot: string;
  readonly #files: ProcFiles;
  readonly #mounts: MountList;
  readonly #sysRoot: string;
  readonly #pageBytes: number | null;
  readonly #groups: ControlGroups;
  readonly #memoryLimit = new Seldom(() => (this.#exists('self/cgroup') ? this.#groups.memory() : null));
  readonly #cpuLimit = new Seldom(() => (this.#exists('self/cgroup') ? this.#groups.cpu() : null));
  #whole: WholeDevices | null = null;
  /** What was there once is there for as long as the kernel runs. */
  #hasIpv6 = false;
  #processes: ProcessFiles | null = null;
  #isKernelsLoad: boolean | undefined;
  readonly #interfaceColumns = new Float64Array(16);
  /** What was read of each core in this turn of the event loop, for who asks for all of them together first. */
  #cores: CoreTimes[] | null = null;
  /** What `/proc/loadavg` told last, and when. */
  #newest: { pid: number | null; monotonic: number } | null = null;
  /** Where each line of `/proc/meminfo` began in the reading before: their lengths hardly ever change. */
  readonly #meminfoStarts = new Map<MeminfoName, number>();

  constructor(procRoot = '/proc', sysRoot = '/sys', pageBytes = pageBytesOf('/proc/self/auxv')) {
    this.#pageBytes = pageBytes;
    this.#procRoot = procRoot;
    this.#sysRoot = sysRoot;
    this.#files = new ProcFiles(procRoot);
    this.#mounts = new MountList(this.#files);
    this.#groups = new ControlGroups(this.#files, sysRoot);
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
    const bytes = this.#files.readShort('stat');
    const cursor = new ByteCursor(bytes);
    if (!cursor.take(allCoresWord)) {
      throw damaged(this.#path('stat'), 'its first line does not begin with "cpu"');
    }
    const times = this.#ticks(cursor);
    cursor.nextLine();
    this.#keepCores(bytes, cursor);
    return times;
  }

  /** The kernel counts everything anew for each reading of this file. */
  #keepCores(bytes: Buffer, cursor: ByteCursor): void {
    try {
      this.#cores = this.#coresIn(bytes, cursor);
    } catch {
      // Who asks for them is told.
      this.#cores = null;
    }
    queueMicrotask(() => (this.#cores = null));
  }

  /** The lines `cpuN` that follow the first one; a core that is switched off has none. */
  coreTimes(): CoreTimes[] {
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
    if (cores.length === 0) throw damaged(this.#path('stat'), 'it has no line for a single core');
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
    if (column < 4) throw damaged(this.#path('stat'), 'a "cpu" line has fewer than four numbers');
    if (column < 8 && cursor.position !== cursor.lineEnd()) {
      throw damaged(this.#path('stat'), 'a "cpu" line holds something that is not a number');
    }
    return { busy: total - idle, total };
  }

  /** The first three numbers of `/proc/loadavg` (proc(5)). */
  loadAverages(): LoadAverages {
    const cursor = new ByteCursor(this.#files.readLine('loadavg'));
    const averages = [cursor.decimal(), cursor.decimal(), cursor.decimal()];
    if (averages.includes(null)) throw damaged(this.#path('loadavg'), 'it does not begin with three numbers');
    cursor.skipWord();
    this.#newest = { pid: cursor.number(), monotonic: systemClock.monotonic() };
    return averages as LoadAverages;
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
   * because there Cached stands alone. Swap: used = SwapTotal − SwapFree, as `swap_memory`.
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
    const { SwapTotal: swapTotal, SwapFree: swapFree } = lines;
    return {
      total,
      available,
      used: usedMemory(lines, total),
      free,
      // Distorted values of a container are no swap space at all.
      ...(swapTotal !== null &&
        swapFree !== null &&
        swapFree <= swapTotal && { swap: { total: swapTotal, used: swapTotal - swapFree, free: swapFree } }),
    };
  }

  /** See `ControlGroups`; a kernel without them has no file for them. */
  memoryLimit(): MemoryLimit | null {
    return this.#memoryLimit.look();
  }

  /** See `ControlGroups`. */
  cpuLimit(): CpuLimit | null {
    return this.#cpuLimit.look();
  }

  /** See `readVolume`. */
  volume(path: string): Promise<Volume> {
    return readVolume(path);
  }

  /**
   * From `/proc/net/dev` (proc(5)): after two header lines one line per interface, `name: ` and sixteen counters:
   * received bytes, packets, errs, drop, fifo, frame, compressed, multicast, then sent bytes, packets, errs, drop, fifo,
   * colls, carrier, compressed. A name may contain a colon, so the last colon of the line ends it
   * (as psutil 5.9.4, `net_io_counters`); the kernel allows every byte in it but white space and `/`.
   */
  networkCounters(): InterfaceCounters[] {
    const bytes = this.#files.readShort('net/dev');
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
      const columns = this.#interfaceColumns;
      for (let column = 0; column < columns.length; column++) {
        const value = cursor.number();
        if (value === null) throw damaged(this.#path('net/dev'), 'a line has fewer than sixteen numbers');
        columns[column] = value;
      }
      const at = (column: number) => columns[column] ?? NaN;
      interfaces.push({
        name: textOf(name),
        receivedBytes: at(0),
        sentBytes: at(8),
        packets: { received: at(1), sent: at(9), errors: at(2) + at(10), drops: at(3) + at(11) },
      });
      cursor.nextLine();
    }
    return interfaces;
  }

  /** See `MountList`. */
  mounts(): readonly Mount[] {
    return this.#mounts.mounts();
  }

  /** See `MountList`. */
  mountUsage(path: string): Promise<MountUsage> | MountUsage {
    return this.#mounts.usage(path);
  }

  /** See `readDeviceCounters`. */
  deviceCounters(): DeviceCounters[] {
    this.#whole ??= new WholeDevices(this.#sysRoot);
    return readDeviceCounters(this.#files.readShort('diskstats'), this.#path('diskstats'), this.#whole);
  }

  /** See `socketsInUse`; without IPv6 there is no second file. */
  connections(): ConnectionCounts {
    const path = this.#path('net/sockstat');
    const bytes = this.#files.readShort('net/sockstat');
    const [tcp, udp] = [socketsInUse(bytes, 'TCP', path), socketsInUse(bytes, 'UDP', path)];
    if (tcp === null || udp === null) throw damaged(path, 'it has no line for TCP or for UDP');
    const [tcp6, udp6] = this.#connections6();
    return { tcp: tcp + tcp6, udp: udp + udp6 };
  }

  #connections6(): [tcp: number, udp: number] {
    this.#hasIpv6 ||= this.#exists('net/sockstat6');
    if (!this.#hasIpv6) return [0, 0];
    const path = this.#path('net/sockstat6');
    const bytes = this.#files.readShort('net/sockstat6');
    return [socketsInUse(bytes, 'TCP6', path) ?? 0, socketsInUse(bytes, 'UDP6', path) ?? 0];
  }

  /** See `countTcpStates`. */
  tcpStates(): Map<string, number> {
    const counts = new Map<string, number>();
    countTcpStates(this.#files.read('net/tcp'), counts);
    if (this.#exists('net/tcp6')) countTcpStates(this.#files.read('net/tcp6'), counts);
    return counts;
  }

  /** See `readRoutes`. */
  routes(): Routes {
    return readRoutes(this.#procRoot, this.#sysRoot);
  }

  /** `/proc/uptime` and the line `btime` of `/proc/stat` (proc(5)). */
  uptime(): Uptime {
    const seconds = new ByteCursor(this.#files.readLine('uptime')).decimal();
    if (seconds === null) throw damaged(this.#path('uptime'), 'it does not begin with a number');
    return { seconds, bootedAt: this.#bootedAt() };
  }

  #bootedAt(): number {
    const cursor = new ByteCursor(this.#files.readShort('stat'));
    while (!cursor.atEnd) {
      if (cursor.take(bootWord)) {
        const seconds = cursor.number();
        if (seconds !== null) return seconds;
      }
      cursor.nextLine();
    }
    throw damaged(this.#path('stat'), 'it has no btime');
  }

  /** See `readTemperatures`. */
  temperatures(): Promise<Temperature[]> {
    return readTemperatures(this.#sysRoot);
  }

  /** See `readBattery`. */
  battery(): Promise<Battery> {
    return readBattery(this.#sysRoot);
  }

  /** See `ProcessFiles`. */
  processes(mustLook?: (process: ProcessInfo) => boolean): ProcessTable {
    this.#processes ??= new ProcessFiles({
      root: this.#procRoot,
      pageBytes: this.#pageBytes,
      mostKept: descriptorsToKeep('/proc/self/limits'),
      bootedAt: () => this.#bootedAt(),
      newestPid: () => this.#newestPid(),
      monotonic: () => systemClock.monotonic(),
    });
    return this.#processes.read(mustLook);
  }

  /**
   * The last number of `/proc/loadavg` (proc(5)); null where there is none, and where the file is another's than the kernel's: what
   * lxcfs shows to a container are numbers of the machine around it.
   */
  #newestPid(): number | null {
    try {
      this.#isKernelsLoad ??= statfsSync(this.#path('loadavg')).type === procMagic;
      if (!this.#isKernelsLoad) return null;
      const age = this.#newest === null ? Infinity : systemClock.monotonic() - this.#newest.monotonic;
      // Who came since has a newer number, and is found by the next reading.
      if (age > sameMomentMs) this.loadAverages();
      const newest = this.#newest?.pid ?? null;
      this.#newest = null;
      return newest === 0 ? null : newest;
    } catch {
      return null;
    }
  }

  close(): void {
    this.#files.close();
    this.#groups.close();
    this.#processes?.close();
    this.#processes = null;
  }

  #exists(name: string): boolean {
    return existsSync(this.#path(name));
  }

  #meminfo(): MeminfoLines {
    const lines: MeminfoLines = {
      MemTotal: null,
      MemFree: null,
      MemAvailable: null,
      Buffers: null,
      Cached: null,
      SReclaimable: null,
      SwapTotal: null,
      SwapFree: null,
    };
    const bytes = this.#files.readShort('meminfo');
    const cursor = new ByteCursor(bytes);
    for (const { name, word } of meminfoWords) {
      if (!this.#findMeminfo(name, word, bytes, cursor)) continue;
      const kibibytes = cursor.number();
      if (kibibytes === null) throw damaged(this.#path('meminfo'), `${name} is not a number`);
      lines[name] = kibibytes * 1024;
    }
    return lines;
  }

  /** Moves behind the word with which a line of that name begins; false where there is none. */
  #findMeminfo(name: MeminfoName, word: Buffer, bytes: Buffer, cursor: ByteCursor): boolean {
    const known = this.#meminfoStarts.get(name);
    if (known !== undefined && (known === 0 || bytes[known - 1] === lineFeed)) {
      cursor.moveTo(known);
      if (cursor.take(word)) return true;
    }
    cursor.moveTo(0);
    while (!cursor.atEnd) {
      const start = cursor.position;
      if (cursor.take(word)) {
        this.#meminfoStarts.set(name, start);
        return true;
      }
      cursor.nextLine();
    }
    return false;
  }

  #path(name: string): string {
    return `${this.#procRoot}/${name}`;
  }
}

const space = 0x20;
const lineFeed = 0x0a;
/** What is told of two sources that are read together is of one moment. */
const sameMomentMs = 100;
/** PROC_SUPER_MAGIC of statfs(2). */
const procMagic = 0x9fa0;
const allCoresWord = Buffer.from('cpu ');
const coreWord = Buffer.from('cpu');
const bootWord = Buffer.from('btime ');
const meminfoNames = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SReclaimable',
  'SwapTotal',
  'SwapFree',
] as const;
type MeminfoName = (typeof meminfoNames)[number];
const meminfoWords = meminfoNames.map((name) => ({ name, word: Buffer.from(`${name}:`) }));

/** Two names that are not UTF-8 must not become the same one. */
function textOf(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** Bytes; null where the line is missing. */
type MeminfoLines = Record<MeminfoName, number | null>;

function availableMemory({ MemAvailable, MemFree, Cached }: MeminfoLines, total: number): number | null {
  const available = MemAvailable ?? (MemFree === null || Cached === null ? null : MemFree + Cached);
  return available !== null && available > total ? MemFree : available;
}

function usedMemory({ MemFree, Buffers, Cached, SReclaimable }: MeminfoLines, total: number): number | null {
  if (MemFree === null || Buffers === null || Cached === null) return null;
  const used = total - MemFree - Buffers - Cached - (SReclaimable ?? 0);
  return used < 0 ? total - MemFree : used;
}
