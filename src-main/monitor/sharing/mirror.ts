import { isSnoozed } from '../../alerts/announce.ts';
import type { Alert } from '../../contract/alert.ts';
import { markedWith, snoozeMarks, unsnoozeMarks } from '../judging/alert-book.ts';
import type { SharedStore } from '../state/host-store.ts';
import type { EvaluationStore, SharedEntry } from './evaluation-store.ts';

/** What somebody decided of an alert, whichever hub they were at. */
export type AlertMark =
  | { to: 'acknowledge'; id: string; by: string | null; note: string | null }
  | { to: 'unacknowledge'; id: string }
  | { to: 'snooze'; id: string; by: string | null; until: number | null }
  | { to: 'unsnooze'; id: string; by: string | null };

/** The first time, what was over before is not fetched again. */
const pastMs = 30 * 86_400_000;
/** Clocks of hubs agree about so well. */
const clocksApartMs = 60_000;

/** What is asked of the database. */
type Shared = Pick<EvaluationStore, 'shared' | 'past' | 'putTags' | 'removeHost'>;

interface MirrorParts {
  now(): number;
  /** Whether this hub evaluates the host: then it knows better. */
  isMine(host: string): boolean;
  /** Alerts of other hubs are so now: kept beside the own ones, and shown. Of those that are `old` nobody is told one by one. */
  show(alerts: Alert[], isOld: boolean): void;
  /** All that is old was shown. */
  caughtUp(): void;
  /** An owner gave these tags at another hub. */
  tag(host: string, tags: string[]): void;
  /** An owner removed the host at another hub, at that time. */
  remove(host: string, at: number): void;
  /** What another hub says could not be kept here; it is looked through again after the next connection. */
  failed(thrown: unknown): void;
  /** The tags that owners gave here. */
  tags(): ReadonlyMap<string, readonly string[]>;
  store: SharedStore;
}

/**
 * What is the same at every hub although another one evaluates: alerts, and what owners decided of hosts. The database has it and tells
 * of every change; after a loss of the connection all is looked through again, and what was decided here meanwhile is written.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  /** Alerts that fire at other hubs. */
  readonly #firing = new Map<string, Alert>();
  #isHearing = false;
  /** How often something could not be kept here, and how often when all was looked through last. */
  #failures = 0;
  #failuresBefore = 0;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  firing(): Alert[] {
    return [...this.#firing.values()].filter(({ series }) => !this.#parts.isMine(series.host));
  }

  /** The alert as it will be, where another hub evaluates it; undefined where none does. */
  marked(mark: AlertMark): Alert | undefined {
    const alert = this.#firing.get(mark.id);
    if (alert === undefined || this.#parts.isMine(alert.series.host)) return undefined;
    switch (mark.to) {
      case 'acknowledge':
        return markedWith(alert, {
          acknowledgedAt: this.#parts.now(),
          note: mark.note,
          ...(mark.by !== null && { acknowledgedBy: mark.by }),
        });
      case 'unacknowledge':
        return markedWith(alert, { acknowledgedAt: null, note: null });
      case 'snooze':
        return markedWith(alert, snoozeMarks(mark.by, mark.until, this.#parts.now()));
      case 'unsnooze':
        return isSnoozed(alert, this.#parts.now())
          ? markedWith(alert, unsnoozeMarks(mark.by, this.#parts.now()))
          : alert;
    }
  }

  /** Shows alerts of another hub. */
  take(alerts: readonly Alert[], isOld = false): void {
    const others = alerts.filter(({ series }) => !this.#parts.isMine(series.host));
    for (const alert of others) {
      if (alert.state === 'firing') this.#firing.set(alert.id, alert);
      else this.#firing.delete(alert.id);
    }
    if (others.length > 0) this.#here(() => this.#parts.show(others, isOld));
  }

  /** Whether what is being decided of a host was decided at another hub. */
  get isHearing(): boolean {
    return this.#isHearing;
  }

  /** Writes what was decided here. What fails is written the next time, also after a restart. */
  async tell(store: Shared): Promise<void> {
    for (const decided of this.#parts.store.untold()) {
      if ('tags' in decided) await store.putTags(decided.host, decided.tags);
      else await store.removeHost(decided.host, decided.removedAt);
      this.#here(() => this.#parts.store.told(decided));
    }
  }

  /** Looks through all: after a connection was made, and where hosts went to another hub. */
  async catchUp(store: Shared): Promise<void> {
    const now = this.#parts.now();
    const until = this.#parts.store.sharedUntil() ?? -Infinity;
    this.#failuresBefore = this.#failures;
    await this.tell(store);
    const entries = await store.shared();
    const told = new Set(entries.flatMap(({ kind, key }) => (kind === 'tags' ? [key] : [])));
    const open = new Set(entries.flatMap(({ kind, key }) => (kind === 'alert' ? [key] : [])));
    for (const id of this.#firing.keys()) if (!open.has(id)) this.#firing.delete(id);
    this.hear(entries);
    for await (const alerts of store.past(Math.max(until, now - pastMs) - clocksApartMs))
      this.take(alerts, true);
    this.#parts.caughtUp();
    this.#keptUntil(now);
    // From before there was a database.
    for (const [host, tags] of this.#parts.tags()) if (!told.has(host)) await store.putTags(host, tags);
  }

  /** All that is over is known here: what was said of it came with the connection, which held. */
  keptUp(): void {
    this.#keptUntil(this.#parts.now());
  }

  /** What could not be kept is fetched again from where all of it was, by whoever looks through all the next time. */
  #keptUntil(at: number): void {
    if (this.#failures === this.#failuresBefore) this.#here(() => this.#parts.store.putSharedUntil(at));
  }

  /** What the database has of these now. */
  hear(entries: readonly SharedEntry[]): void {
    this.take(
      entries.flatMap(({ kind, body }) => (kind === 'alert' || kind === 'past' ? [body as Alert] : [])),
    );
    const decidedHere = new Set(this.#parts.store.untold().map(({ host }) => host));
    this.#isHearing = true;
    try {
      for (const { kind, key, body } of entries) {
        if (kind === 'gone') this.#here(() => this.#parts.remove(key, Number(body)));
        if (kind === 'tags' && !decidedHere.has(key))
          this.#here(() => this.#parts.tag(key, body as string[]));
      }
    } finally {
      this.#isHearing = false;
    }
  }

  /** A full disk of this machine is no loss of the database: the hub goes on evaluating. */
  #here(keep: () => void): void {
    try {
      keep();
    } catch (thrown) {
      this.#failures++;
      this.#parts.failed(thrown);
    }
  }

  /** What other hubs do is not known any more. */
  forget(): void {
    this.#firing.clear();
  }
}
