import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../base/log.ts';
import { Spool } from '../deliveries/onward/spool.ts';
import type { SpoolBounds, SpoolEntry } from '../deliveries/onward/spool.ts';
import type { OutgoingReading } from '../deliveries/onward/spool-record.ts';
import { HandClock } from './hand-clock.ts';

/** A folder for the spool of one destination, which is made by the spool itself, and a clock that is turned by hand. */
export class SpoolFolder {
  readonly #parent = mkdtempSync(join(tmpdir(), 'plimsoll-spool-'));
  readonly directory = join(this.#parent, 'hub');
  readonly clock = new HandClock();
  readonly #spools: Spool[] = [];

  async opened(bounds?: Partial<SpoolBounds>): Promise<Spool> {
    const spool = new Spool({
      ...{ directory: this.directory, clock: this.clock, log: silentLog },
      bounds: { bytesAtMost: 1e9, ageAtMostMs: 7 * 86_400_000, segmentBytes: 1e6, ...bounds },
    });
    this.#spools.push(spool);
    await spool.ready;
    return spool;
  }

  /** A reading with this number as its only value. */
  reading(value: number): OutgoingReading {
    return {
      ...{ host: 'box', source: 'cpu', at: this.clock.now() },
      samples: [{ metric: 'cpu_percent', labels: {}, value, unit: 'percent' }],
    };
  }

  files(): string[] {
    return existsSync(this.directory) ? readdirSync(this.directory).sort() : [];
  }

  /** Closes what a test that failed left open too: Node warns of each file that nobody closed. */
  async remove(): Promise<void> {
    for (const spool of this.#spools) await spool.close();
    rmSync(this.#parent, { recursive: true });
  }
}

/** The values of what waits, in order. */
export async function valuesOf(spool: Spool, entries: Iterable<SpoolEntry>): Promise<number[]> {
  const readings = await spool.read([...entries]);
  return readings.flatMap(({ samples }) => samples.map(({ value }) => value));
}
