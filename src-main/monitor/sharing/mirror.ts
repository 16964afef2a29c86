import type { Alert } from '../../contract/alert.ts';
import { markedWith } from '../judging/alert-book.ts';
import type { EvaluationStore, SharedEntry } from './evaluation-store.ts';

/** What somebody decided of an alert, whichever hub they were at. */
export type AlertMark =
  | { to: 'acknowledge'; id: string; by: string | null; note: string | null }
  | { to: 'unacknowledge'; id: string }
  | { to: 'snooze'; id: string; until: number | null };

/** The first time, what was over before is not fetched again. */
const pastMs = 30 * 86_400_000;
/** Clocks of hubs agree about so well. */
const clocksApartMs = 60_000;

/** What is asked of the database. */
type Shared = Pick<EvaluationStore, 'shared' | 'putTags' | 'removeHost'>;

interface MirrorParts {
  now(): number;
  /** Whether this hub evaluates the host: then it knows better. */
  isMine(host: string): boolean;
  /** Alerts of other hubs are so now: kept beside the own ones, and shown. */
  show(alerts: Alert[]): void;
  /** An owner gave these tags at another hub. */
  tag(host: string, tags: string[]): void;
  /** An owner removed the host at another hub, at that time. */
  remove(host: string, at: number): void;
  /** What another hub says could not be kept here; it is looked through again after the next connection. */
  failed(thrown: unknown): void;
  /** The tags that owners gave here. */
  tags(): ReadonlyMap<string, readonly string[]>;
}

/**
 * What is the same at every hub although another one evaluates: alerts, and what owners decided of hosts. The database has it and tells
 * of every change; after a loss of the connection all is looked through again, and what was decided here meanwhile is written.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  /** Alerts that fire at other hubs. */
  readonly #firing = new Map<string, Alert>();
  readonly #untoldTags = new Map<string, readonly string[]>();
  readonly #untoldRemovals = new Map<string, number>();
  #seenUntil: number | null = null;
  /** How often something that was heard could not be kept. */
  #failures = 0;
  #isHearing = false;

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
        return markedWith(alert, {
          snoozedUntil: mark.until,
          ...(mark.until === null && { snoozedUntilResolved: true }),
        });
    }
  }

  /** Shows an alert of another hub. */
  take(alerts: readonly Alert[]): void {
    const others = alerts.filter(({ series }) => !this.#parts.isMine(series.host));
    for (const alert of others) {
      if (alert.state === 'firing') this.#firing.set(alert.id, alert);
      else this.#firing.delete(alert.id);
    }
    if (others.length > 0) this.#here(() => this.#parts.show(others));
  }

  /** Tags were given here, unless it is being heard that they were elsewhere. */
  tagged(host: string, tags: readonly string[]): void {
    if (!this.#isHearing) this.#untoldTags.set(host, tags);
  }

  removed(host: string): void {
    if (this.#isHearing) return;
    this.#untoldRemovals.set(host, this.#parts.now());
    this.#untoldTags.delete(host);
  }

  /** Writes what was decided here. What fails is written the next time. */
  async tell(store: Shared): Promise<void> {
    for (const [host, at] of [...this.#untoldRemovals]) {
      await store.removeHost(host, at);
      if (this.#untoldRemovals.get(host) === at) this.#untoldRemovals.delete(host);
    }
    for (const [host, tags] of [...this.#untoldTags]) {
      await store.putTags(host, tags);
      if (this.#untoldTags.get(host) === tags) this.#untoldTags.delete(host);
    }
  }

  /** Looks through all: after a connection was made, and where hosts went to another hub. */
  async catchUp(store: Shared): Promise<void> {
    const now = this.#parts.now();
    const entries = await store.shared(Math.max(0, (this.#seenUntil ?? now - pastMs) - clocksApartMs));
    const told = new Set(entries.flatMap(({ kind, key }) => (kind === 'tags' ? [key] : [])));
    const open = new Set(entries.flatMap(({ kind, key }) => (kind === 'alert' ? [key] : [])));
    for (const id of this.#firing.keys()) if (!open.has(id)) this.#firing.delete(id);
    const failures = this.#failures;
    this.hear(entries);
    if (this.#failures === failures) this.#seenUntil = now;
    // From before there was a database.
    for (const [host, tags] of this.#parts.tags()) if (!told.has(host)) this.tagged(host, tags);
    await this.tell(store);
  }

  /** What the database has of these now. */
  hear(entries: readonly SharedEntry[]): void {
    this.take(
      entries.flatMap(({ kind, body }) => (kind === 'alert' || kind === 'past' ? [body as Alert] : [])),
    );
    this.#isHearing = true;
    try {
      for (const { kind, key, body } of entries) {
        if (kind === 'gone') this.#here(() => this.#parts.remove(key, Number(body)));
        if (kind === 'tags' && !this.#untoldTags.has(key))
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
