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
 * Memory of these processes in bytes: what each has for itself, and once what the largest of them maps from files, because
 * they run the same program; `RssAnon`, `RssFile` and `RssShmem` of `/proc/PID/status` (proc(5)). It is near the proportional
 * set size, but asking the kernel for that costs more than everything else that is done meanwhile. Null where the
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

/** Throws for a kernel that does not say (before 4.5). */
function kibibytes(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  if (found === null) throw new Error(`${name} is not there`);
  return Number(found[1]);
}
