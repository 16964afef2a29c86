/**
 * What Plimsoll costs and how soon it is there, beside a bare Node in the same run: `npm run bench:footprint`.
 * Needs Linux (`/proc`) and a built checkout.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pssOf, treeOf } from './process-tree.ts';

const program = join(import.meta.dirname, '..', 'dist', 'plimsoll.mjs');
const settleSeconds = Number(process.argv[2] ?? 60);
const clockTicksPerSecond = 100;

function start(...words: string[]): ChildProcess {
  return spawn(process.execPath, words, { stdio: 'ignore' });
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
}

function ask(socketPath: string): Promise<{ latest: { value: number }[] }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/api/v1/status' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(JSON.parse(text) as { latest: { value: number }[] }));
    })
      .on('error', reject)
      .end();
  });
}

async function firstValueMs(socketPath: string): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const seen = await ask(socketPath).then(
      (status) => status.latest.length > 0,
      () => false,
    );
    if (seen) return performance.now() - begun;
    if (performance.now() - begun > 30_000) throw new Error('no value within 30 s');
    await pause(10);
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

async function coldSampleMs(): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    const begun = performance.now();
    if ((await ended(start(program, 'sample', '--json'))) !== 0) throw new Error('sample failed');
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? NaN;
}

const round = (value: number) => Math.round(value * 100) / 100;
const data = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const bare = start('-e', 'setInterval(() => {}, 1000)');
const app = start(program, 'run', '--data', data, '--port', '0');
try {
  if (app.pid === undefined || bare.pid === undefined) throw new Error('could not start');
  const first = await firstValueMs(join(data, 'plimsoll.sock'));
  await pause(5000);
  const tree = treeOf(app.pid);
  const before = tree.map(cpuSecondsOf).reduce((sum, seconds) => sum + seconds, 0);
  await pause(settleSeconds * 1000);
  const after = tree.map(cpuSecondsOf).reduce((sum, seconds) => sum + seconds, 0);
  const memory = tree.map(pssOf);
  const total = memory.reduce((sum, megabytes) => sum + megabytes, 0);
  const bareMemory = pssOf(bare.pid);
  console.log(
    `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`,
  );
  console.log(`first live value: ${Math.round(first)} ms after the process was started`);
  console.log(
    `cold sample --json, of which 1,000 ms are the sample: ${Math.round(await coldSampleMs())} ms (median of 5)`,
  );
  console.log(
    `memory (PSS): ${round(total)} MB in ${tree.length} processes (${memory.map(round).join(' + ')})`,
  );
  console.log(`  a bare Node in the same run: ${round(bareMemory)} MB; ratio ${round(total / bareMemory)}`);
  console.log(
    `processor: ${round(((after - before) / settleSeconds) * 60)} s per minute over ${settleSeconds} s, starter settings`,
  );
} finally {
  app.kill('SIGTERM');
  bare.kill('SIGTERM');
  await Promise.all([ended(app), ended(bare)]);
  rmSync(data, { recursive: true, force: true });
}
