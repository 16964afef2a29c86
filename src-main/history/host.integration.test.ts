import type { ChildProcess, ForkOptions } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { TakePacker } from './packed-takes.ts';
import type { Reading } from '../contract/sample.ts';
import type { FromHistory, HistoryQuestion, HistoryQuestions, ToHistory } from './messages.ts';

const entry = fileURLToPath(new URL('host.ts', import.meta.url));

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-host-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The history process as main sees it. */
class Host {
  readonly child: ChildProcess;
  readonly #listeners = new Set<(message: FromHistory) => void>();
  #asked = 0;

  constructor(directory: string, options: ForkOptions = {}) {
    this.child = fork(entry, [directory], { execArgv: [], serialization: 'advanced', ...options });
    this.child.on('message', (message) => {
      for (const listener of this.#listeners) listener(message as FromHistory);
    });
    // A message to a process that was just killed fails, as it should.
    this.child.on('error', () => undefined);
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  send(message: ToHistory): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  listen(listener: (message: FromHistory) => void): void {
    this.#listeners.add(listener);
  }

  next<Type extends FromHistory['type']>(
    type: Type,
    fits: (message: Extract<FromHistory, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<FromHistory, { type: Type }>> {
    return new Promise((resolve, reject) => {
      this.child.once('exit', (code) => reject(new Error(`ended with ${code} before ${type}`)));
      const listener = (message: FromHistory) => {
        if (message.type !== type) return;
        const found = message as Extract<FromHistory, { type: Type }>;
        if (!fits(found)) return;
        this.#listeners.delete(listener);
        resolve(found);
      };
      this.#listeners.add(listener);
    });
  }

  async ask<Q extends HistoryQuestion>(
    question: Q,
    ask: HistoryQuestions[Q]['ask'],
  ): Promise<HistoryQuestions[Q]['answer']> {
    const id = ++this.#asked;
    const answer = this.next('answer', (message) => message.id === id);
    this.send({ type: 'ask', id, question, ask } as ToHistory);
    return (await answer).answer;
  }
}

function reading(at: number): Reading {
  const samples = ['a', 'b', 'c'].map((metric, place) => ({ metric, labels: {}, value: at + place / 4 }));
  return { host: 'h', source: 'cpu', at, durationMs: 1, samples, error: null };
}

test('killed at any moment, it has everything that it acknowledged, and once', async () => {
  const directory = temporaryDirectory();
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
  console.log(`history kill test: SEED=${seed}`);
  let state = seed;
  const random = () => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647;

  const unacknowledged = new Set<number>();
  let acknowledged = 0;
  let batch = 0;
  for (let kill = 0; kill < 20; kill++) {
    const host = new Host(directory);
    const ended = once(host.child, 'exit');
    host.listen((message) => {
      if (message.type === 'committed' && unacknowledged.delete(message.batch)) acknowledged++;
    });
    expect((await host.next('ready')).notice).toBeNull();
    // As main does: unacknowledged messages first, although they may have been stored.
    for (const again of unacknowledged)
      host.send({ type: 'append', batch: again, readings: new TakePacker().pack([reading(again)]) });
    const writing = setInterval(() => {
      for (let count = 0; count < 20; count++) {
        unacknowledged.add(++batch);
        host.send({ type: 'append', batch, readings: new TakePacker().pack([reading(batch)]) });
      }
    }, 1);
    setTimeout(() => host.child.kill('SIGKILL'), 5 + random() * 60);
    await ended;
    clearInterval(writing);
  }

  const host = new Host(directory);
  expect((await host.next('ready')).notice).toBeNull();
  const before = (await host.ask('size', {})).samples / 3;
  expect(acknowledged).toBeGreaterThan(100);
  expect(before).toBeGreaterThanOrEqual(acknowledged);
  for (const again of unacknowledged)
    host.send({ type: 'append', batch: again, readings: new TakePacker().pack([reading(again)]) });

  const stored: number[] = [];
  for (let from = 1; from <= batch; from += 5000) {
    const range = { host: 'h', source: 'cpu', metric: 'b', labels: {}, from, to: from + 5000, points: 5000 };
    const answer = await host.ask('range', range);
    expect(answer.avg).toEqual(answer.at.map((at) => at + 0.25));
    stored.push(...answer.at);
  }
  expect(stored).toEqual(Array.from({ length: batch }, (_, place) => place + 1));
});

test.each([
  [
    'all of its files',
    (path: string) => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end, { force: true })),
  ],
  ['its file', (path: string) => rmSync(path)],
  ['its log', (path: string) => rmSync(`${path}-wal`)],
  ['its directory', (path: string) => rmSync(dirname(path), { recursive: true })],
  ['another file in its place', (path: string) => renameSync(inPlace(path), path)],
])('is written again when it lost %s while it ran, and loses nothing', async (_what, remove) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'history.sqlite');
  const host = new Host(directory);
  await host.next('ready');
  for (const batch of [1, 2, 3]) {
    const committed = host.next('committed', (message) => message.batch === batch);
    host.send({ type: 'append', batch, readings: new TakePacker().pack([reading(batch)]) });
    await committed;
  }
  remove(path);
  const ended = once(host.child, 'exit');
  const refused = host.next('not-committed');
  host.send({ type: 'append', batch: 4, readings: new TakePacker().pack([reading(4)]) });
  expect((await refused).message).toContain(`${path} was removed or replaced while Plimsoll ran`);
  await ended;

  const next = new Host(directory);
  expect((await next.next('ready')).notice).toContain(`${path} was removed or replaced`);
  expect((await next.ask('size', {})).samples).toBe(9);
  next.send({ type: 'append', batch: 4, readings: new TakePacker().pack([reading(4)]) });
  expect((await next.next('committed')).batch).toBe(4);
  expect(await next.ask('check', {})).toMatchObject({ ok: true });
});

