/**
 * A simulated fleet that sends to a hub with its history in PostgreSQL or, with `sqlite`, in a file of its own:
 * `npm run bench:fleet -- [HOSTS] [MINUTES] [postgres|sqlite] [SECONDS]` (2000, 10, postgres and 60).
 * Each host posts 20 metrics every so many seconds by the public API, all of them evenly over that time. Says whether anything
 * was lost, how late rules judged, how long questions took meanwhile, and what it cost. Needs Linux, a built checkout and, for PostgreSQL, Debian's `postgresql`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askOwner } from '../src-main/headless/owner-api.ts';
import { PostgresServer, noPostgres } from '../src-main/testing/postgres.ts';
import { pssOf, treeOf } from './process-tree.ts';

const [hosts, minutes] = [Number(process.argv[2] ?? 2000), Number(process.argv[3] ?? 10)];
const isPostgres = process.argv[4] !== 'sqlite';
const everySeconds = Number(process.argv[5] ?? 60);
const metrics = 20;
const program = join(import.meta.dirname, '..', 'dist', 'plimsoll.mjs');
const minuteMs = 60_000;

if (isPostgres && noPostgres !== undefined) {
  console.log(`Skipped: ${noPostgres}`);
  process.exit(0);
}

const server = isPostgres ? await PostgresServer.start() : undefined;
const home = mkdtempSync(join(tmpdir(), 'plimsoll-fleet-'));
const database = await server?.database();
const settings = join(home, 'plimsoll.yaml');
const rule = {
  ...{ id: 'high', name: 'High', source: 'fleet', metric: 'm0', comparison: 'greater_than', threshold: 1000 },
  hosts: ['host-*'],
  severity: 'warning',
};
writeFileSync(
  settings,
  JSON.stringify({ version: 1, sources: [], rules: [rule], destinations: [], ...(database && { database }) }),
);
const data = join(home, 'data');

async function run(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...words, '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  await new Promise((resolve) => child.once('exit', resolve));
  return out.trim();
}

const token = await run('token', 'create', 'fleet', '--scope', 'ingest');
const hub = spawn(process.execPath, [program, 'hub', '--port', '0', '--data', data, '--config', settings], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((resolve) => {
  let said = '';
  hub.stdout.on('data', (part: Buffer) => {
    said += part.toString();
    const found = /^Open +(http\S+)#code=/m.exec(said)?.[1];
    if (found !== undefined) resolve(found);
  });
});
// Whatever goes wrong here: nothing is left running.
process.on('exit', () => {
  hub.kill('SIGKILL');
  server?.kill();
});
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function post(host: string, at: number, first: number): Promise<number> {
  const samples = Array.from({ length: metrics }, (_, index) => ({
    ...{ source: 'fleet', metric: `m${index}`, at },
    value: index === 0 ? first : Math.round(Math.random() * 1000) / 10,
  }));
  const body = JSON.stringify({
    host,
    sentAt: new Date().toISOString(),
    intervalSeconds: everySeconds,
    samples,
  });
  return new Promise((resolve) => {
    request(
      new URL('/api/v1/ingest', url),
      {
        ...{ agent, method: 'POST' },
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    )
      .on('error', () => resolve(0))
      .end(body);
  });
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? NaN;
}

for (let attempt = 0; (await post('host-0', Date.now() - minuteMs, 1)) !== 200; attempt++) {
  if (attempt === 100) throw new Error('the hub does not take anything');
  await pause(200);
}

const began = Date.now();
const ends = began + minutes * minuteMs;
let acknowledged = 1;
let refused = 0;
const postMs: number[] = [];
const questionMs: number[] = [];
const judgedMs: number[] = [];
let peakMemory = 0;
const underWay: Promise<void>[] = [];

async function send(index: number, at: number, value: number): Promise<void> {
  for (;;) {
    const before = performance.now();
    const status = await post(`host-${index}`, at, value);
    if (status === 200) {
      postMs.push(performance.now() - before);
      acknowledged++;
      return;
    }
    refused++;
    await pause(1000);
  }
}

const ask = async <Answer>(path: string): Promise<Answer> => (await askOwner(data, 'GET', path)) as Answer;

async function askNow(): Promise<void> {
  const host = `host-${Math.floor(Math.random() * hosts)}`;
  const now = Date.now();
  const series = [1, 2, 3, 4].map((number) => ({ host, source: 'fleet', metric: `m${number}`, labels: {} }));
  const questions = [
    () =>
      ask(
        `/api/v1/history?host=${host}&source=fleet&metric=m1&from=${began - minuteMs}&to=${now}&points=500`,
      ),
    () =>
      askOwner(data, 'POST', '/api/v1/history/ranges', {
        series,
        from: now - 86_400_000,
        to: now,
        points: 800,
      }),
    () => ask(`/api/v1/history/latest?host=${host}&from=${now - 86_400_000}&limit=50`),
  ];
  for (const question of questions) {
    const before = performance.now();
    await question();
    questionMs.push(performance.now() - before);
  }
}

/** One host's value rises: how long until its alert fires. */
async function judgeNow(index: number): Promise<void> {
  const before = performance.now();
  await send(index, Date.now(), 5000);
  for (;;) {
    const { alerts } = await ask<{ alerts: { series: { host: string } }[] }>('/api/v1/status');
    if (alerts.some(({ series }) => series.host === `host-${index}`)) break;
    await pause(10);
  }
  judgedMs.push(performance.now() - before);
}

