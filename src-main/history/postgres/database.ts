import { Client, Pool, types } from 'pg';
import type { ClientBase, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { finished } from 'node:stream/promises';
import { PlimsollError, messageOf, systemCodeOf } from '../../contract/error.ts';

/** How to reach a database; secrets are in clear. */
export interface DatabaseAccess {
  host: string;
  port: number;
  name: string;
  user: string;
  password?: string | undefined;
  /** Certificate authorities of the server in PEM format; null for those that Node trusts, undefined for no TLS. */
  authority?: string | null | undefined;
}

/** Connections of one hub: two for groups that are committed, one for upkeep, and the rest for questions. */
const connectionsAtMost = 6;
const connectDeadlineMs = 5000;
/** A statement ends by itself; if the connection is dead, the wait for its answer ends a little later. */
const statementDeadlineMs = 20_000;
const answerDeadlineMs = 25_000;
/** A lock that is waited for is held by a hub that creates or drops a partition, which takes moments. */
const lockDeadlineMs = 5000;
const keepAliveMs = 5000;

/** bigint columns contain only times and counts, which a double holds exactly. */
const bigint = types.builtins.INT8;

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number | boolean | null | readonly (string | number | null)[] | Uint8Array;

/** Asks and writes on one connection. */
export interface Connection {
  query(sql: string, values?: readonly Value[]): Promise<Row[]>;
  /** Sends rows to `COPY … FROM STDIN`, in its text format. */
  copy(sql: string, rows: string): Promise<void>;
}

type TypeParser = typeof types.getTypeParser;

const parsers: { getTypeParser: TypeParser } = {
  getTypeParser: (...[type, format]: Parameters<TypeParser>): unknown =>
    type === bigint ? Number : types.getTypeParser(type, format),
};

function settingsOf({ host, port, name, user, password, authority }: DatabaseAccess) {
  return {
    ...{ host, port, user, database: name },
    ...(password === undefined ? {} : { password }),
    ssl: authority === undefined ? false : { ...(authority === null ? {} : { ca: authority }) },
    application_name: 'plimsoll',
    options: '-c search_path=plimsoll',
    connectionTimeoutMillis: connectDeadlineMs,
    statement_timeout: statementDeadlineMs,
    lock_timeout: lockDeadlineMs,
    query_timeout: answerDeadlineMs,
    idle_in_transaction_session_timeout: answerDeadlineMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    types: parsers,
  };
}

/**
 * Connections to one PostgreSQL. A lost connection, idle or busy, is replaced at the next question. Whatever was using
 * it fails with a `PlimsollError`, see `postgresError`; nothing else is affected.
 */
export class Database {
  readonly #pool: Pool;
  /** The server and the database, for messages. */
  readonly place: string;

  constructor(access: DatabaseAccess) {
    this.place = `${access.name} on ${access.host}:${access.port}`;
    this.#pool = new Pool({ ...settingsOf(access), max: connectionsAtMost, idleTimeoutMillis: 60_000 });
    // The user of a lost connection gets the error; nobody else needs to.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Runs one statement in a transaction of its own. */
  async query(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query<Record<string, unknown>>(sql, [...values])).rows;
    } catch (thrown) {
      throw postgresError(this.place, thrown);
    }
  }

  /** Commits everything done inside, or nothing if it throws. */
  async transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      const result = await committed(client, work);
      client.release();
      return result;
    } catch (thrown) {
      // Its state is unknown: closing it rolls back.
      client?.release(true);
      throw postgresError(this.place, thrown);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** One connection that is kept open, for example for the locks of a session. */
export class Session {
  /** Names the database in messages. */
  readonly place: string;
  readonly #client: Client;

  private constructor(client: Client, place: string) {
    this.#client = client;
    this.place = place;
  }

  /** `onLost` is called once if the connection is lost, but not after `end`. */
  static async open(access: DatabaseAccess, onLost: () => void): Promise<Session> {
    const place = `${access.name} on ${access.host}:${access.port}`;
    const client = new Client(settingsOf(access));
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (thrown) {
      throw postgresError(place, thrown);
    }
    client.once('end', onLost);
    return new Session(client, place);
  }

  async query(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query<Record<string, unknown>>(sql, [...values])).rows;
    } catch (thrown) {
      throw postgresError(this.place, thrown);
    }
  }

  /**
   * Like `Database.transaction`. No other query may run meanwhile. If it throws, the session must be ended, which rolls
   * back.
   */
  async transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      return await committed(this.#client, work);
    } catch (thrown) {
      throw postgresError(this.place, thrown);
    }
  }

  /** Calls back with each notification on a channel from now on, including this connection's own. */
  async listen(channel: string, heard: (payload: string) => void): Promise<void> {
    this.#client.on('notification', (message) => {
      if (message.channel === channel) heard(message.payload ?? '');
    });
    await this.query(`LISTEN ${channel}`);
  }

  async end(): Promise<void> {
    this.#client.removeAllListeners('end');
    await this.#client.end().catch(() => undefined);
  }
}

