import { availableParallelism, cpus, freemem, loadavg, networkInterfaces, totalmem, uptime } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type * as systeminformation from 'systeminformation';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import { PortableProcesses } from './portable-processes.ts';
import { readMountUsage, readVolume } from './volume.ts';
import type {
  Battery,
  ConnectionCounts,
  CoreTimes,
  CpuTimes,
  DeviceCounters,
  InterfaceCounters,
  LoadAverages,
  Memory,
  Mount,
  MountUsage,
  ProcessTable,
  Routes,
  System,
  Temperature,
  Uptime,
  Volume,
} from './system.ts';

/** Below the scheduler's longest deadline, so that the message can say which call hangs. */
const callDeadlineMs = 8_000;

/** systeminformation answers a second question within this time from its memory; counters would seem to stand still. */
const networkCacheMs = 500;

/**
 * Any platform, through Node itself where it can tell and systeminformation where it cannot. systeminformation starts
 * programs, has no deadlines, and says 0 where it could not read: here a call that hangs ends with `deadline`, is not
 * started a second time while it hangs, and a 0 that means "could not read" is left out or thrown as `unreadable`.
 */
export class PortableSystem implements System {
  readonly systemVolume: string;
  readonly #platform: NodeJS.Platform;
  /** Calls under way by name. */
  readonly #running = new Map<string, Promise<unknown>>();
  /** Those of them that have not answered in time. */
  readonly #late = new Set<string>();
  readonly #processes: PortableProcesses;
  readonly #load: () => Promise<Systeminformation>;
  readonly #deadlineMs: number;
  #loaded: Promise<Systeminformation> | null = null;
  #release: (() => void) | null = null;
  #networkReadAt = Number.NEGATIVE_INFINITY;

