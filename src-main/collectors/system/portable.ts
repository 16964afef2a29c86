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

/** Shorter than the scheduler's longest deadline, so that the message can name the call that hangs. */
const callDeadlineMs = 8_000;

/**
 * systeminformation answers a second query within this time from its cache, so that counters would seem to stand still.
 */
const networkCacheMs = 500;

/**
 * Any platform, through Node where possible and otherwise through systeminformation. systeminformation starts programs,
 * has no deadlines, and returns 0 when it could not read. Here a hanging call ends with `deadline` and is not started
 * again while it hangs, and a 0 that means "could not read" is left out or thrown as `unreadable`.
 */
export class PortableSystem implements System {
  readonly systemVolume: string;
  readonly #platform: NodeJS.Platform;
  /** Calls under way by name. */
  readonly #running = new Map<string, Promise<unknown>>();
  /** Calls among them that missed their deadline. */
  readonly #late = new Set<string>();
  readonly #processes: PortableProcesses;
  readonly #load: () => Promise<Systeminformation>;
  readonly #deadlineMs: number;
  #loaded: Promise<Systeminformation> | null = null;
  #release: (() => void) | null = null;
  #networkReadAt = Number.NEGATIVE_INFINITY;

  /**
   * All parameters can be replaced, so that tests can simulate other platforms and a systeminformation that hangs or
   * fails.
   */
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
   * Milliseconds, all processors together (`os.cpus()`): busy = user + nice + sys + irq. On Linux, Node omits iowait
   * and steal; macOS and Windows do not count them.
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

  /** `os.loadavg()`, except on Windows, where it returns 0 because there is no such thing. */
  loadAverages(): LoadAverages | null {
    if (this.#platform === 'win32') return null;
    const [one = NaN, five = NaN, fifteen = NaN] = loadavg();
    return [one, five, fifteen];
  }

  /**
   * Windows: Node's total and free memory, where free means available (`ullAvailPhys`; as in psutil 5.9.4), without
   * starting a shell. Elsewhere systeminformation: on macOS its active pages (anonymous − purgeable + wired +
   * compressed) are used, and all others available. A swap size of 0 may mean that it could not be read, and is left
   * out.
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
    // No page cache at all means that systeminformation could not read it and fell back to node:os, which counts the
    // cache as used.
    if (!(total > 0) || !(available > 0) || !(buffcache > 0)) {
      throw new PlimsollError('unreadable', 'systeminformation could not read the memory.', { retry: true });
    }
    const swap = { total: swaptotal, used: swapused, free: swapfree };
    return { total, available, used: present(active), free: present(free), ...(swaptotal > 0 && { swap }) };
  }

  /** Only Linux has control groups. */
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

  /** Interfaces with both counters 0 are left out: 0 is also the result for one that could not be read. */
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
   * macOS: file systems on a device or on the network, each once. Windows: the drives; which of them are on the network
   * is unknown, so all but the system drive are treated as if they were.
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

  /** macOS: all disks as one, without busy time; if both numbers are 0, they could not be read. */
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

  /**
   * From netstat, which systeminformation starts. No connections at all means that they could not be read: something
   * always listens.
   */
  async connections(): Promise<ConnectionCounts> {
    const counts = { tcp: 0, udp: 0 };
    for (const { protocol, state } of await this.#connections()) {
      if (protocol.startsWith('udp')) counts.udp++;
      else if (protocol.startsWith('tcp') && state !== 'TIME_WAIT') counts.tcp++;
    }
    return counts;
  }

  /** Like `connections`; states in another language are left out. */
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

  /**
   * Routes cannot be read without starting a program. A machine with a non-local address counts as having a way out,
   * one without it as having none.
   */
  routes(): Routes {
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const isForOthers = ({ internal, address }: (typeof addresses)[number]) =>
      !internal && !/^(?:fe[89ab]|169\.254\.)/i.test(address);
    return { leadOut: addresses.some(isForOthers), leadTo: () => false };
  }

  /** From `os.uptime()`; the boot time is computed from it, to the second. */
  uptime(): Uptime {
    const seconds = uptime();
    return { seconds, bootedAt: Math.round(Date.now() / 1000 - seconds) };
  }

  /**
   * Windows: ACPI thermal zones, if an ordinary user may read them. On macOS only packages with native code can read
   * temperatures, and Plimsoll has none.
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

  /**
   * systeminformation starts one program for it. A charge of 0 means that it could not be read: the machine would be
   * off.
   */
  async battery(): Promise<Battery> {
    const { hasBattery, percent, acConnected } = await this.#call('battery', (tool) => tool.battery());
    if (!hasBattery) throw new PlimsollError('unsupported', 'This machine has no battery.');
    if (!(percent > 0)) throw unreadable('battery');
    // On Windows it reports a full battery as not plugged in, whether or not it is.
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
    // Two sources may ask for the same at once; neither counts as hanging because of that.
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
        // One shell for all queries, instead of starting PowerShell (about a second) for each.
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

/** The functions used from the package. */
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
