import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { dnsServer } from '../testing/dns-server.ts';
import { forkWithHangingMounts, noHangingMounts } from '../testing/hanging-mount.ts';
import { httpServer, loopback } from '../testing/loopback.ts';
import { scriptedSystem } from '../testing/scripted-system.ts';
import type { FromCollectors, ScheduledSource } from './messages.ts';
import { ReadingUnpacker } from './packed-readings.ts';
import { Scheduler } from './scheduler.ts';
import { sourceKinds } from './source-kinds.ts';

test.runIf(process.platform !== 'win32')(
  'a ping, a name server and two servers that hang hurt one source each (needs a shell)',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-hanging-'));
    writeFileSync(join(directory, 'ping'), '#!/bin/sh\nsleep 60\n');
    chmodSync(join(directory, 'ping'), 0o755);
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = `${directory}${delimiter}${path}`;
    const silent = await loopback(net.createServer());
    const quick = await httpServer((_request, response) => response.end('{"a":1}'));

    const options: Record<string, Record<string, unknown>> = {
      ping: { host: '127.0.0.1' },
      dns: { lookup: 'example.org', recordType: 'A', server: await dnsServer(null) },
      certificate: { host: '127.0.0.1', port: silent },
      prometheus: { url: `http://127.0.0.1:${silent}/metrics`, verifyCertificate: true },
      http: { url: quick, method: 'GET', verifyCertificate: true },
      tcp: { host: '127.0.0.1', port: silent },
      file: { path: directory },
    };
    const readings = new Map<string, Reading[]>();
    const scheduler = new Scheduler({
      kinds: sourceKinds,
      system: scriptedSystem(),
      clock: systemClock,
      onReading: (reading) =>
        readings.set(reading.source, [...(readings.get(reading.source) ?? []), reading]),
    });
    onTestFinished(() => {
      scheduler.stop();
      process.env['PATH'] = path;
      rmSync(directory, { recursive: true });
    });
    const sources = Object.entries(options).map(([kind, chosen]): ScheduledSource => ({
      name: kind,
      kind,
      intervalSeconds: 1,
      options: chosen,
      secrets: {},
    }));
    scheduler.configure({ host: 'box', maxWorkers: 4, sources });
    const of = (source: string) => readings.get(source) ?? [];
    await expect
      .poll(() => Object.keys(options).every((source) => of(source).length >= 3), { timeout: 30_000 })
      .toBe(true);

    for (const source of ['http', 'tcp', 'file']) {
      expect(of(source).map(({ error }) => error)).toEqual(of(source).map(() => null));
      expect(Math.max(...of(source).map(({ durationMs }) => durationMs))).toBeLessThan(900);
    }
    const reachable = (source: string) =>
      of(source).map(({ samples }) => samples.find(({ metric }) => metric === 'reachable')?.value);
    // A ping that would have waited for a second was ended before: silence, as far as anybody can tell. On a machine that is busy
    // with other things one or the other is given up at the deadline before it can say so.
    for (const source of ['dns', 'certificate', 'prometheus', 'ping']) {
      expect(reachable(source), source).toContain(0);
      expect(reachable(source), source).not.toContain(1);
    }
    expect(new Set(reachable('http'))).toEqual(new Set([1]));
  },
);

test.skipIf(noHangingMounts !== null)(
  `six file systems that hang hurt the sources that ask for them, and the process leaves at once${noHangingMounts === null ? '' : ` (skipped: ${noHangingMounts})`}`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-hanging-'));
    const dead = Array.from({ length: 6 }, (_, place) => join(directory, `dead${place}`));
    const child = forkWithHangingMounts(join(import.meta.dirname, 'host.ts'), dead);
    onTestFinished(() => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    });
    const unpacker = new ReadingUnpacker();
    const readings = new Map<string, Reading[]>();
    child.on('message', (raw) => {
      const message = raw as FromCollectors;
      if (message.type !== 'readings') return;
      const read = message.packed === undefined ? [] : unpacker.unpack(message.packed);
      for (const { reading } of [...read, ...message.readings]) {
        readings.set(reading.source, [...(readings.get(reading.source) ?? []), reading]);
      }
    });
    const source = (name: string, kind: string, options: Record<string, unknown>, intervalSeconds = 1) => ({
      ...{ name, kind, options, intervalSeconds, secrets: {} },
    });
    const sources: ScheduledSource[] = [
      ...dead.map((path, place) => source(`dead disk ${place}`, 'disk', { path })),
      source('dead file', 'file', { path: join(dead[0] ?? '', 'it') }),
      source('mounts', 'mounts', {}, 4),
      ...['/', '/proc/self', directory].map((path) => source(`disk of ${path}`, 'disk', { path })),
      source('file', 'file', { path: import.meta.filename }),
      source('temperatures', 'temperatures', {}),
    ];
    child.send({ type: 'configure', host: 'box', maxWorkers: 8, sources });
    const of = (name: string) => readings.get(name) ?? [];
    await expect
      .poll(() => sources.every(({ name }) => of(name).length >= 1) && of('mounts').length >= 2, {
        timeout: 30_000,
      })
      .toBe(true);

    const codes = (name: string) => new Set(of(name).map(({ error }) => error?.code ?? null));
    for (const name of [...dead.map((_path, place) => `dead disk ${place}`), 'dead file'])
      expect([name, codes(name)]).toEqual([name, new Set(['deadline'])]);
    for (const name of ['disk of /', `disk of ${directory}`, 'file'])
      expect([name, codes(name)]).toEqual([name, new Set([null])]);
    expect(codes('disk of /proc/self')).toEqual(new Set(['unsupported']));
    const mounted = of('mounts').at(-1);
    expect(mounted?.error?.code).toBe('deadline');
    expect(mounted?.samples.map(({ labels }) => labels['mount'])).toContain('/');

    const asked = performance.now();
    child.send({ type: 'stop' });
    await once(child, 'exit');
    expect(performance.now() - asked).toBeLessThan(1_000);
  },
);
