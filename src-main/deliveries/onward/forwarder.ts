import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { DestinationHealth } from '../../contract/delivery.ts';
import { messageOf } from '../../contract/error.ts';
import type { Unit } from '../../contract/metric.ts';
import type { Reading } from '../../contract/sample.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { Lane, newStanding } from './lane.ts';
import { onwardOptionsOf, sampleFilter } from './sample-destination.ts';
import type { SampleDestination, SampleDestinationKind, SampleSurroundings } from './sample-destination.ts';
import { Spool, usualBounds } from './spool.ts';
import type { SpoolBounds } from './spool.ts';

export interface ForwarderParts {
  /** Contains a spool folder for each destination. */
  spools: string;
  clock: Clock;
  log: Log;
  surroundings: Omit<SampleSurroundings, 'trace'>;
  findKind(kind: string): SampleDestinationKind | undefined;
  unitOf(source: string, metric: string): Unit;
  /** Numbers in [0, 1), for the jitter of retries. */
  random?: () => number;
  bounds?: SpoolBounds;
}

interface Route {
  /** The settings as text, to detect changes. */
  settings: string;
  wants: (source: string, metric: string) => boolean;
  lane: Lane;
  spool: Spool;
}

/**
 * Sends samples to the destinations for samples, each at its own pace and with its own spool: a slow or dead one delays
 * no other, and nothing here delays the caller of `take`.
 */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #routes = new Map<string, Route>();
  #ending: Promise<void> = Promise.resolve();
  #isTidied = false;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  /**
   * Sets the current destinations; those of other kinds are ignored. Samples for a removed destination stay until they
   * are too old, and are sent if there is a destination of that name again.
   */
  configure(destinations: readonly DestinationSettings[]): void {
    const wanted = new Map<string, { destination: DestinationSettings; kind: SampleDestinationKind }>();
    for (const destination of destinations) {
      const kind = this.#parts.findKind(destination.kind);
      if (kind !== undefined) wanted.set(destination.name, { destination, kind });
    }
    for (const [name, route] of this.#routes) {
      if (wanted.has(name)) continue;
      this.#routes.delete(name);
      this.#end(route);
    }
    for (const { destination, kind } of wanted.values()) this.#configure(destination, kind);
    if (this.#isTidied) return;
    this.#isTidied = true;
    void this.#removeLeft().catch((error: unknown) =>
      this.#parts.log.warn('old spools could not be looked at', { error }),
    );
  }

  /** Returns at once. */
  take({ host, source, at, samples }: Reading): void {
    for (const { wants, lane } of this.#routes.values()) {
      const wanted = samples.filter(({ metric, value }) => Number.isFinite(value) && wants(source, metric));
      if (wanted.length === 0) continue;
      const withUnits = wanted.map((sample) => ({
        ...sample,
        unit: this.#parts.unitOf(source, sample.metric),
      }));
      lane.take({ host, source, at, samples: withUnits });
    }
  }

  /** The state of each destination for samples, in no particular order. */
  health(): DestinationHealth[] {
    return [...this.#routes].map(([destination, { lane }]) => {
      const { arrivedAt, failingSince, error } = lane.standing;
      const { samples, nextAt } = lane;
      return { destination, waiting: 0, failed: 0, arrivedAt, failingSince, error, nextAt, samples };
    });
  }

  /** Writes pending samples to disk and ends. Running requests get two seconds. */
  async stop(): Promise<void> {
    for (const route of this.#routes.values()) this.#end(route);
    this.#routes.clear();
    await this.#ending;
  }

  #end({ lane, spool }: Route): void {
    const done = lane.stop().then(() => spool.close());
    this.#ending = Promise.all([this.#ending, done]).then(() => undefined);
  }

  #configure(destination: DestinationSettings, kind: SampleDestinationKind): void {
    const { clock, log, random = Math.random, bounds = usualBounds } = this.#parts;
    const { name } = destination;
    const settings = JSON.stringify(destination);
    const former = this.#routes.get(name);
    if (former?.settings === settings) return;
    const onward = onwardOptionsOf(destination);
    const spool =
      former?.spool ?? new Spool({ directory: join(this.#parts.spools, folderOf(name)), clock, log, bounds });
    const begins = Promise.all([spool.ready, former?.lane.stop()]).then(() => undefined);
    const lane = new Lane(
      {
        ...{ name, spool, begins, clock, log, random },
        destination: destination.enabled ? this.#open(destination, kind) : null,
        intervalMs: (onward.everySeconds ?? kind.everySeconds) * 1000,
        samplesAtMost: kind.samplesAtMost,
        inOrder: kind.inOrder,
      },
      former?.lane.standing ?? newStanding(),
    );
    this.#routes.set(name, { settings, wants: sampleFilter(onward), lane, spool });
  }

  /** A destination that cannot be opened fails at every attempt, so that it shows why. */
  #open(
    { name, kind: _kind, enabled: _enabled, ...options }: DestinationSettings,
    kind: SampleDestinationKind,
  ): SampleDestination {
    try {
      return kind.open(kind.options.parse(options), this.#parts.surroundings);
    } catch (thrown) {
      this.#parts.log.error('a destination could not be opened', { destination: name, error: thrown });
      return { send: () => Promise.reject(thrown instanceof Error ? thrown : new Error(messageOf(thrown))) };
    }
  }

  /** Removes the spools of removed destinations once everything in them is too old to be sent. */
  async #removeLeft(): Promise<void> {
    const { spools, clock, log, bounds = usualBounds } = this.#parts;
    const kept = new Set([...this.#routes.keys()].map(folderOf));
    for (const folder of await readdir(spools).catch(() => [])) {
      if (kept.has(folder) || !folderName.test(folder)) continue;
      const path = join(spools, folder);
      const names = await readdir(path).catch(() => []);
      const times = await Promise.all(names.map(async (file) => (await stat(join(path, file))).mtimeMs));
      if (Math.max(-Infinity, ...times) > clock.now() - bounds.ageAtMostMs) continue;
      log.info('a spool was removed whose destination is gone', { path });
      await rm(path, { recursive: true, force: true });
    }
  }
}

const folderName = /^[a-z0-9-]{0,40}[0-9a-f]{12}$/;

/** The name of a destination's folder: the readable part of the destination's name, and a unique suffix. */
function folderOf(name: string): string {
  const readable = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 39);
  const hash = createHash('sha256').update(name.normalize('NFC')).digest('hex').slice(0, 12);
  return readable === '' ? hash : `${readable}-${hash}`;
}
