import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SeriesHistory } from '../contract/history.ts';
import { systemCodeOf } from '../contract/error.ts';
import type { IngestAnswer } from '../contract/ingest.ts';
import type { Status } from '../contract/status.ts';
import { CommandLine } from '../testing/command-line.ts';
import type { Started } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';

/** How long the overload lasts in seconds: a minute, but shorter in the suite. */
const seconds = Number(process.env['PLIMSOLL_SECONDS'] ?? 60);

let line: CommandLine;
let token: string;
let mounted: boolean;
let agent: Agent;

beforeEach(() => {
  line = new CommandLine();
  mounted = false;
  agent = new Agent({ keepAlive: true });
});
afterEach(() => {
  agent.destroy();
  if (mounted) execFileSync('umount', ['-l', line.data]);
  line.close();
});

async function startedHub(): Promise<Started> {
  const settings = join(line.home, 'plimsoll.yaml');
  writeFileSync(settings, JSON.stringify({ version: 1, sources: [], rules: [], destinations: [], hub: {} }));
  const words = ['token', 'create', 'all', '--scope', 'ingest', '--data', line.data];
  token = (await line.run(words)).out.trim();
  const started = await line.start(['--port', '0', '--config', settings], {}, 'hub');
  await expect
    .poll(async () => (await post(started.url, bodyOf('ready', 1, Date.now()))).status, { timeout: 60_000 })
    .toBe(200);
  return started;
}

function bodyOf(host: string, metrics: number, at: number): string {
  const samples = Array.from({ length: metrics }, (_, index) => ({
    ...{ source: 'load', metric: `m${index}`, at },
    value: at % 1000,
  }));
  return JSON.stringify({ host, sentAt: Date.now(), intervalSeconds: 60, samples });
}

interface Posted {
  /** 0 if the connection broke. */
  status: number;
  retryAfter: string | undefined;
  answer: IngestAnswer | null;
  tookMs: number;
}

function post(url: string, body: string): Promise<Posted> {
  const from = performance.now();
  const { promise, resolve } = Promise.withResolvers<Posted>();
  const asked = request(
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
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          answer: response.statusCode === 200 ? (JSON.parse(text) as IngestAnswer) : null,
          tookMs: performance.now() - from,
        }),
      );
    },
  );
  asked.on('error', () =>
    resolve({ status: 0, retryAfter: undefined, answer: null, tookMs: performance.now() - from }),
  );
  asked.end(body);
  return promise;
}

/** The times of a host's samples of a metric in the history. */
async function stored(host: string, metric: string): Promise<number[]> {
  const query = { host, source: 'load', metric, points: '5000', from: '0', to: String(Date.now() + 600_000) };
  const path = `/api/v1/history?${String(new URLSearchParams(query))}`;
  const { at, bucketMs } = (await askOwner(line.data, 'GET', path)) as SeriesHistory;
  expect(bucketMs).toBe(0);
  return at;
}

const p99 = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? NaN;

/** The rated load: 2,000 hosts that post once a minute. */
const ratedPerSecond = 2000 / 60;

