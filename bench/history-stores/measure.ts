import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a store needed for a recording. */
export interface Measured {
  bytesPerSample: number;
  samplesPerSecond: number;
  /** All samples of one series of a day, in milliseconds. */
  dayMs: number;
}

/** Removed when the bench ends. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  if (temporaries.push(directory) === 1) process.on('exit', removeTemporaries);
  return directory;
}

const temporaries: string[] = [];

function removeTemporaries(): void {
  for (const directory of temporaries) rmSync(directory, { recursive: true, force: true });
}

/** Processor time of this process in milliseconds: what other work on the machine changes less. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The same of this thread alone: so long nothing else is done. What V8's other threads compile and clear away holds up nobody. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The quickest of many rounds, in milliseconds: what the others took longer was other work on the machine. */
export async function quickest(rounds: number, work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    await work();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}

/** All files below a directory. */
export function bytesBelow(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

export function report(name: string, text: string): void {
  console.log(`${name.padEnd(64)} ${text}`);
}
