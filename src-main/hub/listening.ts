import type { ShortIngest } from '../api/short-ingest.ts';
import type { Clock } from '../base/clock.ts';
import { isLoopback } from '../base/loopback.ts';
import type { ListeningProblem, ListeningView } from '../contract/listening.ts';
import { codeAndMessage } from '../contract/error.ts';
import type { Answer } from './ways.ts';
import { listen, refuseExposure } from './listener.ts';
import type { Listener } from './listener.ts';
import { readTls } from './tls.ts';
import type { Tls } from './tls.ts';
import type { Address, Wanted } from './wanted.ts';

/** A port becomes free, a file is repaired, a first token is created: it is retried without being told. */
const againAfterMs = 5000;
/** How often certificates are read again, because they are renewed in place. */
const readAgainAfterMs = 3_600_000;

interface ListeningParts {
  answer: Answer;
  /** As in `HttpServerOptions`. */
  short?: ShortIngest;
  /** As in `HttpServerOptions`. */
  onUnexpected?: (error: unknown) => void;
  /** Whether there is a valid token. */
  hasToken(): boolean;
  clock: Pick<Clock, 'after'>;
  /** Called when it listens elsewhere, or when its problem changed. */
  onChange(): void;
  /** Called when other machines can reach it from now on, without encryption. */
  warn(message: string): void;
}

interface Open {
  address: Address;
  listener: Listener;
  tls: Tls | undefined;
}

/**
 * The listeners of a running program, which can move while it runs. New ones are opened before old ones are closed. If
 * both need the same port, the old ones are opened again when that fails: a working listener is never lost.
 */
export class Listening {
  readonly #parts: ListeningParts;
  #open: readonly Open[] = [];
  #names: readonly string[] = [];
  #wanted: Wanted = { addresses: [], tls: undefined, names: [] };
  #problem: ListeningProblem | null = null;
  /** The current step, for the problem if it fails. */
  #trying: Pick<ListeningProblem, 'about' | 'address'> = { about: 'address', address: null };
  #last: Promise<void> = Promise.resolve();
  #cancelNext: () => void = () => undefined;
  #isClosed = false;
  /** The place of the last warning. */
  #exposed = '';

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  get open(): ListeningView['open'] {
    return this.#open.map(({ listener, tls }) => ({
      ...listener.address,
      isTls: tls !== undefined,
      url: listener.url,
    }));
  }

  get problem(): ListeningProblem | null {
    return this.#problem;
  }

  /** Listens for the first time. Throws like `listen`, `readTls` and `refuseExposure`. */
  start(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    return this.#turn(async () => {
      await this.#move(wanted);
      this.#lookAgain(readAgainAfterMs);
    });
  }

  /** Moves to the wanted place. A failure becomes its `problem`, and is retried until it succeeds. */
  follow(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    return this.#turn(() => this.#try());
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelNext();
    return this.#turn(async () => {
      await Promise.all(this.#open.map(({ listener }) => listener.close()));
      this.#open = [];
    });
  }

  async #try(): Promise<void> {
    if (this.#isClosed) return;
    const before = JSON.stringify([this.open, this.#problem]);
    try {
      await this.#move(this.#wanted);
      this.#problem = null;
    } catch (thrown) {
      this.#problem = { ...this.#trying, ...codeAndMessage(thrown) };
    }
    this.#lookAgain(this.#problem === null ? readAgainAfterMs : againAfterMs);
    if (JSON.stringify([this.open, this.#problem]) !== before) this.#tell();
  }

  /** A program that closed it meanwhile has removed its note about where it listens. */
  #tell(): void {
    if (!this.#isClosed) this.#parts.onChange();
  }

  #lookAgain(afterMs: number): void {
    this.#cancelNext();
    if (this.#isClosed) return;
    this.#cancelNext = this.#parts.clock.after(afterMs, () => void this.#turn(() => this.#try()));
  }

  async #move({ addresses, tls: files, names }: Wanted): Promise<void> {
    this.#trying = { about: 'tls', address: null };
    const tls = addresses.length === 0 ? undefined : files && readTls(files);
    const fits = (open: Open, address: Address): boolean =>
      (open.tls === undefined) === (tls === undefined) &&
      open.address.host === address.host &&
      open.address.port === address.port;
    const leaving = new Set(this.#open.filter((open) => !addresses.some((address) => fits(open, address))));
    const made: Open[] = [];
    const closed: Open[] = [];
    try {
      for (const address of addresses) {
        if (this.#open.some((open) => fits(open, address))) continue;
        this.#trying = { about: 'token', address: { host: address.host, port: address.port } };
        refuseExposure(address.host, this.#parts.hasToken());
        this.#trying = { ...this.#trying, about: 'address' };
        // Whether an address and a wider one can use the same port depends on the system.
        for (const open of leaving) {
          if (address.port === 0 || open.listener.address.port !== address.port) continue;
          leaving.delete(open);
          closed.push(open);
          await open.listener.close();
        }
        made.push(await this.#listen(address, tls, names));
      }
    } catch (thrown) {
      await Promise.all(made.map(({ listener }) => listener.close()));
      await this.#openAgain(closed);
      throw thrown;
    }
    const all = [...this.#open.filter((open) => !leaving.has(open) && !closed.includes(open)), ...made];
    this.#open = addresses.flatMap((address) => all.filter((open) => fits(open, address)));
    this.#names = names;
    for (const open of this.#open) {
      open.tls = tls;
      open.listener.renew({ names, tls });
    }
    this.#warn();
    await Promise.all([...leaving].map(({ listener }) => listener.close()));
  }

  /** Warns at the start and after each move, once for each place. */
  #warn(): void {
    const exposed = this.#open
      .filter(({ tls, address }) => tls === undefined && !isLoopback(address.host))
      .map(({ listener }) => `${listener.address.host}, port ${listener.address.port}`)
      .join('; ');
    const isNew = exposed !== '' && exposed !== this.#exposed;
    this.#exposed = exposed;
    if (isNew)
      this.#parts.warn(
        `everyone on the network reaches ${exposed}, and what passes can be read on the way: it is plain HTTP; name a certificate and its key`,
      );
  }

  async #listen(address: Address, tls: Tls | undefined, names: readonly string[]): Promise<Open> {
    const { answer, short, onUnexpected } = this.#parts;
    const listener = await listen({ ...address, answer, short, onUnexpected, tls, names });
    return { address, tls, listener };
  }

  /** Opens again the listeners whose port the new ones could not get. */
  async #openAgain(closed: readonly Open[]): Promise<void> {
    const open: Open[] = [];
    for (const one of this.#open) {
      if (!closed.includes(one)) open.push(one);
      else {
        const { port } = one.listener.address;
        const again = { ...one.address, port };
        const reopened = await this.#listen(again, one.tls, this.#names).catch(() => undefined);
        if (reopened !== undefined) open.push({ ...reopened, address: one.address });
      }
    }
    this.#open = open;
  }

  /** Runs one task after the other. */
  #turn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** The notice about it; null if it listens as the settings say. */
export function listeningNotice({ open, problem }: Pick<Listening, 'open' | 'problem'>): string | null {
  if (problem === null) return null;
  const still =
    open.length === 0
      ? 'It listens nowhere.'
      : `It still listens at ${open.map(({ url }) => url).join(', ')}.`;
  return `Plimsoll does not listen as the settings say: ${problem.message}. ${still}`;
}