it(
  `ten times the rated load for ${seconds} s is taken, and what is more is refused politely; nothing acknowledged is lost`,
  { timeout: 180_000 + seconds * 5000 },
  async () => {
    const { url, child, outcome } = await startedHub();
    const alone: number[] = [];
    // Warms up: frequently called functions get compiled.
    for (let turn = 0; turn < 300; turn++) await post(url, bodyOf(`warm-${turn % 50}`, 20, Date.now()));
    for (let turn = 0; turn < 50; turn++)
      alone.push((await post(url, bodyOf('ready', 20, Date.now()))).tookMs);

    const waits = monitorEventLoopDelay({ resolution: 10 });
    waits.enable();
    // Posts start when they are due, whether or not earlier ones were answered.
    const posts: Promise<Posted & { host: string; at: number }>[] = [];
    const send = (host: string, metrics: number, at: number): void => {
      posts.push(post(url, bodyOf(host, metrics, at)).then((posted) => ({ ...posted, host, at })));
    };
    const began = Date.now();
    for (let sent = 0; sent < 10 * ratedPerSecond * seconds; sent++) {
      send(`host-${sent % 200}`, 20, began + sent);
      const dueMs = began + ((sent + 1) * 1000) / (10 * ratedPerSecond) - Date.now();
      if (dueMs > 0) await pause(dueMs);
    }
    const rated = await Promise.all(posts);
    expect(rated.filter(({ status }) => ![200, 429, 503].includes(status))).toEqual([]);
    const taken = rated.filter(({ status }) => status === 200);
    expect(taken.length).toBeGreaterThan(rated.length / 10);
    const ratedMs = p99(taken.map(({ tookMs }) => tookMs));

    // Now more than may wait, all at once.
    posts.length = 0;
    const ready = Array.from({ length: 450 }, (_, index) => {
      const [host, at] = [`flood-${index % 25}`, began + index];
      return { host, at, body: bodyOf(host, 1000, at) };
    });
    for (const [index, { host, at, body }] of ready.entries()) {
      posts.push(post(url, body).then((posted) => ({ ...posted, host, at })));
      if (index % 150 === 149) await pause(300);
    }
    const flood = await Promise.all(posts);
    const floodMs = p99(flood.filter(({ status }) => status === 200).map(({ tookMs }) => tookMs));
    const refused = flood.filter(({ status }) => status !== 200);
    expect(refused.filter(({ status }) => status !== 429 && status !== 503)).toEqual([]);
    for (const { retryAfter } of [...refused, ...rated.filter(({ status }) => status !== 200)])
      expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);

    // Ten seconds later everything is as before.
    const over = performance.now();
    for (let calm = 0; calm < 5;) {
      const { status, tookMs } = await post(url, bodyOf('ready', 20, Date.now()));
      calm = status === 200 && tookMs <= Math.max(50, 3 * p99(alone)) ? calm + 1 : 0;
      expect(performance.now() - over).toBeLessThan(10_000);
    }
    waits.disable();
    const said = [
      `${rated.length} posts at ten times the rated load, ${taken.length} taken, p99 ${ratedMs.toFixed(0)} ms`,
      `${flood.length} of 1000 samples at once, ${refused.length} refused, p99 of the others ${floodMs.toFixed(0)} ms`,
      `calm ${Math.round(performance.now() - over)} ms after`,
      `this process waited for up to ${(waits.max / 1e6).toFixed(0)} ms`,
    ];
    console.log(`overload: ${said.join('; ')}`);
    // A second on an idle machine. On a busy one the hub waits for a processor as long as this process does.
    const mostMs = 1000 + (4 * waits.max) / 1e6;
    expect(ratedMs).toBeLessThan(mostMs);
    expect(floodMs).toBeLessThan(mostMs);

    const accepted = Map.groupBy(
      [...taken, ...flood.filter(({ status }) => status === 200)],
      ({ host }) => host,
    );
    for (const [host, ofHost] of accepted) {
      const last = host.startsWith('flood') ? 'm999' : 'm19';
      const times = ofHost.map(({ at }) => at).sort((a, b) => a - b);
      for (const metric of ['m0', last]) expect(await stored(host, metric)).toEqual(times);
      for (const { answer } of ofHost) expect(answer).toMatchObject({ duplicate: 0, rejected: 0 });
    }
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
);

let filled = 0;

/** Fills the disk completely. */
function fill(): void {
  const { bavail, bsize } = statfsSync(line.data);
  for (const bytes of [bavail * bsize, ...Array<number>(64).fill(4096)]) {
    try {
      writeFileSync(join(line.data, `filler-${++filled}`), Buffer.alloc(bytes));
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOSPC') throw thrown;
    }
  }
}

function makeRoom(): void {
  for (const name of readdirSync(line.data)) if (name.startsWith('filler-')) rmSync(join(line.data, name));
}

