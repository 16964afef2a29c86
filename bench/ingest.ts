/**
 * How many posts of 20 samples a hub takes, beside servers that keep them in memory: `npm run bench:ingest -- [ROUNDS] [SECONDS] [CONNECTIONS]` (5, 4 and
 * 32). The hub judges them by three rules, has them on the disk before it answers, and looks at a token. Peers read, check and keep
 * them in a dictionary, as their users write it: FastAPI on uvicorn with uvloop and httptools, Flask on gunicorn, and Tornado, as
 * Debian has them (`apt-get install python3-fastapi uvicorn python3-uvloop python3-httptools python3-flask gunicorn python3-tornado`);
 * and Node's own HTTP server, which says how far Node comes on the machine.
 *
 * All run at once, on the first processor, and are asked in turns by a client on the second one. Needs `taskset`, and a built checkout.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Load } from './ingest/load.ts';
import { treeOf } from './process-tree.ts';
import { freePort } from '../src-main/testing/free-port.ts';

const [rounds, seconds, connections] = [2, 3, 4].map((place, index) =>
  Number(process.argv[place] ?? [5, 4, 32][index]),
) as [number, number, number];
const program = join(import.meta.dirname, '..', 'dist', 'plimsoll.mjs');
const peers = join(import.meta.dirname, 'ingest');
/** Debian's own. */
const python = '/usr/bin/python3';
const samplesInPost = 20;
const onOneCore = cpus().length > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** Words that start a program on one processor. */
function pinned(core: 0 | 1, words: string[]): [string, string[]] {
  const [command = '', ...others] = onOneCore ? ['taskset', '-c', String(core), ...words] : words;
  return [command, others];
}

const home = mkdtempSync(join(tmpdir(), 'plimsoll-ingest-'));
const children: ChildProcess[] = [];
// Whatever goes wrong here: nothing is left running.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

function start(words: string[]): ChildProcess {
  const [command, others] = pinned(0, words);
  const child = spawn(command, others, { stdio: ['ignore', 'pipe', 'inherit'], cwd: peers });
  children.push(child);
  return child;
}

interface Contestant {
  name: string;
  url: string;
  token: string;
  pid: number;
}

/** Processor time of a server with all that it started, in seconds; the clock ticks at 10 ms. */
function processorTimeOf({ pid }: Contestant): number {
  const ticks = treeOf(pid).map((one) => {
    const [user = NaN, system = NaN] = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return user + system;
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

/** What a client found, and what it cost the server. */
type Round = Load & { processorSeconds: number };

async function hub(name: string, built: string): Promise<Contestant> {
  const data = join(home, `data-${children.length}`);
  const settings = join(home, 'plimsoll.yaml');
  const rules = [90, 95, 99].map((threshold, index) => ({
    ...{ id: `rule-${index}`, name: `Rule ${index}`, source: 'source-0', metric: 'percent_0' },
    ...{ hosts: ['web-*'], comparison: 'greater_than', threshold: threshold * 100, consecutiveViolations: 3 },
  }));
  writeFileSync(settings, JSON.stringify({ version: 1, sources: [], rules, destinations: [], hub: {} }));
  const create = [built, 'token', 'create', 'bench', '--scope', 'ingest', '--data', data];
  const token = spawnSync(process.execPath, create, { encoding: 'utf8' }).stdout.trim();
  const child = start([
    ...[process.execPath, built, 'hub', '--port', '0'],
    ...['--data', data, '--config', settings],
  ]);
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.on('exit', () => reject(new Error(`${name} does not start`)));
    child.stdout?.on('data', (part: Buffer) => {
      said += part.toString();
      const found = /^Open +(http\S+)#code=/m.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { name, url, token, pid: child.pid ?? 0 };
}

async function peer(name: string, words: (port: number) => string[]): Promise<Contestant | undefined> {
  const port = await freePort();
  const child = start(words(port));
  child.stdout?.resume();
  const url = `http://127.0.0.1:${port}/`;
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    try {
      await fetch(url);
      return { name, url, token: 'none', pid: child.pid ?? 0 };
    } catch {
      await pause(100);
    }
  }
  console.log(`${name} does not start, and is left out.`);
  return undefined;
}

/** Other builds of Plimsoll to measure beside this one, such as the one before a change: paths of `plimsoll.mjs` in `BESIDE`. */
const others = (process.env['BESIDE'] ?? '').split(':').filter((path) => path !== '');
const contestants = [
  await hub('Plimsoll', program),
  ...(await Promise.all(others.map((path) => hub(path, path)))),
  await peer('node:http', (port) => [process.execPath, 'node_peer.mjs', String(port)]),
  await peer('FastAPI, uvicorn', (port) => [
    ...[python, '-m', 'uvicorn', 'fastapi_peer:app', '--port', String(port)],
    ...['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'warning'],
  ]),
  await peer('Tornado', (port) => [python, 'tornado_peer.py', String(port)]),
  await peer('Flask, gunicorn', (port) => [
    ...[python, '-m', 'gunicorn', 'flask_peer:app', '--bind', `127.0.0.1:${port}`],
    ...['--worker-class', 'gthread', '--threads', '8', '--log-level', 'warning'],
  ]),
].filter((one) => one !== undefined);

async function drive(contestant: Contestant, forSeconds: number, sources: number): Promise<Round> {
  const { url, token } = contestant;
  const before = processorTimeOf(contestant);
  const client = join(peers, 'load.ts');
  const numbers = [connections, forSeconds, sources].map(String);
  const [command, words] = pinned(1, [process.execPath, client, url, token, ...numbers]);
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  await once(child, 'close');
  const load = JSON.parse(out) as Load;
  return { ...load, processorSeconds: processorTimeOf(contestant) - before };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

for (const sources of [1, 4]) {
  const found = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  for (const contestant of contestants) await drive(contestant, seconds, sources);
  for (let round = 0; round < rounds; round++)
    for (const contestant of contestants)
      found.get(contestant.name)?.push(await drive(contestant, seconds, sources));
  const rate = (round: Round): number => round.taken / round.seconds;
  const costMs = (round: Round): number => (1000 * round.processorSeconds) / round.taken;
  const first = found.get('Plimsoll') ?? [];
  const where = onOneCore ? 'a processor for the servers and one for the client' : 'not pinned';
  console.log(
    `${samplesInPost} samples of ${sources} source${sources === 1 ? '' : 's'} a post, ${connections} connections, ${rounds} rounds of ${seconds} s, ${where}:`,
  );
  for (const [name, all] of found) {
    const of = (number: (round: Round) => number): number => median(all.map(number));
    const against = (number: (round: Round) => number): string =>
      median(all.map((round, place) => number(round) / number(first[place] ?? round))).toFixed(2);
    const statuses = all.flatMap(({ others }) => Object.entries(others));
    console.log(
      [
        `  ${name.padEnd(18)} ${of(rate).toFixed(0)} posts/s`,
        `${of(costMs).toFixed(3)} ms of processor time each`,
        `p50 ${of(({ p50 }) => p50).toFixed(1)} ms`,
        `p99 ${of(({ p99 }) => p99).toFixed(1)} ms`,
        ...(name === 'Plimsoll'
          ? []
          : [`takes ${against(rate)} of Plimsoll's posts, each costs ${against(costMs)} times as much`]),
        `client busy for ${(100 * of(({ own }) => own)).toFixed(0)} %`,
        ...statuses.map(([status, count]) => `${count} × ${status}`),
      ].join(', '),
    );
  }
}
process.exit();