/** After an error the caller has to close the client, which rolls back. */
async function committed<Result>(
  client: ClientBase,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN');
  const result = await work(connectionOf(client));
  await client.query('COMMIT');
  return result;
}

function connectionOf(client: ClientBase): Connection {
  return {
    query: async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, [...values])).rows,
    copy: async (sql, rows) => {
      const stream = client.query(copyFrom(sql));
      const done = finished(stream);
      stream.end(rows);
      await done;
    },
  };
}

/** Meanings of SQLSTATEs for a write or a query: by the whole code, or by its class. */
const meanings: Readonly<
  Record<string, { code: PlimsollError['code']; retry: boolean; words: string } | undefined>
> = {
  '53100': { code: 'disk_full', retry: true, words: 'its disk is full: make room there' },
  '53200': { code: 'unreachable', retry: true, words: 'it has no memory left' },
  '53300': {
    ...{ code: 'unreachable', retry: true },
    words: 'it has as many connections as it allows: raise max_connections, or end some',
  },
  '25006': {
    ...{ code: 'unreachable', retry: true },
    words: 'it is read-only, as a standby is: name the server that can be written',
  },
  '57P03': { code: 'unreachable', retry: true, words: 'it is starting or stopping' },
  '57P01': { code: 'unreachable', retry: true, words: 'it ended the connection' },
  '57014': { code: 'deadline', retry: true, words: 'a question took too long and was given up' },
  '55P03': { code: 'deadline', retry: true, words: 'somebody else holds a lock for too long' },
  '40P01': { code: 'unreachable', retry: true, words: 'two writers stood in each other’s way' },
  '42P01': {
    ...{ code: 'unreachable', retry: true },
    words:
      'it lacks a table: the first start makes them, and one that is missing later has to be restored from a backup',
  },
  '3D000': { code: 'not_found', retry: true, words: 'there is no such database: CREATE DATABASE' },
  '42501': { code: 'no_permission', retry: true, words: 'the user may not do that: GRANT it' },
  '08': { code: 'unreachable', retry: true, words: 'the connection broke' },
  '28': {
    code: 'no_permission',
    retry: true,
    words: 'it does not let this user in: check user and password',
  },
  '57': { code: 'unreachable', retry: true, words: 'it ended the connection' },
};

/** Turns anything thrown into a `PlimsollError` that says what is wrong with the database, and how to fix it. */
export function postgresError(place: string, thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  const isSqlState = /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
  const known = isSqlState ? (meanings[code] ?? meanings[code.slice(0, 2)]) : undefined;
  const detail = reasonOf(thrown);
  if (known !== undefined) {
    const { words, retry } = known;
    return new PlimsollError(
      known.code,
      `The PostgreSQL database ${place} cannot be used: ${words} (${detail}).`,
      { retry, cause: thrown },
    );
  }
  if (isSqlState)
    return new PlimsollError('internal', `PostgreSQL refused a statement: ${detail} (${code}).`, {
      cause: thrown,
    });
  return new PlimsollError(
    'unreachable',
    `The PostgreSQL database ${place} cannot be reached: ${detail}. Is it running, and is it named rightly?`,
    { retry: true, cause: thrown },
  );
}

/** A name with several addresses fails with one error for each. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map((each) => messageOf(each)).join(', ');
  return messageOf(thrown);
}
