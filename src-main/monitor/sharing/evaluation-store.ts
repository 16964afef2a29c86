import type { Alert } from '../../contract/alert.ts';
import { Session } from '../../history/postgres/database.ts';
import type { DatabaseAccess } from '../../history/postgres/database.ts';
import { prepareSchema } from '../../history/postgres/schema.ts';
import { revived } from '../../rules/state.ts';
import type { HostRow } from '../state/host-store.ts';
import { trackKey } from '../judging/track.ts';
import type { Change, Track, WrittenDelivery } from '../judging/track.ts';
import { shardOf } from './shards.ts';

/** Locks of shards are numbered from 1; every hub holds a shared lock on 0, to be counted. */
const lockClass = 1886153076;
/** A hub that hangs, or is cut off, loses its connection and with it its locks. */
const silentAtMostMs = 8000;

/** The channel that announces changes of what every hub knows. */
const channel = 'plimsoll_shared';
/** By then every hub knows of an ended alert. */
const pastKeptMs = 31 * 86_400_000;
/** How many ended alerts are requested at once: other hubs' changes are received in between. */
const pastAtOnce = 500;

/** What the previous hub of a shard knew about its hosts. */
export interface Taken {
  tracks: Track[];
  alerts: Alert[];
  deliveries: WrittenDelivery[];
  hosts: HostRow[];
}

/**
 * What every hub knows, whichever evaluates: an open alert, an ended one, the owner's tags of a host, when a host was
 * removed.
 */
export interface SharedEntry {
  kind: 'alert' | 'past' | 'tags' | 'gone';
  key: string;
  body: unknown;
}

interface Entry {
  kind: 'track' | 'delivery' | 'host' | SharedEntry['kind'];
  key: string;
  host: string;
  alert?: string;
  body: unknown;
}

/**
 * The shared state of evaluation, on the one connection that holds the locks: everything committed here was committed
 * while they were held. One operation at a time. Methods reject with a `PlimsollError`; then the connection has to be
 * closed.
 */
export class EvaluationStore {
  readonly #session: Session;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** `onChange` is called for changes of what every hub knows, including this hub's. */
  static async open(
    access: DatabaseAccess,
    onLost: () => void,
    onChange: (changed: Pick<SharedEntry, 'kind' | 'key'>) => void,
  ): Promise<EvaluationStore> {
    const session = await Session.open(access, onLost);
    const store = new EvaluationStore(session);
    try {
      // At the first start the history process creates it at the same time: whoever comes first.
      await prepareSchema(session);
      await session.query(`SET idle_session_timeout = ${silentAtMostMs}`);
      // It may hang in the middle of a commit, too.
      await session.query(`SET idle_in_transaction_session_timeout = ${silentAtMostMs}`);
      await session.query(`SELECT pg_advisory_lock_shared(${lockClass}, 0)`);
      await session.listen(channel, (payload) => {
        const [kind, key] = JSON.parse(payload) as [SharedEntry['kind'], string];
        onChange({ kind, key });
      });
      return store;
    } catch (thrown) {
      await session.end();
      throw thrown;
    }
  }

  end(): Promise<void> {
    return this.#session.end();
  }