  /** All can be replaced, so that tests meet other platforms, and an installation that hangs or fails. */
  constructor(
    load: () => Promise<Systeminformation> = () => import('systeminformation'),
    deadlineMs = callDeadlineMs,
    platform: NodeJS.Platform = process.platform,
  ) {
    this.#platform = platform;
    this.systemVolume = platform === 'win32' ? `${process.env['SystemDrive'] ?? 'C:'}\\` : '/';
    this.#processes = new PortableProcesses(platform, availableParallelism());
    this.#load = load;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Milliseconds, all processors together (`os.cpus()`): busy = user + nice + sys + irq. Node leaves out iowait and steal on
   * Linux; macOS and Windows do not count them.
   */
  cpuTimes(): CpuTimes {
    let busy = 0;
    let idle = 0;
    for (const { times } of cpus()) {
      busy += times.user + times.nice + times.sys + times.irq;
      idle += times.idle;
    }
    if (busy + idle === 0) {
      throw new PlimsollError('unsupported', 'This system does not tell its processor times.');
    }
    return { busy, total: busy + idle };
  }

  /** Like `cpuTimes`, for each processor in the order of `os.cpus()`. */
  coreTimes(): CoreTimes[] {
    return cpus().map(({ times }, place) => {
      const busy = times.user + times.nice + times.sys + times.irq;
      return { core: String(place), busy, total: busy + times.idle };
    });
  }

  /** `os.loadavg()`, which on Windows says 0 because there is no such thing. */
  loadAverages(): LoadAverages | null {
    if (this.#platform === 'win32') return null;
    const [one = NaN, five = NaN, fifteen = NaN] = loadavg();
    return [one, five, fifteen];
  }

  /**
   * Windows: Node's total and free memory, where free is what is available (`ullAvailPhys`; so does psutil 5.9.4), without
   * starting a shell. Elsewhere systeminformation; on macOS its active pages (anonymous − purgeable + wired + compressed) are
   * used, and all others available. A swap space of 0 may mean that it could not be read, and is left out.
   */
  async memory(): Promise<Memory> {
    if (this.#platform === 'win32') {
      const total = totalmem();
      const available = freemem();
      return { total, available, used: total - available, free: available };
    }
    const { total, available, active, free, buffcache, swaptotal, swapused, swapfree } = await this.#call(
      'mem',
      (tool) => tool.mem(),
    );
    // No page cache at all means that its own reading failed and node:os stands in, which takes the cache for used.
    if (!(total > 0) || !(available > 0) || !(buffcache > 0)) {
      throw new PlimsollError('unreadable', 'systeminformation could not read the memory.', { retry: true });
    }
    const swap = { total: swaptotal, used: swapused, free: swapfree };
    return { total, available, used: present(active), free: present(free), ...(swaptotal > 0 && { swap }) };
  }

  /** Control groups are Linux's. */
  memoryLimit(): null {
    return null;
  }

  cpuLimit(): null {
    return null;
  }

  /** See `readVolume`. */
  volume(path: string): Promise<Volume> {
    return readVolume(path);
  }

  /** Interfaces whose both counters are 0 are left out: that is also the answer for one that could not be read. */
  async networkCounters(): Promise<InterfaceCounters[]> {
    await pause(Math.max(0, this.#networkReadAt + networkCacheMs + 10 - performance.now()));
    const answers = await this.#call('networkStats', (tool) => tool.networkStats('*'));
    this.#networkReadAt = performance.now();
    const interfaces: InterfaceCounters[] = [];
    for (const { iface, rx_bytes: receivedBytes, tx_bytes: sentBytes } of answers) {
      if (receivedBytes >= 0 && sentBytes >= 0 && receivedBytes + sentBytes > 0) {
        interfaces.push({ name: iface, receivedBytes, sentBytes });
      }
    }
    if (interfaces.length === 0) {
      throw new PlimsollError('unreadable', 'systeminformation could not read any network interface.', {
        retry: true,
      });
    }
    return interfaces;
  }

  /**
   * macOS: what lies on a device or comes from the network, each once. Windows: the drives; whether one is in the network is not
   * told, so that all but the system's are asked with the caution that those need.
   */
  async mounts(): Promise<Mount[]> {
    const answers = await this.#call('fsSize', (tool) => tool.fsSize());
    if (answers.length === 0) throw unreadable('file systems');
    const mounts = new Map<string, Mount>();
    for (const { fs: device, mount } of answers) {
      if (mounts.has(device)) continue;
      if (this.#platform === 'win32') {
        const path = `${mount}\\`;
        mounts.set(device, { path, remote: path.toUpperCase() !== this.systemVolume.toUpperCase() });
      } else if (device.startsWith('/dev/') || device.startsWith('//') || device.includes(':/')) {
        mounts.set(device, { path: mount, remote: !device.startsWith('/dev/') });
      }
    }
    return [...mounts.values()];
  }

  /** See `readMountUsage`. */
  mountUsage(path: string): Promise<MountUsage> {
    return readMountUsage(path);
  }

  /** macOS: all disks as one, without the time that they were busy; both numbers being 0 means that they could not be read. */
  async deviceCounters(): Promise<DeviceCounters[]> {
    if (this.#platform !== 'darwin') throw unsupported('the activity of disks');
    const requests = await this.#call('disksIO', (tool) => tool.disksIO());
    const bytes = await this.#call('fsStats', (tool) => tool.fsStats());
    const counted = {
      ...{ readBytes: bytes.rx, writtenBytes: bytes.wx },
      ...{ reads: requests.rIO, writes: requests.wIO },
    };
    const { readBytes, writtenBytes, reads, writes } = counted;
    if (!(readBytes + writtenBytes > 0) || !(reads + writes > 0)) throw unreadable('activity of disks');
    return [{ device: 'all', ...counted, busyMs: null }];
  }

  /** By netstat, which systeminformation starts. None at all means that it could not be read: something always listens. */
  async connections(): Promise<ConnectionCounts> {
    const counts = { tcp: 0, udp: 0 };
    for (const { protocol, state } of await this.#connections()) {
      if (protocol.startsWith('udp')) counts.udp++;
      else if (protocol.startsWith('tcp') && state !== 'TIME_WAIT') counts.tcp++;
    }
    return counts;
  }

  /** Like `connections`; states that are told in another language are left out. */
  async tcpStates(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { protocol, state } of await this.#connections()) {
      const name = state.toLowerCase();
      if (protocol.startsWith('tcp') && tcpStateNames.has(name))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  async #connections() {
    const answers = await this.#call('networkConnections', (tool) => tool.networkConnections());
    if (answers.length === 0) throw unreadable('connections');
    return answers;
  }

  /** Routes are not told without a program: a machine with an address for others has a way out, one without has none at all. */
  routes(): Routes {
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const isForOthers = ({ internal, address }: (typeof addresses)[number]) =>
      !internal && !/^(?:fe[89ab]|169\.254\.)/i.test(address);
    return { leadOut: addresses.some(isForOthers), leadTo: () => false };
  }

  /** `os.uptime()`; the start is counted back from now, to the second. */
  uptime(): Uptime {
    const seconds = uptime();
    return { seconds, bootedAt: Math.round(Date.now() / 1000 - seconds) };
  }

  /**
   * Windows: the zones of ACPI, where the system lets an ordinary user see them. macOS tells temperatures to packages with native code
   * only, which are not part of Plimsoll.
   */
  async temperatures(): Promise<Temperature[]> {
    const { main, cores } = await this.#call('cpuTemperature', (tool) => tool.cpuTemperature());
    const zones = cores.map((celsius, place) => ({ sensor: `zone ${place}`, celsius }));
    const told = (zones.length > 0 ? zones : [{ sensor: 'cpu', celsius: main }]).filter(
      ({ celsius }) => Number.isFinite(celsius) && celsius !== 0 && celsius > -50 && celsius < 150,
    );
    if (told.length > 0) return told;
    throw new PlimsollError('unsupported', 'This system tells Plimsoll no temperature.');
  }

  /** systeminformation starts one program for it. A charge of 0 could not be read: nobody would be here to ask. */
  async battery(): Promise<Battery> {
    const { hasBattery, percent, acConnected } = await this.#call('battery', (tool) => tool.battery());
    if (!hasBattery) throw new PlimsollError('unsupported', 'This machine has no battery.');
    if (!(percent > 0)) throw unreadable('battery');
    // Of a full battery on Windows it says that it is not plugged in, whatever is true.
    const isTold = !(this.#platform === 'win32' && percent >= 100 && !acConnected);
    return { percent: Math.min(100, percent), onAc: isTold ? acConnected : null };
  }

  /** See `PortableProcesses`. */
  async processes(): Promise<ProcessTable> {
    const { list } = await this.#call('processes', (tool) => tool.processes());
    if (list.length === 0) throw unreadable('processes');
    return this.#processes.take(list);
  }

  close(): void {
    this.#release?.();
    this.#release = null;
  }

  async #call<Answer>(name: string, ask: (tool: Systeminformation) => Promise<Answer>): Promise<Answer> {
    if (this.#late.has(name)) throw this.#hangs(name);
    // Two sources may ask the same at once, and neither of them hangs because of that.
    while (this.#running.has(name)) await this.#running.get(name);
    const answer = this.#open().then(ask);
    const end = () => {
      this.#running.delete(name);
      this.#late.delete(name);
    };
    this.#running.set(name, answer.then(end, end));
    const abort = new AbortController();
    const deadline = pause(this.#deadlineMs, undefined, { signal: abort.signal }).then(() => {
      this.#late.add(name);
      throw this.#hangs(name);
    });
    try {
      return await Promise.race([answer, deadline]);
    } catch (cause) {
      if (cause instanceof PlimsollError) throw cause;
      throw new PlimsollError('unreadable', `systeminformation's ${name} failed: ${messageOf(cause)}`, {
        retry: true,
        cause,
      });
    } finally {
      deadline.catch(() => undefined);
      abort.abort();
    }
  }

  #open(): Promise<Systeminformation> {
    this.#loaded ??= this.#load().then((tool) => {
      if (this.#platform === 'win32') {
        // One shell for all questions, instead of one start of PowerShell (about a second) for each.
        tool.powerShellStart();
        this.#release = () => tool.powerShellRelease();
      }
      return tool;
    });
    return this.#loaded;
  }

  #hangs(name: string): PlimsollError {
    return new PlimsollError(
      'deadline',
      `systeminformation's ${name} has not answered within ${this.#deadlineMs / 1000} s.`,
      { retry: true },
    );
  }
}

/** What is used of the package. */
export type Systeminformation = Pick<
  typeof systeminformation,
  | 'battery'
  | 'cpuTemperature'
  | 'disksIO'
  | 'fsSize'
  | 'fsStats'
  | 'mem'
  | 'networkConnections'
  | 'networkStats'
  | 'powerShellStart'
  | 'powerShellRelease'
  | 'processes'
>;

/** As on Linux. */
const tcpStateNames = new Set([
  ...['established', 'syn_sent', 'syn_recv', 'fin_wait1', 'fin_wait2', 'time_wait', 'close', 'close_wait'],
  ...['last_ack', 'listen', 'closing'],
]);

function unsupported(what: string): PlimsollError {
  return new PlimsollError('unsupported', `This operating system does not tell Plimsoll ${what}.`);
}

function unreadable(what: string): PlimsollError {
  return new PlimsollError('unreadable', `systeminformation could not read the ${what}.`, { retry: true });
}

function present(value: number): number | null {
  return value > 0 ? value : null;
}