/** The samples of the fleet that are in history, and what they take. */
async function storedNow(): Promise<{ samples: number; bytes: number }> {
  if (server !== undefined && database !== undefined) {
    const [row] = await server.sql(
      `SELECT count(*)::int AS samples, pg_database_size('${database.name}')::float8 AS bytes
       FROM plimsoll.sample JOIN plimsoll.series ON id = series WHERE source = 'fleet'`,
      database.name,
    );
    return { samples: Number(row?.['samples']), bytes: Number(row?.['bytes']) };
  }
  let samples = 0;
  for (let host = 0; host < hosts; host++) {
    const query = `host=host-${host}&source=fleet&from=0&to=${Date.now() + minuteMs}&points=5000`;
    for (let metric = 0; metric < metrics; metric++)
      samples += (await ask<{ at: number[] }>(`/api/v1/history?${query}&metric=m${metric}`)).at.length;
  }
  const files = ['history.sqlite', 'history.sqlite-wal'].map((name) => join(data, name));
  return {
    samples,
    bytes: files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
  };
}

/** Begins when that part of a second is over. */
async function within(part: number, work: () => Promise<void>): Promise<void> {
  await pause(part * 1000);
  await work();
}

let nextSecond = began;
const share = Math.ceil(hosts / everySeconds);
for (let tick = 0; nextSecond < ends; tick++, nextSecond += 1000) {
  const first = (tick % everySeconds) * share;
  for (let place = 0; place < share && first + place < hosts; place++)
    underWay.push(within(place / share, () => send(first + place, Date.now(), 1)));
  if (tick % 5 === 0) underWay.push(within(Math.random(), askNow));
  if (tick % 15 === 7) underWay.push(judgeNow((first + Math.floor(hosts / 2)) % hosts));
  if (tick % 10 === 0)
    peakMemory = Math.max(
      peakMemory,
      treeOf(hub.pid ?? 0).reduce((sum, pid) => sum + pssOf(pid), 0),
    );
  await pause(Math.max(0, nextSecond + 1000 - Date.now()));
}
await Promise.all(underWay);
const finishedMs = Date.now() - ends;
const stored = await storedNow();
hub.kill('SIGTERM');
await new Promise((resolve) => hub.once('exit', resolve));
await server?.close();
rmSync(home, { recursive: true, force: true });

const samples = acknowledged * metrics;
const lost = samples - stored.samples;
const store = isPostgres ? 'PostgreSQL' : 'SQLite';
console.log(`${hosts} hosts, ${metrics} metrics every ${everySeconds} s, ${minutes} minutes, ${store}:`);
console.log(
  `  ${acknowledged} posts acknowledged (${samples} samples), ${refused} refused and sent again, ${lost} samples lost`,
);
console.log(`  the last post was acknowledged ${finishedMs} ms after the end`);
console.log(
  `  a post takes ${percentile(postMs, 0.5).toFixed(1)} ms (p95 ${percentile(postMs, 0.95).toFixed(1)} ms)`,
);
console.log(
  `  ${questionMs.length} questions: ${percentile(questionMs, 0.5).toFixed(1)} ms (p95 ${percentile(questionMs, 0.95).toFixed(1)} ms)`,
);
console.log(
  `  ${judgedMs.length} alerts fired ${percentile(judgedMs, 0.5).toFixed(0)} ms after the post began (p95 ${percentile(judgedMs, 0.95).toFixed(0)} ms)`,
);
console.log(`  the hub takes ${peakMemory.toFixed(0)} MB (its processes together, at most)`);
console.log(`  history has ${(stored.bytes / samples).toFixed(0)} bytes a sample`);
process.exitCode = lost === 0 ? 0 : 1;
