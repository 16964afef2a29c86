import { existsSync } from 'node:fs';
import { systemClock } from '../../base/clock.ts';
import { ByteCursor } from './byte-cursor.ts';
import { damaged, ProcFiles } from './proc-files.ts';
import { ControlGroups } from './linux/control-groups.ts';
import { readDeviceCounters, WholeDevices } from './linux/block-devices.ts';
import { Interfaces } from './linux/interfaces.ts';
import { Load } from './linux/load.ts';
import { MemoryUse } from './linux/memory-use.ts';
import { MountList } from './linux/mount-list.ts';
import { readBattery } from './linux/power.ts';
import { descriptorsToKeep, pageBytesOf } from './linux/process-limits.ts';
import { ProcessFiles } from './linux/process-table.ts';
import { ProcessorTimes } from './linux/processor-times.ts';
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

/** Reads Linux from `/proc` and `/sys` without starting a program. Tests pass other roots to read from. */
export class LinuxSystem implements System {
  readonly systemVolume = '/';
  readonly #procRoot: string;
  readonly #files: ProcFiles;
  readonly #processor: ProcessorTimes;
  readonly #load: Load;
  readonly #memory: MemoryUse;
  readonly #interfaces: Interfaces;
  readonly #mounts: MountList;
  readonly #sysRoot: string;
  readonly #pageBytes: number | null;
  readonly #groups: ControlGroups;
  readonly #memoryLimit = new Seldom(() => (this.#exists('self/cgroup') ? this.#groups.memory() : null));
  readonly #cpuLimit = new Seldom(() => (this.#exists('self/cgroup') ? this.#groups.cpu() : null));
  #whole: WholeDevices | null = null;
  /** Once seen, it stays for as long as the kernel runs. */
  #hasIpv6 = false;
  #processes: ProcessFiles | null = null;

  constructor(procRoot = '/proc', sysRoot = '/sys', pageBytes = pageBytesOf('/proc/self/auxv')) {
    this.#pageBytes = pageBytes;
    this.#procRoot = procRoot;
    this.#sysRoot = sysRoot;
    this.#files = new ProcFiles(procRoot);
    this.#processor = new ProcessorTimes(this.#files, this.#path('stat'));
    this.#load = new Load(this.#files, this.#path('loadavg'));
    this.#memory = new MemoryUse(this.#files, this.#path('meminfo'));
    this.#interfaces = new Interfaces(this.#files, this.#path('net/dev'));
    this.#mounts = new MountList(this.#files);
    this.#groups = new ControlGroups(this.#files, sysRoot);
  }

  /** See `ProcessorTimes`. */
  cpuTimes(): CpuTimes {
    return this.#processor.all();
  }

  /** See `ProcessorTimes`. */
  coreTimes(): CoreTimes[] {
    return this.#processor.ofCores();
  }

  /** See `Load`. */
  loadAverages(): LoadAverages {
    return this.#load.averages();
  }

  /** See `MemoryUse`. */
  memory(): Memory {
    return this.#memory.read();
  }

  /** See `ControlGroups`; kernels without them have no file for them. */
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

  /** See `Interfaces`. */
  networkCounters(): InterfaceCounters[] {
    return this.#interfaces.read();
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
    return { seconds, bootedAt: this.#processor.bootedAt() };
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
      bootedAt: () => this.#processor.bootedAt(),
      newestPid: () => this.#load.newestPid(),
      monotonic: () => systemClock.monotonic(),
    });
    return this.#processes.read(mustLook);
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

  #path(name: string): string {
    return `${this.#procRoot}/${name}`;
  }
}
