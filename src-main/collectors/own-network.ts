import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../base/clock.ts';
import type { ResolveName } from '../base/http/lookup.ts';
import { systemResolve } from '../base/http/lookup.ts';
import type { Reading } from '../contract/sample.ts';
import type { Beat } from './beat.ts';
import type { Routes, System } from './system/system.ts';

const lookEveryMs = 10_000;

/** A network that is back needs a moment until names are looked up and neighbours are found: one interval, but no longer than this. */
const graceAtMostMs = 60_000;

/** Less than two readings of one source are ever apart, so that they stay in their order. */
const lookupMs = 400;

interface OwnNetworkOptions {
  system: Pick<System, 'routes'>;
  clock: Clock;
  beat: Beat;
  /** After each change; null while nothing can be told. */
  onChange(isUp: boolean | null): void;
  resolve?: ResolveName;
}

/**
 * Knows whether this machine has a network. While it has none, silence says nothing about whoever was asked: `weigh` tells
 * which readings these are. Whoever is reached without a route out is asked as ever: this machine, and its neighbours.
 */
export class OwnNetwork {
  readonly #options: OwnNetworkOptions;
  #isUp: boolean | null | undefined;
  #cancelLook: (() => void) | undefined;
  /** The routes that are left, as of the last look without a way out, and when the first such look was. */
  #left: Routes | null = null;
  #downMonotonic = NaN;
  #backMonotonic = -Infinity;
  /** Somebody out there answered although no way led there: what this system tells of its routes is not all. */
  #isContradicted = false;

  constructor(options: OwnNetworkOptions) {
    this.#options = options;
  }

  /** Looks every ten seconds from now on. */
  start(): void {
    if (this.#cancelLook === undefined) this.#lookAndWait();
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /**
   * The reading as it counts. When `host` (null: some name server) was silent because this machine had no network, or has it
   * back for less than an interval, that is an error of its own, `network_down`, without samples.
   */
  weigh(reading: Reading, host: string | null, intervalMs: number): Reading | Promise<Reading> {
    const beganMonotonic = this.#options.clock.monotonic() - reading.durationMs;
    if (!isSilence(reading)) {
      if (this.#isUp === false && isAnswer(reading) && beganMonotonic >= this.#downMonotonic)
        void this.#noteAnswer(host);
      return reading;
    }
    this.#look();
    const graceMs = Math.min(intervalMs, graceAtMostMs);
    if (this.#isUp !== false && beganMonotonic >= this.#backMonotonic + graceMs) return reading;
    const silent = { ...reading, samples: [], error: noNetwork };
    const isBeyond = this.#isBeyond(host, reading.samples.length > 0);
    if (isBeyond instanceof Promise) return isBeyond.then((beyond) => (beyond ? silent : reading));
    return isBeyond ? silent : reading;
  }

  /**
   * Whether a host can be asked through a way out alone. A name that could not be looked up leads nowhere that is known; where
   * something was connected to (`wasFound`), it can be looked up again.
   */
  #isBeyond(host: string | null, wasFound: boolean): boolean | Promise<boolean> {
    if (host === null) return true;
    if (isIP(host) !== 0) return this.#areBeyond([host]);
    if (/^(?:.+\.)?localhost\.?$/i.test(host)) return false;
    return !wasFound || this.#addressesOf(host).then((addresses) => this.#areBeyond(addresses));
  }

  #areBeyond(addresses: readonly string[]): boolean {
    const own = ownAddresses();
    return addresses.every((address) => !isOwn(address, own) && this.#left?.leadTo(address) !== true);
  }

  /** None within 0.4 s is none at all. */
  async #addressesOf(name: string): Promise<string[]> {
    const { clock, resolve = systemResolve } = this.#options;
    const { promise: late, resolve: giveUp } = Promise.withResolvers<string[]>();
    const cancel = clock.after(lookupMs, () => giveUp([]));
    const found = resolve(name).then(
      (addresses) => addresses.map(({ address }) => address),
      () => [],
    );
    const addresses = await Promise.race([found, late]);
    cancel();
    return addresses;
  }

  /** An answer from beyond proves that there is a way that the system does not tell of, as with tables of a VPN's own. */
  async #noteAnswer(host: string | null): Promise<void> {
    if (host === null) return;
    const addresses = isIP(host) === 0 ? await this.#addressesOf(host) : [host];
    // Mostly, it is the first to find that the network is back.
    this.#look();
    if (addresses.length === 0 || !this.#areBeyond(addresses) || this.#isUp !== false) return;
    this.#isContradicted = true;
    this.#enter(null);
  }

  #lookAndWait(): void {
    const { clock, beat } = this.#options;
    this.#look();
    const due = (Math.floor(clock.monotonic() / lookEveryMs) + 1) * lookEveryMs;
    this.#cancelLook = beat.at(due, () => this.#lookAndWait());
  }

  #look(): void {
    const { system } = this.#options;
    let routes: Routes | null = null;
    try {
      routes = system.routes();
    } catch {
      // What cannot be told excuses nobody.
    }
    if (routes?.leadOut === true) this.#isContradicted = false;
    if (routes?.leadOut === false) this.#left = routes;
    this.#enter(this.#isContradicted ? null : (routes?.leadOut ?? null));
  }

  #enter(isUp: boolean | null): void {
    if (isUp === this.#isUp) return;
    const now = this.#options.clock.monotonic();
    if (isUp === false) this.#downMonotonic = now;
    // What is contradicted was no outage, and needs no grace.
    if (this.#isUp === false && isUp === true) this.#backMonotonic = now;
    this.#isUp = isUp;
    this.#options.onChange(isUp);
  }
}

const noNetwork = {
  code: 'network_down',
  message: 'This machine has no network, or has it back only just: whether it would answer is not known.',
};

/** Whether nobody answered. What was answered, and what is wrong with the settings, says the same with and without a network. */
function isSilence({ samples, error }: Reading): boolean {
  if (error !== null) return error.code === 'unreachable' || error.code === 'deadline';
  return samples.some(({ metric, value }) => metric === 'reachable' && value === 0);
}

function isAnswer({ samples }: Reading): boolean {
  return samples.some(({ metric, value }) => metric === 'reachable' && value === 1);
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
  );
}

function isOwn(address: string, own: ReadonlySet<string>): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address) || own.has(address);
}