test.each<[string, (path: string) => void, boolean]>([
  ['removed', (path) => rmSync(path), false],
  ['removed with its directory', (path) => rmSync(dirname(path), { recursive: true }), false],
  ['replaced by a link that leads nowhere', (path) => replaceByLink(path, '/nowhere/at-all'), false],
  ['replaced by a link to itself', (path) => replaceByLink(path, 'history.sqlite'), true],
])('what was %s a moment before it ends loses nothing either', async (_what, remove, isAsked) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'history.sqlite');
  const host = new Host(directory);
  await host.next('ready');
  host.send({ type: 'append', batch: 1, readings: new TakePacker().pack([reading(1)]) });
  await host.next('committed');
  remove(path);
  const ended = once(host.child, 'exit');
  if (isAsked) host.send({ type: 'append', batch: 2, readings: new TakePacker().pack([reading(2)]) });
  host.send({ type: 'stop' });
  await ended;
  const next = new Host(directory);
  expect((await next.next('ready')).notice).toContain(`${path} was removed or replaced`);
  expect((await next.ask('size', {})).samples).toBe(3);
});

function replaceByLink(path: string, target: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

/** A file beside that one, which will replace it. */
function inPlace(path: string): string {
  writeFileSync(`${path}.other`, 'something else');
  return `${path}.other`;
}

test('stop closes the file properly and ends with 0', async () => {
  const directory = temporaryDirectory();
  const host = new Host(directory);
  await host.next('ready');
  host.send({ type: 'append', batch: 1, readings: new TakePacker().pack([reading(1)]) });
  const ended = once(host.child, 'exit');
  const stopped = host.next('stopped');
  host.send({ type: 'stop' });
  await stopped;
  expect(await ended).toEqual([0, null]);
  expect(existsSync(join(directory, 'history.sqlite-wal'))).toBe(false);
});

test('a cut line ends it within a second, and what it had acknowledged is there', async () => {
  const directory = temporaryDirectory();
  const host = new Host(directory);
  await host.next('ready');
  const committed = host.next('committed');
  host.send({ type: 'append', batch: 1, readings: new TakePacker().pack([reading(1)]) });
  await committed;
  const ended = once(host.child, 'exit');
  const cutAt = performance.now();
  host.child.disconnect();
  await ended;
  expect(performance.now() - cutAt).toBeLessThan(1000);

  const next = new Host(directory);
  await next.next('ready');
  expect((await next.ask('latest', { from: 0 })).map(({ metric, value }) => [metric, value])).toEqual([
    ['a', 1],
    ['b', 1.25],
    ['c', 1.5],
  ]);
});

test('one that waits for a file in use leaves with the line as well, and else goes on when the file is free', async () => {
  const directory = temporaryDirectory();
  const owner = new Host(directory);
  await owner.next('ready');
  const waiting = new Host(directory);
  const leaving = new Host(directory);
  const left = once(leaving.child, 'exit');
  await Promise.all([waiting.next('cost'), leaving.next('cost')]);
  leaving.child.disconnect();
  await left;
  const ready = waiting.next('ready');
  owner.child.kill('SIGKILL');
  expect((await ready).notice).toBeNull();
});

// The superuser may write anywhere, so the child becomes nobody.
const asNobody: ForkOptions = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

test.skipIf(process.platform === 'win32')(
  'a directory that cannot be written is refused, and the process leaves',
  async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o555);
    onTestFinished(() => chmodSync(directory, 0o755));
    const host = new Host(directory, asNobody);
    const ended = once(host.child, 'exit');
    expect(await host.next('refused')).toMatchObject({ code: 'no_permission' });
    expect(await ended).toEqual([0, null]);
  },
);
