import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type * as systeminformation from 'systeminformation';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import { readMountUsage, readVolume } from './volume.ts';
import type {
  Battery,
  CoreTimes,
  CpuTimes,
  InterfaceCounters,
  LoadAverages,
  Memory,
  Mount,
  MountUsage,
  System,
  Uptime,
  Volume,
} from './system.ts';

/** Below the scheduler's longest deadline, so that the message can say which call hangs. */
const callDeadlineMs = 8_000;

/** systeminformation answers a second question within this time from its memory; counters would seem to stand still. */
const networkCacheMs = 500;

/**
 * Any platform, through Node itself where it can tell and systeminformation where it can not. systeminformation starts
 * programs, has no deadlines, and says 0 where it could not read: here a call that hangs ends with `deadline`, is not
 * started a second time while it hangs, and a 0 that means "could not read" is left out or thrown as `unreadable`.
 */
export class PortableSystem implements System {
  readonly systemVolume = process.platform === 'win32' ? `${process.env['SystemDrive'] ?? 'C:'}\\` : '/';
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #load: () => Promise<Systeminformation>;
  readonly #deadlineMs: number;
  #loaded: Promise<Systeminformation> | null = null;
  #release: (() => void) | null = null;
  #networkReadAt = Number.NEGATIVE_INFINITY;

  /** `load` and `deadlineMs` can be replaced so that tests meet an installation that hangs or fails. */
  constructor(
    load: () => Promise<Systeminformation> = () => import('systeminformation'),
    deadlineMs = callDeadlineMs,
  ) {
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
    if (process.platform === 'win32') return null;
    const [one = NaN, five = NaN, fifteen = NaN] = loadavg();
    return [one, five, fifteen];
  }

  /**
   * Windows: Node's total and free memory, where free is what is available (`ullAvailPhys`; so does psutil 5.9.4), without
   * starting a shell. Elsewhere systeminformation; on macOS its active pages (anonymous − purgeable + wired + compressed) are
   * used, and all others available. A swap space of 0 may mean that it could not be read, and is left out.
   */
  async memory(): Promise<Memory> {
    if (process.platform === 'win32') {
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

  /** Windows: the drives are not listed without a program. */
  async mounts(): Promise<Mount[]> {
    if (process.platform === 'win32') throw unsupported('mounted file systems');
    const answers = await this.#call('fsSize', (tool) => tool.fsSize());
    const mounts = new Map<string, Mount>();
    for (const { fs: device, mount: path } of answers) {
      if (!device.startsWith('/dev/') && !device.startsWith('//') && !device.includes(':/')) continue;
      if (!mounts.has(device)) mounts.set(device, { path, remote: !device.startsWith('/dev/') });
    }
    return [...mounts.values()];
  }

  /** See `readMountUsage`. */
  mountUsage(path: string): Promise<MountUsage> {
    return readMountUsage(path);
  }

  deviceCounters(): never {
    throw unsupported('disk input and output');
  }

  connections(): never {
    throw unsupported('connections');
  }

  tcpStates(): never {
    throw unsupported('connections');
  }

  /** `os.uptime()`; the start is counted back from now, to the second. */
  uptime(): Uptime {
    const seconds = uptime();
    return { seconds, bootedAt: Math.round(Date.now() / 1000 - seconds) };
  }

  temperatures(): never {
    throw unsupported('temperatures');
  }

  /** systeminformation starts one program for it. */
  async battery(): Promise<Battery> {
    const { hasBattery, percent, acConnected } = await this.#call('battery', (tool) => tool.battery());
    if (!hasBattery) throw new PlimsollError('unsupported', 'This machine has no battery.');
    return { percent, onAc: acConnected };
  }

  processes(): never {
    throw unsupported('processes');
  }

  close(): void {
    this.#release?.();
    this.#release = null;
  }

  async #call<Answer>(name: string, ask: (tool: Systeminformation) => Promise<Answer>): Promise<Answer> {
    if (this.#running.has(name)) throw this.#hangs(name);
    const answer = this.#open().then(ask);
    const ended = answer.then(
      () => this.#running.delete(name),
      () => this.#running.delete(name),
    );
    this.#running.set(name, ended);
    const abort = new AbortController();
    const deadline = pause(this.#deadlineMs, undefined, { signal: abort.signal }).then(() => {
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
      if (process.platform === 'win32') {
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
  'battery' | 'fsSize' | 'mem' | 'networkStats' | 'powerShellStart' | 'powerShellRelease'
>;

function unsupported(what: string): PlimsollError {
  return new PlimsollError('unsupported', `Plimsoll does not read ${what} on this operating system yet.`);
}

function present(value: number): number | null {
  return value > 0 ? value : null;
}
