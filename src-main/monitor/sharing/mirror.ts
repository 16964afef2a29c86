import { isSnoozed } from '../../alerts/announce.ts';
import type { Alert } from '../../contract/alert.ts';
import { markedWith, snoozeMarks, unsnoozeMarks } from '../judging/alert-book.ts';
import type { SharedStore } from '../state/host-store.ts';
import type { EvaluationStore, SharedEntry } from './evaluation-store.ts';

/** A user's decision about an alert, at whichever hub. */
export type AlertMark =
  | { to: 'acknowledge'; id: string; by: string | null; note: string | null }
  | { to: 'unacknowledge'; id: string }
  | { to: 'snooze'; id: string; by: string | null; until: number | null }
  | { to: 'unsnooze'; id: string; by: string | null };

/** The first time, older ended alerts are not fetched. */
const pastMs = 30 * 86_400_000;
/** How much the clocks of hubs may differ. */
const clocksApartMs = 60_000;

/** The operations of the database that are used here. */
type Shared = Pick<EvaluationStore, 'shared' | 'past' | 'putTags' | 'removeHost'>;

interface MirrorParts {
  now(): number;
  /** Whether this hub evaluates the host: then it knows better. */
  isMine(host: string): boolean;
  /** Stores and shows other hubs' alerts as they are now. Those that are `old` are not announced one by one. */
  show(alerts: Alert[], isOld: boolean): void;
  /** All old ones were shown. */
  caughtUp(): void;
  /** An owner set these tags at another hub. */
  tag(host: string, tags: string[]): void;
  /** An owner removed the host at another hub, at that time. */
  remove(host: string, at: number): void;
  /** Something from another hub could not be stored here; everything is fetched again after the next connection. */
  failed(thrown: unknown): void;
  /** The tags that owners set here. */
  tags(): ReadonlyMap<string, readonly string[]>;
  store: SharedStore;
}

/**
 * What is the same at every hub although another one evaluates: alerts, and owners' decisions about hosts. The database
 * stores it and announces every change; after a lost connection everything is fetched again, and decisions made here
 * meanwhile are written.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  /** Alerts that fire at other hubs. */
  readonly #firing = new Map<string, Alert>();
  #isHearing = false;
  /** How often something could not be stored here, in total and at the last complete fetch. */
  #failures = 0;
  #failuresBefore = 0;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  firing(): Alert[] {
    return [...this.#firing.values()].filter(({ series }) => !this.#parts.isMine(series.host));
  }

  /** The alert with the decision, if another hub evaluates it; undefined if none does. */
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

  /** Whether a decision of another hub is being applied. */
  get isHearing(): boolean {
    return this.#isHearing;
  }

  /** Writes the decisions made here. Those that fail are written the next time, even after a restart. */
  async tell(store: Shared): Promise<void> {
    for (const decided of this.#parts.store.untold()) {
      if ('tags' in decided) await store.putTags(decided.host, decided.tags);
      else await store.removeHost(decided.host, decided.removedAt);
      this.#here(() => this.#parts.store.told(decided));
    }
  }

  /** Fetches everything: after a connection was made, and when hosts moved to another hub. */
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
    // Tags from before there was a database.
    for (const [host, tags] of this.#parts.tags()) if (!told.has(host)) await store.putTags(host, tags);
  }

  /** All ended alerts are known here: their changes arrived over the connection, which was not lost. */
  keptUp(): void {
    this.#keptUntil(this.#parts.now());
  }

  /** What could not be stored is fetched again from this time on at the next complete fetch. */
  #keptUntil(at: number): void {
    if (this.#failures === this.#failuresBefore) this.#here(() => this.#parts.store.putSharedUntil(at));
  }

  /** Applies the database's current entries. */
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

  /** A full disk of this machine is not a lost database: the hub continues to evaluate. */
  #here(keep: () => void): void {
    try {
      keep();
    } catch (thrown) {
      this.#failures++;
      this.#parts.failed(thrown);
    }
  }

  /** The state of other hubs is no longer known. */
  forget(): void {
    this.#firing.clear();
  }
}