  /** How many hubs there are, including this one. */
  hubs(): Promise<number> {
    return this.#turn(async () => {
      const [row] = await this.#session.query(
        `SELECT count(DISTINCT pid)::int AS hubs FROM pg_locks
         WHERE locktype = 'advisory' AND classid = ${lockClass} AND objid = 0 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return Number(row?.['hubs']);
    });
  }

  /** Takes the lock of a shard if it is free; returns whether it did. */
  lock(shard: number): Promise<boolean> {
    return this.#turn(async () => {
      const [row] = await this.#session.query(`SELECT pg_try_advisory_lock(${lockClass}, $1) AS mine`, [
        1 + shard,
      ]);
      return row?.['mine'] === true;
    });
  }

  unlock(shards: readonly number[]): Promise<unknown> {
    return this.#turn(() =>
      this.#session.query(`SELECT pg_advisory_unlock(${lockClass}, shard) FROM unnest($1::int[]) AS shard`, [
        shards.map((shard) => 1 + shard),
      ]),
    );
  }

  /** The stored state of the hosts of these shards. */
  take(shards: readonly number[]): Promise<Taken> {
    return this.#turn(async () => {
      const rows = await this.#session.query(
        `SELECT kind, body FROM evaluation WHERE shard = ANY($1::int[]) AND kind IN ('track', 'alert', 'delivery', 'host')`,
        [shards],
      );
      const of = (kind: Entry['kind']) =>
        rows.filter((row) => row['kind'] === kind).map((row) => JSON.parse(String(row['body'])) as unknown);
      return {
        tracks: (of('track') as Track[]).map((track) => ({ ...track, state: revived(track.state) })),
        alerts: of('alert') as Alert[],
        deliveries: of('delivery') as WrittenDelivery[],
        hosts: of('host') as HostRow[],
      };
    });
  }

  /** Commits a change. An ended alert is removed, with its deliveries. */
  write(change: Change): Promise<void> {
    const entries: Entry[] = change.tracks.map((track) => ({
      ...{ kind: 'track', key: trackKey(track), host: track.series.host, body: track },
    }));
    const over: string[] = [];
    for (const alert of change.alerts) {
      if (alert.state !== 'firing' && !alert.recoveryOwed) {
        over.push(alert.id);
        const key = pastKey(alert.resolvedAt ?? alert.firedAt, alert.id);
        entries.push({ kind: 'past', key, host: alert.series.host, body: alert });
      } else
        entries.push({ kind: 'alert', key: alert.id, host: alert.series.host, alert: alert.id, body: alert });
    }
    for (const { delivery, message } of change.deliveries)
      if (message !== null)
        entries.push({
          ...{ kind: 'delivery', key: delivery.id, host: message.alert.series.host, alert: delivery.alertId },
          body: { delivery, message },
        });
    return this.#transaction(async () => {
      await this.#put(entries);
      await this.#session.query("DELETE FROM evaluation WHERE kind = 'track' AND key = ANY($1::text[])", [
        change.forgottenTracks.map(trackKey),
      ]);
      await this.#session.query(
        `DELETE FROM evaluation WHERE alert = ANY($1::text[])
           AND (kind = 'alert' OR body::json -> 'delivery' ->> 'state' NOT IN ('queued', 'held'))`,
        [over],
      );
    });
  }

  /** Updates deliveries. Who was told of an alert is kept while it is open; records of further violations are not. */
  mark(deliveries: readonly WrittenDelivery['delivery'][]): Promise<void> {
    return this.#transaction(async () => {
      for (const delivery of deliveries)
        await this.#session.query(
          `UPDATE evaluation SET body = json_build_object('delivery', $2::json, 'message', body::json -> 'message')::text
           WHERE kind = 'delivery' AND key = $1`,
          [delivery.id, JSON.stringify(delivery)],
        );
      await this.#session.query(
        `DELETE FROM evaluation AS told WHERE kind = 'delivery' AND key = ANY($1::text[])
           AND body::json -> 'delivery' ->> 'state' NOT IN ('queued', 'held')
           AND (body::json -> 'delivery' ->> 'transition' = 'violation'
             OR NOT EXISTS (SELECT FROM evaluation AS open WHERE open.kind = 'alert' AND open.key = told.alert))`,
        [deliveries.map(({ id }) => id)],
      );
    });
  }

  /** What every hub knows, without ended alerts. */
  shared(): Promise<SharedEntry[]> {
    return this.#turn(async () => {
      const rows = await this.#session.query(
        "SELECT kind, key, body FROM evaluation WHERE kind IN ('alert', 'tags', 'gone')",
      );
      return rows.map(sharedEntry);
    });
  }

  /** Alerts that ended since then, epoch milliseconds: in the order of their end, some at a time. */
  async *past(since: number): AsyncGenerator<Alert[]> {
    let after = pastKey(since, '');
    for (;;) {
      const rows = await this.#turn(() =>
        this.#session.query(
          "SELECT key, body FROM evaluation WHERE kind = 'past' AND key > $1 ORDER BY key LIMIT $2",
          [after, pastAtOnce],
        ),
      );
      if (rows.length > 0) yield rows.map((row) => JSON.parse(String(row['body'])) as Alert);
      if (rows.length < pastAtOnce) return;
      after = String(rows.at(-1)?.['key']);
    }
  }

  /** Removes ended alerts that every hub has known for long, and old removals of hosts. */
  forget(now: number): Promise<unknown> {
    return this.#turn(async () => {
      const before = now - pastKeptMs;
      await this.#session.query("DELETE FROM evaluation WHERE kind = 'past' AND key < $1", [
        pastKey(before, ''),
      ]);
      // PostgreSQL may evaluate conditions on a row in any order, and the text of another kind is not a number.
      await this.#session.query(
        `DELETE FROM evaluation
         WHERE kind = 'gone' AND CASE WHEN kind = 'gone' THEN body::numeric < $1 ELSE false END`,
        [Math.floor(before)],
      );
    });
  }

  /** The same for some keys; missing ones are left out. */
  sharedOf(keys: readonly Pick<SharedEntry, 'kind' | 'key'>[]): Promise<SharedEntry[]> {
    return this.#turn(async () => {
      const rows = await this.#session.query(
        `SELECT kind, key, body FROM evaluation WHERE (kind, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
        [keys.map(({ kind }) => kind), keys.map(({ key }) => key)],
      );
      return rows.map(sharedEntry);
    });
  }

  /** An empty list is stored, too: the owner removed all tags. */
  putTags(host: string, tags: readonly string[]): Promise<void> {
    return this.#transaction(() => this.#put([{ kind: 'tags', key: host, host, body: tags }]));
  }

  putHosts(rows: readonly HostRow[]): Promise<void> {
    return this.#transaction(() =>
      this.#put(rows.map((row) => ({ kind: 'host', key: row.host, host: row.host, body: row }))),
    );
  }

  /** An owner removed a host at that time, epoch milliseconds: every hub does the same. */
  removeHost(host: string, at: number): Promise<void> {
    return this.#transaction(async () => {
      await this.#session.query("DELETE FROM evaluation WHERE kind IN ('host', 'tags') AND key = $1", [host]);
      await this.#put([{ kind: 'gone', key: host, host, body: at }]);
    });
  }

  handOver(posts: readonly { host: string; body: unknown }[]): Promise<unknown> {
    return this.#turn(() =>
      this.#session.query('INSERT INTO handover (shard, body) SELECT * FROM unnest($1::int[], $2::text[])', [
        posts.map(({ host }) => shardOf(host)),
        posts.map(({ body }) => JSON.stringify(body)),
      ]),
    );
  }

  /** Posts that others stored of the hosts of these shards, in order of arrival. */
  handedOver(shards: readonly number[]): Promise<unknown[]> {
    return this.#turn(async () => {
      const rows = await this.#session.query(
        'DELETE FROM handover WHERE shard = ANY($1::int[]) RETURNING id, body',
        [shards],
      );
      return rows
        .toSorted((a, b) => Number(a['id']) - Number(b['id']))
        .map((row) => JSON.parse(String(row['body'])) as unknown);
    });
  }

  async #put(entries: readonly Entry[]): Promise<void> {
    // The last entry of each key counts; one statement may write a key only once.
    const last = [...new Map(entries.map((entry) => [`${entry.kind} ${entry.key}`, entry])).values()];
    if (last.length === 0) return;
    await this.#session.query(
      `INSERT INTO evaluation (kind, key, shard, alert, body)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[])
       ON CONFLICT (kind, key) DO UPDATE SET shard = excluded.shard, alert = excluded.alert, body = excluded.body`,
      [
        last.map(({ kind }) => kind),
        last.map(({ key }) => key),
        last.map(({ host }) => shardOf(host)),
        last.map(({ alert }) => alert ?? null),
        last.map(({ body }) => JSON.stringify(body)),
      ],
    );
    const told = last.filter(({ kind }) => sharedKinds.has(kind));
    if (told.length > 0)
      await this.#session.query(
        `SELECT pg_notify('${channel}', payload) FROM unnest($1::text[]) AS payload`,
        [told.map(({ kind, key }) => JSON.stringify([kind, key]))],
      );
  }

  #transaction(work: () => Promise<void>): Promise<void> {
    return this.#turn(() => this.#session.transaction(work));
  }

  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

const sharedKinds: ReadonlySet<string> = new Set([
  'alert',
  'past',
  'tags',
  'gone',
] satisfies SharedEntry['kind'][]);

/** Sorts by time. */
function pastKey(at: number, id: string): string {
  return `${String(Math.max(0, Math.round(at))).padStart(15, '0')} ${id}`;
}

function sharedEntry(row: Record<string, unknown>): SharedEntry {
  return {
    kind: row['kind'] as SharedEntry['kind'],
    key: String(row['key']),
    body: JSON.parse(String(row['body'])) as unknown,
  };
}
