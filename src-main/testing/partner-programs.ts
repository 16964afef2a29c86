import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

/** Whether a program can be run here; a test that needs it says so where it cannot. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;
}

/** A real InfluxDB 1.x with a database `plimsoll`, ended when the test is over. Returns its address. */
export async function influxd(): Promise<string> {
  const directory = temporary('influxd');
  const [http, rpc] = [await freePort(), await freePort()];
  const path = (name: string) => JSON.stringify(join(directory, name));
  writeFileSync(
    join(directory, 'influxdb.conf'),
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpc}"`,
      `[meta]\n  dir = ${path('meta')}`,
      `[data]\n  dir = ${path('data')}\n  wal-dir = ${path('wal')}\n  index-version = "inmem"`,
      `[http]\n  bind-address = "127.0.0.1:${http}"\n  log-enabled = false`,
      '[monitor]\n  store-enabled = false',
    ].join('\n'),
  );
  start('influxd', ['-config', join(directory, 'influxdb.conf')], directory);
  const url = `http://127.0.0.1:${http}`;
  await answers(`${url}/ping`);
  await fetch(`${url}/query`, {
    method: 'POST',
    body: new URLSearchParams({ q: 'CREATE DATABASE plimsoll' }),
  });
  return url;
}

/** A real Prometheus that takes remote write, and scrapes these addresses every second. Returns its address. */
export async function prometheus(
  scraped: readonly { address: string; token: string }[] = [],
): Promise<string> {
  const directory = temporary('prometheus');
  const port = await freePort();
  const jobs = scraped.map(({ address, token }, index) => ({
    job_name: `job${index}`,
    authorization: { credentials: token },
    static_configs: [{ targets: [address] }],
  }));
  // JSON is YAML.
  const config = { global: { scrape_interval: '1s' }, scrape_configs: jobs };
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
  start(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    directory,
  );
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/-/ready`);
  return url;
}

function temporary(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `plimsoll-${name}-`));
  mkdirSync(join(directory, 'home'));
  return directory;
}

function start(program: string, words: string[], directory: string): void {
  const child = spawn(program, words, {
    stdio: 'ignore',
    env: { ...process.env, HOME: join(directory, 'home') },
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    if (attempt === 200) throw new Error(`${url} does not answer`);
    await pause(100);
  }
}
