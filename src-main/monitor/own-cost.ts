import { readFileSync } from 'node:fs';
import type { OwnCost } from '../contract/status.ts';

/**
 * Adds up what Plimsoll's own processes cost. Children report the processor time they have used since they started;
 * a child that was restarted begins again at 0.
 */
export class OwnCostMeter {
  readonly #children = new Map<string, number>();
  #before: { monotonic: number; cpuMs: number } | undefined;

  /** `cpuMs`: processor time that the child `name` has used since it started. */
  report(name: string, cpuMs: number): void {
    this.#children.set(name, cpuMs);
  }

  /** `pids`: the processes that are running now, this one included. The first call has no processor share yet. */
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
 * Memory of these processes in bytes: proportional set size, in which shared pages count once, from
 * `/proc/PID/smaps_rollup` (proc(5)). Null where the system has no such file.
 */
function memoryOf(pids: readonly number[]): number | null {
  let kibibytes = 0;
  for (const pid of pids) {
    try {
      const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
      if (found === null) return null;
      kibibytes += Number(found[1]);
    } catch {
      return null;
    }
  }
  return kibibytes * 1024;
}
