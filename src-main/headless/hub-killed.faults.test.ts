import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Host } from '../contract/host.ts';
import type { SeriesHistory } from '../contract/history.ts';
import type { IngestAnswer } from '../contract/ingest.ts';
import { CommandLine } from '../testing/command-line.ts';
import { randomFrom } from '../testing/random-from.ts';
import { askOwner } from './owner-api.ts';

const kills = Number(process.env['PLIMSOLL_KILLS'] ?? 8);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);

const writers = [0, 1, 2, 3];
const metricsInBatch = 20;
/** Long enough ago for the history to make blocks of it meanwhile. */
const begin = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3 * 3_600_000;
/** A query of the history returns at most 5,000 samples. */
const batchesAtMost = 4500;
const readyMs = 2000;

let line: CommandLine;
let token: string;
beforeEach(async () => {
  line = new CommandLine();
  writeFileSync(
    join(line.home, 'plimsoll.yaml'),
    JSON.stringify({ version: 1, sources: [], rules: [], destinations: [], hub: {} }),
  );
  token = (
    await line.run(['token', 'create', 'writers', '--scope', 'ingest', '--data', line.data])
  ).out.trim();
});
afterEach(() => line.close());

const valueOf = (writer: number, batch: number, metric: number) => writer * 1e6 + batch * 100 + metric;

function bodyOf(writer: number, batch: number): string {
  const samples = Array.from({ length: metricsInBatch }, (_, metric) => ({
    source: `writer-${writer}`,
    metric: `m${metric}`,
    value: valueOf(writer, batch, metric),
    at: begin + batch * 500,
  }));
  return JSON.stringify({ batch: `${writer}-${batch}`, host: 'web-1', samples });
}

/** The answer to a batch; null if it is unknown, or the batch was not accepted. */
async function post(url: string, body: string): Promise<IngestAnswer | null> {
  try {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const answer = await fetch(new URL('/api/v1/ingest', url), { method: 'POST', headers, body });
    return answer.ok ? ((await answer.json()) as IngestAnswer) : null;
  } catch {
    return null;
  }
}

/** Starts the hub, and measures the time until it has accepted a batch. */
async function startedHub() {
  const from = performance.now();
  const started = await line.start(['--port', '0', '--config', join(line.home, 'plimsoll.yaml')]);
  while ((await post(started.url, JSON.stringify({ host: 'probe', samples: [probe()] }))) === null)
    await pause(20);
  return { ...started, tookMs: performance.now() - from };
}

const probe = () => ({ source: 'probe', metric: 'probe', value: 1, at: Date.now() });

async function stored(writer: number, metric: number): Promise<SeriesHistory> {
  const query = { host: 'web-1', source: `writer-${writer}`, metric: `m${metric}`, points: '5000' };
  const range = { from: String(begin - 1), to: String(Date.now()) };
  const path = `/api/v1/history?${String(new URLSearchParams({ ...query, ...range }))}`;
  // The history may still be starting.
  const answer = () => askOwner(line.data, 'GET', path);
  await expect
    .poll(
      () =>
        answer().then(
          () => true,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true);
  return (await answer()) as SeriesHistory;
}

it(
  `killed ${kills} times while four send: what was acknowledged is there, once (PLIMSOLL_SEED=${seed})`,
  { timeout: 120_000 + kills * 40_000 },
  async () => {
    const random = randomFrom(seed);
    const acknowledged = writers.map(() => new Set<number>());
    const books = { sent: 0, accepted: 0, duplicate: 0 };
    const next = writers.map(() => 0);
    const took: number[] = [];
    let hub = await startedHub();
    const firstMs = hub.tookMs;
    let url: string | null = hub.url;
    let over = false;
    const isOver = () => over;
    const write = async (writer: number) => {
      for (let batch = 0; !isOver() && batch < batchesAtMost; batch++) {
        next[writer] = batch;
        const body = bodyOf(writer, batch);
        for (;;) {
          const answer = url === null ? null : await post(url, body);
          if (answer !== null) {
            expect(answer).toMatchObject({ rejected: 0, batch: `${writer}-${batch}` });
            expect(answer.accepted + answer.duplicate).toBe(metricsInBatch);
            books.sent += metricsInBatch;
            books.accepted += answer.accepted;
            books.duplicate += answer.duplicate;
            acknowledged[writer]?.add(batch);
            break;
          }
          if (isOver()) return;
          await pause(10);
        }
      }
    };
    const writing = writers.map(write);
    for (let kill = 0; kill < kills; kill++) {
      await pause(random() * 1500);
      url = null;
      hub.child.kill('SIGKILL');
      await hub.outcome;
      hub = await startedHub();
      took.push(hub.tookMs);
      url = hub.url;
    }
    await pause(500);
    over = true;
    await Promise.all(writing);

    let inHistory = 0;
    for (const writer of writers) {
      const known = acknowledged[writer] ?? new Set();
      expect(known.size).toBeGreaterThan(0);
      for (let metric = 0; metric < metricsInBatch; metric++) {
        const { at, avg, bucketMs } = await stored(writer, metric);
        expect(bucketMs).toBe(0);
        const batches = at.map((time) => (time - begin) / 500);
        // No duplicates, nothing that nobody sent, each with its value,
        expect(new Set(batches).size).toBe(batches.length);
        expect(batches.filter((batch) => batch > (next[writer] ?? 0))).toEqual([]);
        expect(avg).toEqual(batches.map((batch) => valueOf(writer, batch, metric)));
        // and everything that was acknowledged is there.
        expect([...known].filter((batch) => !batches.includes(batch))).toEqual([]);
        inHistory += batches.length;
      }
    }
    expect(books.sent).toBe(books.accepted + books.duplicate);
    expect(inHistory).toBeGreaterThanOrEqual(books.sent);
    // Two seconds on an idle machine. On a busy one, not much longer than the first start took.
    expect(Math.max(...took)).toBeLessThan(Math.max(readyMs, 3 * firstMs));

    const hosts = (await askOwner(line.data, 'GET', '/api/v1/hosts')) as Host[];
    expect(hosts.map(({ host }) => host).sort()).toEqual(['probe', 'web-1']);
    hub.child.kill('SIGTERM');
    expect((await hub.outcome).code).toBe(0);
    for (const file of ['history.sqlite', 'state.sqlite']) {
      const database = new DatabaseSync(join(line.data, file));
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      database.close();
    }
  },
);

it('a batch that is sent again because no answer came is kept once', { timeout: 120_000 }, async () => {
  const { url, child, outcome } = await startedHub();
  const body = bodyOf(0, 1);
  const head = [
    'POST /api/v1/ingest HTTP/1.1',
    `Host: ${new URL(url).host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  for (let attempt = 0; attempt < 10; attempt++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    // The answer is being sent, and nobody reads it.
    await once(socket, 'readable');
    socket.destroy();
  }
  expect(await post(url, body)).toMatchObject({ accepted: 0, duplicate: metricsInBatch, rejected: 0 });
  for (let metric = 0; metric < metricsInBatch; metric++)
    expect((await stored(0, metric)).avg).toEqual([valueOf(0, 1, metric)]);
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
});
