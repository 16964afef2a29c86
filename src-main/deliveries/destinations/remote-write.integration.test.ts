import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { httpServer } from '../../testing/loopback.ts';
import { isInstalled, prometheus } from '../../testing/partner-programs.ts';
import { sampleSurroundings } from '../../testing/surroundings.ts';
import { sampleDestinationKind } from '../destination-kinds.ts';
import { Forwarder } from '../onward/forwarder.ts';
import type { OutgoingSample, SampleBatch } from '../onward/sample-destination.ts';
import { remoteWrite } from './remote-write.ts';

const { signal } = new AbortController();
const at = Date.now();
const sample = (over: Partial<OutgoingSample> = {}): OutgoingSample => ({
  ...{ host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, value: 12.5, at, unit: 'percent' },
  ...over,
});
const batchOf = (samples: OutgoingSample[]): SampleBatch => ({ id: 'b', samples, isBacklog: false });
const open = (url: string) => remoteWrite.open(remoteWrite.options.parse({ url }), sampleSurroundings());

test.each([
  [404, 'remote write receiver needs to be enabled', 'not_found'],
  [400, 'snappy: corrupt input', 'unsupported'],
  [400, 'out of order sample', 'invalid_request'],
  [500, '', 'unreachable'],
])('an answer %i %s is %s', async (status, body, code) => {
  const url = await httpServer((_, response) => response.writeHead(status).end(body));
  await expect(open(url).send(batchOf([sample()]), signal)).rejects.toMatchObject({ code });
});

describe.skipIf(!isInstalled('prometheus'))('a real Prometheus (Debian: prometheus)', () => {
  test('has every sample as it was, whatever it is called', async () => {
    const url = await prometheus();
    const samples = [
      sample({
        labels: {
          core: '0',
          'odd name': hostileText,
          host: 'other',
          source: 'x',
          __name__: 'n',
          '1st': 'a',
          empty: '',
        },
      }),
      sample({ metric: 'odd metric/é', value: -1e-300 }),
      // More than one block of snappy, and text that cannot be compressed.
      ...Array.from({ length: 2000 }, (_, n) =>
        sample({ metric: 'many', labels: { n: `${n}-${Math.sin(n)}` }, value: n }),
      ),
      ...[0, 1, 2].map((n) => sample({ metric: 'series', at: at + n, value: n })),
    ];
    await open(`${url}/api/v1/write`).send(batchOf(samples), signal);
    const [first] = await ask(url, 'plimsoll_cpu_percent');
    expect(first?.metric).toEqual({
      ...{
        __name__: 'plimsoll_cpu_percent',
        host: 'box',
        source: 'cpu',
        core: '0',
        odd_name: hostileText.toWellFormed(),
      },
      ...{ exported_host: 'other', exported_source: 'x', _name__: 'n', _1st: 'a' },
    });
    expect((await ask(url, 'plimsoll_odd_metric__'))[0]?.value?.[1]).toBe('-1e-300');
    expect((await ask(url, 'sum(plimsoll_many)'))[0]?.value?.[1]).toBe(String((1999 * 2000) / 2));
    expect((await ask(url, 'plimsoll_series[1m]'))[0]?.values?.map(([, value]) => value)).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  test('has what waited in order, and only what it refuses is lost', async () => {
    const url = await prometheus();
    // The series already has a newer value, so that the older ones are out of order, and with them the whole request.
    await open(`${url}/api/v1/write`).send(batchOf([sample({ metric: 'taken', at: at + 1000 })]), signal);
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-onward-'));
    const forwarder = new Forwarder({
      ...{ spools: directory, clock: systemClock, log: silentLog, unitOf: () => 'none' as const },
      surroundings: sampleSurroundings(),
      findKind: sampleDestinationKind,
    });
    onTestFinished(async () => {
      await forwarder.stop();
      rmSync(directory, { recursive: true });
    });
    const write = { name: 'p', kind: 'remote-write', enabled: true, everySeconds: 1 };
    forwarder.configure([{ ...write, url: `${url}/api/v1/write` }]);
    for (let n = 0; n < 10; n++) {
      const measured = [
        { metric: 'good', labels: {}, value: n },
        { metric: 'taken', labels: {}, value: n },
      ];
      forwarder.take({
        host: 'box',
        source: 'cpu',
        at: at + n,
        durationMs: 0,
        samples: measured,
        error: null,
      });
    }
    await expect
      .poll(() => forwarder.health()[0]?.samples, { timeout: 20_000 })
      .toMatchObject({ waiting: 0, sent: 10, rejected: 10 });
    expect(forwarder.health()[0]?.samples?.problem).toContain('out of order');
    expect((await ask(url, 'plimsoll_good[1m]'))[0]?.values?.length).toBe(10);
  });
});

interface Found {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

async function ask(url: string, query: string): Promise<Found[]> {
  const asked = new URLSearchParams({ query, time: String(at / 1000 + 5) });
  const answer = (await (await fetch(`${url}/api/v1/query?${asked.toString()}`)).json()) as {
    data: { result: Found[] };
  };
  return answer.data.result;
}
