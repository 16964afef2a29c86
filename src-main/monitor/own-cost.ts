import { readFileSync } from 'node:fs';
import type { OwnCost } from '../contract/status.ts';

/**
 * Adds up the cost of Plimsoll's own processes. Children report the processor time they have used since they started; a
 * restarted child begins at 0 again.
 */
export class OwnCostMeter {
  readonly #children = new Map<string, number>();
  #before: { monotonic: number; cpuMs: number } | undefined;

  /** `cpuMs`: processor time that the child `name` has used since it started. */
  report(name: string, cpuMs: number): void {
    this.#children.set(name, cpuMs);
  }

  /** `pids`: the running processes, including this one. The first call has no processor share yet. */
  measure(pids: readonly number[], now: number, monotonic: number): OwnCost {
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1000 + [...this.#children.values()].reduce((sum, ms) => sum + ms, 0);
    const before = this.#before;
    this.#before = { monotonic, cpuMs };
    const share =
      before === undefined || monotonic <= before.monotonic || cpuMs < before.cpuMs
        ? null
        : ((cpuMs - before.cpuMs) / (monotonic - before.monotonic)) * 100;
    return {
      at: now,
      cpuPercent: share === null ? null : Math.round(share * 100) / 100,
      memoryBytes: memoryOf(pids),
    };
  }
}

/**
 * Memory of these processes in bytes: the private memory of each, plus once the largest file mapping of any, because
 * they run the same program; from `RssAnon`, `RssFile` and `RssShmem` of `/proc/PID/status` (proc(5)). This is close to
 * the proportional set size, but the kernel computes that at a higher cost than everything else here. Null if the
 * system has no such file.
 */
function memoryOf(pids: readonly number[]): number | null {
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      own += kibibytes(status, 'RssAnon');
      shared = Math.max(shared, kibibytes(status, 'RssFile') + kibibytes(status, 'RssShmem'));
    } catch {
      return null;
    }
  }
  return (own + shared) * 1024;
}

/** Throws for a kernel that does not report it (before 4.5). */
function kibibytes(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  if (found === null) throw new Error(`${name} is not there`);
  return Number(found[1]);
}
