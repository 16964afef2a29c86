import { resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readAuthorities } from '../../base/http/authority-file.ts';
import type { DatabaseSettings } from '../../contract/database.ts';
import { codeAndMessage } from '../../contract/error.ts';
import type { ChildPort, Spawn } from '../../contract/port.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { FromHistory } from '../../history/messages.ts';
import type { DatabaseAccess } from '../../history/postgres/database.ts';
import type { ToPostgres } from '../../history/postgres/serve.ts';

const lookAgainMs = 5000;

interface DatabaseParts {
  database: DatabaseSettings;
  secret: ResolveSecret;
  /** Where relative paths start. */
  directory: string;
  clock: Clock;
}

/**
 * Starts the history process for the database in the settings, and sends it the address. If something is missing, such
 * as a password, this is reported as if the process could not open its store, and retried.
 */
export function spawnOnDatabase(spawn: Spawn, parts: DatabaseParts): Spawn {
  return <ToChild, FromChild>() => {
    const port = spawn<ToPostgres, FromHistory>('postgres');
    let tell: (message: FromHistory) => void = () => undefined;
    let hasEnded = false;
    const connect = async (): Promise<void> => {
      if (hasEnded) return;
      try {
        port.send({ type: 'connect', access: await databaseAccess(parts) });
      } catch (thrown) {
        tell({ type: 'refused', ...codeAndMessage(thrown) });
        parts.clock.after(lookAgainMs, () => void connect());
      }
    };
    port.onEnd(() => (hasEnded = true));
    void connect();
    const wrapped: ChildPort<ToPostgres, FromHistory> = {
      get pid() {
        return port.pid;
      },
      send: (message) => port.send(message),
      onMessage: (listener) => {
        tell = listener;
        port.onMessage(listener);
      },
      onEnd: (listener) => port.onEnd(listener),
      kill: () => port.kill(),
    };
    // Only the history's own link starts it, with the messages of the history.
    return wrapped as unknown as ChildPort<ToChild, FromChild>;
  };
}

/** The address of the database, with its password. Throws like `ResolveSecret` and `readAuthorities`. */
export async function databaseAccess({
  database,
  secret,
  directory,
}: Omit<DatabaseParts, 'clock'>): Promise<DatabaseAccess> {
  const { host, port, name, user, password, tls, authorityFile } = database;
  const isEncrypted = tls ?? (authorityFile !== undefined || !isThisMachine(host));
  const authority =
    authorityFile === undefined ? null : await readAuthorities(resolve(directory, authorityFile));
  return {
    ...{ host, port, name, user },
    ...(password === undefined ? {} : { password: await secret(password) }),
    ...(isEncrypted ? { authority } : {}),
  };
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}
