import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';
import { rawHttp } from '../testing/raw-http.ts';
import { listenOnSocket, socketPathOf } from './socket.ts';
import type { LocalSocket } from './socket.ts';

const door = new ApiDoor();
let directory: string;
let open: LocalSocket[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.map((socket) => socket.close()));
  open = [];
  rmSync(directory, { recursive: true });
});

async function offered(at = directory): Promise<LocalSocket> {
  const socket = await listenOnSocket(at, (request, env) => door.app.fetch(request, env));
  open.push(socket);
  return socket;
}

async function statusOver(path: string): Promise<number[]> {
  const bytes = 'GET /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  return (await rawHttp(path, bytes)).statuses;
}

describe.skipIf(process.platform === 'win32')('the socket of a data directory', () => {
  test('is for its owner alone, who may do everything', async () => {
    const { path } = await offered();
    expect(path).toBe(join(directory, 'plimsoll.sock'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await statusOver(socketPathOf(directory))).toEqual([200]);
  });

  test('goes when it is closed', async () => {
    const socket = await offered();
    await socket.close();
    expect(existsSync(socket.path)).toBe(false);
  });

  test('is made again when it was removed with its directory, and leaves what took its place', async () => {
    const told: string[] = [];
    const answer = (request: Request, env: Parameters<typeof door.app.fetch>[1]) =>
      door.app.fetch(request, env);
    const socket = await listenOnSocket(directory, answer, () => told.push(socket.path), 20);
    open.push(socket);
    rmSync(directory, { recursive: true });
    await pause(60);
    expect(existsSync(directory)).toBe(false);
    mkdirSync(directory);
    await expect.poll(() => told).toEqual([socket.path]);
    expect(statSync(socket.path).mode & 0o777).toBe(0o600);
    expect(await statusOver(socketPathOf(directory))).toEqual([200]);
    rmSync(socket.path);
    writeFileSync(socket.path, 'mine');
    await pause(60);
    expect(readFileSync(socket.path, 'utf8')).toBe('mine');
    rmSync(socket.path);
    await expect.poll(() => told).toHaveLength(2);
  });

  test('is made again where it lies elsewhere, with its folder and with what says where it is', async () => {
    // A directory of its own, because the real one may belong to a user of this machine.
    vi.stubEnv('XDG_RUNTIME_DIR', directory);
    const long = join(directory, 'x'.repeat(120));
    mkdirSync(long);
    let times = 0;
    const answer = (request: Request, env: Parameters<typeof door.app.fetch>[1]) =>
      door.app.fetch(request, env);
    const socket = await listenOnSocket(long, answer, () => times++, 20);
    open.push(socket);
    expect(dirname(dirname(socket.path))).toBe(directory);
    rmSync(dirname(socket.path), { recursive: true });
    await expect.poll(() => times).toBe(1);
    expect(await statusOver(socketPathOf(long))).toEqual([200]);
    rmSync(long, { recursive: true });
    mkdirSync(long);
    await expect.poll(() => times).toBe(2);
    expect(await statusOver(socketPathOf(long))).toEqual([200]);
  });

  test('replaces the one that a dead owner left behind', async () => {
    const path = join(directory, 'plimsoll.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(statSync(path).isSocket()).toBe(true);
    await offered();
    expect(await statusOver(path)).toEqual([200]);
  });

  test('is not taken from a living owner', async () => {
    const { path } = await offered();
    await expect(offered()).rejects.toMatchObject({ code: 'already_running' });
    expect(await statusOver(path)).toEqual([200]);
  });

  test('never removes a file that is something else', async () => {
    writeFileSync(join(directory, 'plimsoll.sock'), 'mine');
    await expect(offered()).rejects.toMatchObject({ code: 'cannot_create' });
    expect(existsSync(join(directory, 'plimsoll.sock'))).toBe(true);
  });

  test('moves to a private directory when the path is too long for the system, and can be found there', async () => {
    const long = join(directory, 'x'.repeat(120));
    mkdirSync(long);
    const socket = await offered(long);
    expect(Buffer.byteLength(socket.path)).toBeLessThanOrEqual(100);
    expect(statSync(dirname(socket.path)).mode & 0o777).toBe(0o700);
    expect(socketPathOf(long)).toBe(socket.path);
    expect(await statusOver(socketPathOf(long))).toEqual([200]);
  });
});
