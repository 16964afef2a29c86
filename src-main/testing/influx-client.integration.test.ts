import { spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostDetail } from '../contract/host.ts';
import { askOwner } from '../headless/owner-api.ts';
import { CommandLine } from './command-line.ts';

/** Debian's own, for which python3-influxdb is installed. */
const python = '/usr/bin/python3';
const isThere = spawnSync(python, ['-c', 'import influxdb'], { stdio: 'ignore' }).status === 0;

/** What programs with InfluxDB's own client for Python do: points as dictionaries, plain and packed with gzip, in two precisions. */
const program = `
import sys, time
from influxdb import InfluxDBClient
port, token = int(sys.argv[1]), sys.argv[2]
for gzip in (False, True):
    client = InfluxDBClient(host='127.0.0.1', port=port, username=None, password=None, database='metrics', gzip=gzip,
        headers={'Authorization': 'Token ' + token, 'Content-Type': 'application/octet-stream'})
    name = 'packed' if gzip else 'plain'
    now = int(time.time())
    points = [{'measurement': 'greenhouse', 'tags': {'host': name, 'bay': 'a, b=1'}, 'time': now,
        'fields': {'pressure': 1013.25, 'fans': 3, 'open': True, 'note': 'a "word"'}}]
    print(client.write_points(points, time_precision='s'))
    print(client.write_points([{'measurement': 'queue', 'tags': {'host': name}, 'fields': {'length': 7.0}}]))
`;

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

test.skipIf(!isThere)(
  `a client of InfluxDB writes to a hub${isThere ? '' : ' (python3-influxdb is not installed)'}`,
  { timeout: 120_000 },
  async () => {
    const words = ['token', 'create', 'influx', '--scope', 'ingest', '--data', line.data];
    const token = (await line.run(words)).out.trim();
    const { url, child, outcome } = await line.start(['--port', '0'], {}, 'hub');
    const ready = () =>
      fetch(new URL('/api/v2/write', url), {
        method: 'POST',
        headers: { Authorization: `Token ${token}` },
        body: 'ready,host=ready value=1',
      });
    await expect.poll(async () => (await ready()).status, { timeout: 60_000 }).toBe(204);
    const client = spawn(python, ['-c', program, new URL(url).port, token], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [client.stdout, client.stderr])
      stream.on('data', (part: Buffer) => (said += part.toString()));
    await once(client, 'close');
    expect(said).toBe('True\nTrue\nTrue\nTrue\n');
    for (const host of ['plain', 'packed']) {
      const { latest } = (await askOwner(line.data, 'GET', `/api/v1/hosts/${host}`)) as HostDetail;
      const values = latest.map(({ source, metric, labels, value }) => [source, metric, labels, value]);
      const bay = { bay: 'a, b=1' };
      expect(values.toSorted()).toEqual([
        ['greenhouse', 'fans', bay, 3],
        ['greenhouse', 'open', bay, 1],
        ['greenhouse', 'pressure', bay, 1013.25],
        ['queue', 'length', {}, 7],
      ]);
      for (const { at } of latest) expect(Math.abs(at - Date.now())).toBeLessThan(120_000);
    }
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
);