it(
  'a full disk: no post is acknowledged and each is told to wait, nothing acknowledged before is lost, and it goes on by itself',
  { timeout: 180_000 },
  async (context) => {
    mkdirSync(line.data);
    try {
      const options = ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', line.data];
      execFileSync('mount', options, { stdio: 'ignore' });
      mounted = true;
    } catch {
      // Not available on this system, or to this user.
    }
    if (!mounted) context.skip('needs the right to mount a small file system');
    const { url, child, outcome } = await startedHub();
    const begin = Date.now();
    const acknowledged: number[] = [];
    let next = begin;
    const sendOne = async (): Promise<Posted> => {
      const at = ++next;
      const posted = await post(url, bodyOf('web-1', 20, at));
      if (posted.status === 200) acknowledged.push(at);
      return posted;
    };
    for (let full = 0; full < 2; full++) {
      for (let sent = 0; sent < 20; sent++) expect((await sendOne()).status).toBe(200);
      fill();
      // Fills the space that the ballast releases, too.
      await sendOne();
      fill();
      const filledAt = performance.now();
      while ((await sendOne()).status === 200) expect(performance.now() - filledAt).toBeLessThan(1000);
      for (let sent = 0; sent < 20; sent++) {
        const { status, retryAfter } = await sendOne();
        expect([503, 507]).toContain(status);
        expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
      }
      // It still answers questions about the problem.
      expect(((await askOwner(line.data, 'GET', '/api/v1/status')) as Status).version).not.toBe('');
      makeRoom();
      await expect.poll(async () => (await sendOne()).status, { timeout: 15_000 }).toBe(200);
    }
    for (const metric of ['m0', 'm19']) expect(await stored('web-1', metric)).toEqual(acknowledged);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
);

it.runIf(process.platform === 'linux')(
  'a hub that hangs: its agents keep what they read, and it has all of it when it goes on, once',
  { timeout: 240_000 },
  async () => {
    const { url, child, outcome } = await startedHub();
    const machine = new CommandLine();
    const settings = join(machine.home, 'plimsoll.yaml');
    writeFileSync(join(machine.home, 'hub.token'), token, { mode: 0o600 });
    writeFileSync(
      settings,
      JSON.stringify({
        version: 1,
        sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 1 }],
        rules: [],
        destinations: [
          {
            ...{ name: 'hub', kind: 'hub', enabled: true, url, everySeconds: 1 },
            token: { file: join(machine.home, 'hub.token') },
          },
        ],
      }),
    );
    const sender = await machine.start(['--port', '0', '--config', settings]);
    const timesIn = async (data: string): Promise<number[]> => {
      const series = { host: hostname(), source: 'memory', metric: 'memory_percent' };
      const query = { ...series, from: '0', to: String(Date.now()), points: '5000' };
      const path = `/api/v1/history?${String(new URLSearchParams(query))}`;
      return ((await askOwner(data, 'GET', path)) as SeriesHistory).at;
    };
    const own = () => timesIn(machine.data);
    const sent = () => timesIn(line.data);
    await expect.poll(async () => (await sent()).length, { timeout: 60_000 }).toBeGreaterThan(3);

    const { stages } = (await askOwner(line.data, 'GET', '/api/v1/status')) as Status;
    const processes = [child.pid ?? expect.unreachable(), ...stages.flatMap(({ pid }) => pid ?? [])];
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    await pause(25_000);
    const until = (await own()).at(-1) ?? NaN;
    for (const pid of processes) process.kill(pid, 'SIGCONT');

    // Half a minute of it is newer than what the hub has by now.
    await expect.poll(async () => ((await sent()).at(-1) ?? 0) > until, { timeout: 90_000 }).toBe(true);
    const wanted = (await own()).filter((at) => at <= until);
    await expect
      .poll(
        async () => {
          const there = new Set(await sent());
          return wanted.filter((at) => !there.has(at)).length;
        },
        { timeout: 60_000 },
      )
      .toBe(0);
    const all = await sent();
    expect(new Set(all).size).toBe(all.length);
    sender.child.kill('SIGTERM');
    expect((await sender.outcome).code).toBe(0);
    machine.close();
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
);
