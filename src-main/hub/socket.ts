import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAbout, systemClock } from '../base/clock.ts';
import { readPlainFile } from '../base/durable-file.ts';
import { messageOf, PlimsollError, systemCodeOf } from '../contract/error.ts';
import { httpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';
import { defaultLimits } from './limits.ts';
import type { Answer } from './ways.ts';

/** The system limits a socket's path to 104 (macOS) or 108 bytes, including the final zero. */
const PATH_BYTES_AT_MOST = 100;

const SOCKET = 'plimsoll.sock';
/** If the socket had to be elsewhere, this file in the directory says where. */
const POINTER = 'plimsoll.sock.path';

/** How often it checks that the socket still exists. */
const lookEveryMs = 10_000;

export interface LocalSocket {
  /** Its real path, which is not always inside the data directory. */
  path: string;
  close(): Promise<void>;
}

/** The path at which the owner of a data directory offers the API, even if nobody does at the moment. */
export function socketPathOf(directory: string): string {
  try {
    return readPlainFile(join(directory, POINTER)).toString();
  } catch {
    return wantedPath(directory);
  }
}

/**
 * Offers the API to the owner of the data directory only: a unix socket with mode 0600, or a named pipe. The caller
 * must hold the directory's lock, so that a socket at which nobody answers is a dead owner's. Throws `already_running`
 * if somebody answers, and `cannot_create` if the path cannot be used.
 *
 * If the socket is removed, for example with the whole directory, it is created again once the directory exists; then
 * `onAgain` is called.
 */
export async function listenOnSocket(
  directory: string,
  answer: Answer,
  onAgain: () => void = () => undefined,
  everyMs = lookEveryMs,
): Promise<LocalSocket> {
  const path = wantedPath(directory);
  let open = await offer(directory, path, answer);
  let turn: Promise<void> = Promise.resolve();
  // If the socket is elsewhere, the file that says where may be missing alone; the socket's own folder is created
  // again.
  const isOffered = (): boolean =>
    existsSync(path) && (!isElsewhere(directory, path) || existsSync(join(directory, POINTER)));
  const again = async (): Promise<void> => {
    if (process.platform === 'win32' || isOffered() || !existsSync(directory)) return;
    // This comes first, because closing removes anything at its path.
    await open.close();
    open = await offer(directory, path, answer);
    onAgain();
  };
  const lookLater = () =>
    afterAbout(systemClock, everyMs, () => {
      cancelLook = lookLater();
      turn = turn.then(again).catch(() => undefined);
    });
  let cancelLook = lookLater();
  return {
    path,
    close: async () => {
      cancelLook();
      await turn;
      await open.close();
      if (isElsewhere(directory, path)) rmSync(join(directory, POINTER), { force: true });
    },
  };
}

async function offer(directory: string, path: string, answer: Answer): Promise<HttpServer> {
  const http = httpServer({
    answer,
    carrierOf: () => ({ kind: 'socket' }),
    check: () => undefined,
    limits: defaultLimits,
  });
  const pointer = join(directory, POINTER);
  const isPipe = process.platform === 'win32';
  if (isElsewhere(directory, path)) makePrivate(join(path, '..'));
  try {
    await bind(http, path).catch(async (thrown: unknown) => {
      if (isPipe || systemCodeOf(thrown) !== 'EADDRINUSE') throw thrown;
      await removeStale(path);
      await bind(http, path);
    });
    if (!isPipe) chmodSync(path, 0o600);
    if (isElsewhere(directory, path)) writeFileSync(pointer, path, { mode: 0o600 });
    else rmSync(pointer, { force: true });
    return http;
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    const code = systemCodeOf(thrown) === 'EADDRINUSE' ? 'already_running' : 'cannot_create';
    throw new PlimsollError(code, `cannot offer the API at ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function isElsewhere(directory: string, path: string): boolean {
  return process.platform !== 'win32' && path !== join(directory, SOCKET);
}

function wantedPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\plimsoll-${name}`;
  const inside = join(directory, SOCKET);
  if (Buffer.byteLength(inside) <= PATH_BYTES_AT_MOST) return inside;
  const bases = [process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'];
  const paths = bases
    .filter((base) => base !== undefined && base.startsWith('/'))
    .map((base) => join(base ?? '', `plimsoll-${ownId()}`, `${name}.sock`));
  return paths.find((path) => Buffer.byteLength(path) <= PATH_BYTES_AT_MOST) ?? inside;
}

/** The user's id, because a user in a container may have no account entry. */
function ownId(): number | undefined {
  return process.getuid?.();
}

/**
 * Creates a directory that is ours alone, or throws: in a shared temporary directory anybody may have created it before
 * us.
 */
function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  if (found.isDirectory() && found.uid === ownId() && (found.mode & 0o077) === 0) return;
  const message = `${directory} is not a directory that only this user can open; remove it and start again`;
  throw new PlimsollError('cannot_create', message);
}

async function bind({ server }: HttpServer, path: string): Promise<void> {
  // The file must never exist with wider permissions, not even for the moment before a chmod. Binding to a path happens
  // inside `listen`, so nothing else sees the changed mask.
  const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
  await once(server, 'listening');
}

async function removeStale(path: string): Promise<void> {
  if (!lstatSync(path).isSocket()) {
    throw new PlimsollError(
      'cannot_create',
      `${path} is not a socket; it was left alone. Move it away and start again`,
    );
  }
  if (await answers(path))
    throw new PlimsollError('already_running', `somebody offers the API at ${path} already`);
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (thrown) {
    // Any error other than "nobody listens" might be a living owner that is merely busy.
    return systemCodeOf(thrown) !== 'ECONNREFUSED' && systemCodeOf(thrown) !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}
