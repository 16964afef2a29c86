import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reading } from '../contract/sample.ts';

/** A network namespace with only the loopback device; not every system allows users one. */
const own = ['--user', '--map-root-user', '--net'];
const isAllowed = process.platform === 'linux' && spawnSync('unshare', [...own, 'true']).status === 0;

/** Real sources on a real machine without a route, and one that asks this machine. */
const script = `
  import { systemClock } from './src-main/base/clock.ts';
  import { sourceKinds } from './src-main/collectors/source-kinds.ts';
  import { Scheduler } from './src-main/collectors/scheduler.ts';
  import { openSystem } from './src-main/collectors/system/open-system.ts';
  const source = (name, kind, options) => ({ name, kind, options, intervalSeconds: 10, secrets: {} });
  const kindOf = (name) => sourceKinds.find(({ kind }) => kind === name);
  const parsed = ([name, kind, options]) => source(name, kind, kindOf(kind).options.parse(options));
  const sources = [
    ['tcp', 'tcp', { host: '198.51.100.1', port: 22 }],
    ['http', 'http', { url: 'http://198.51.100.1/' }],
    ['prometheus', 'prometheus', { url: 'http://shop.example/metrics' }],
    ['certificate', 'certificate', { host: '2001:db8::1' }],
    ['dns', 'dns', { lookup: 'www.example.org', server: '198.51.100.1' }],
    ['ping', 'ping', { host: '198.51.100.1' }],
    ['own', 'tcp', { host: '127.0.0.1', port: 9 }],
  ].map(parsed);
  const readings = [];
  const scheduler = new Scheduler({
    kinds: sourceKinds, system: openSystem(), clock: systemClock,
    onReading(reading) {
      readings.push(reading);
      if (readings.length < sources.length) return;
      process.stdout.write(JSON.stringify(readings), () => process.exit(0));
    },
  });
  scheduler.configure({ host: 'box', maxWorkers: 8, sources });
`;

test.skipIf(!isAllowed)(
  'without a route, sources of every kind that asks others say network_down, and nothing of their targets',
  { timeout: 40_000 },
  () => {
    const out = execFileSync(
      'unshare',
      [...own, process.execPath, '--input-type=module-typescript', '--eval', script],
      { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8', timeout: 35_000 },
    );
    const readings = JSON.parse(out) as Reading[];
    const said = Object.fromEntries(
      readings.map(({ source, error, samples }) => [source, error?.code ?? samples]),
    );
    const { own: ofThisMachine, ping, ...others } = said;
    expect(others).toEqual({
      ...{ tcp: 'network_down', http: 'network_down', prometheus: 'network_down' },
      ...{ certificate: 'network_down', dns: 'network_down' },
    });
    // There may be no ping program.
    expect(ping).toMatch(/^(network_down|unsupported)$/);
    // Failures on this machine are not excused. The loopback device may be down there too.
    expect(ofThisMachine).not.toBe('network_down');
  },
);
