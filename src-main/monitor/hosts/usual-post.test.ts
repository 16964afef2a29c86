import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { Hosts } from './hosts.ts';
import { Ingest } from './ingest.ts';
import type { PostedSeries } from './ingest.ts';
import { UsualPost } from './usual-post.ts';

/** A hub with a history that remembers each number. */
function hub() {
  const clock = new HandClock();
  const judged: Reading[] = [];
  const stored = new Map<string, number>();
  const store = {
    hosts: () => [],
    putHosts: () => undefined,
    removeHost: () => undefined,
    hostTags: () => new Map<string, string[]>(),
    putHostTags: () => undefined,
  };
  const hosts = new Hosts({ clock, store, onChange: () => undefined, onProblem: () => undefined });
  const held: { until: Promise<undefined> | undefined } = { until: undefined };
  const commit = async (readings: readonly Reading[]): Promise<HadBefore[]> => {
    await held.until;
    const had: HadBefore[] = [];
    readings.forEach(({ host, source, at, samples }, reading) =>
      samples.forEach(({ metric, labels, value }, sample) => {
        const key = JSON.stringify([host, source, at, metric, labels]);
        const before = stored.get(key);
        if (before === undefined) stored.set(key, value);
        else had.push({ reading, sample, had: before === value ? 'same' : 'other' });
      }),
    );
    return had;
  };
  const ingest = new Ingest({ clock, hosts, isOn: () => true, commit, judge: (one) => judged.push(one) });
  return { clock, hosts, ingest, judged, stored, held };
}

const pressure: PostedSeries = {
  source: 'greenhouse',
  metric: 'pressure',
  labels: { side: 'left' },
  unit: 'hPa',
};
const series: readonly PostedSeries[] = [
  { source: 'cpu', metric: 'cpu_percent', labels: {} },
  { source: 'memory', metric: 'memory_total', labels: {} },
  { source: 'memory', metric: 'memory_used', labels: {} },
  pressure,
  // The same series again, as of a batch with several times.
  { source: 'cpu', metric: 'cpu_percent', labels: {} },
];
const sources = [{ name: 'cpu', kind: 'cpu', intervalSeconds: 5 }];
const sender = { intervalSeconds: 60, sources, tags: { role: 'web' } };

const value = fc.oneof({ weight: 8, arbitrary: fc.nat(90) }, fc.constantFrom(-1, 150, 1e22, 0));
const time = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1000, 5000) },
  fc.constantFrom(-10_000, -600_000, 3_600_000, -1e13),
);
const post = fc.record({
  values: fc.array(value, { minLength: series.length, maxLength: series.length }),
  times: fc.array(time, { minLength: series.length, maxLength: series.length }),
  after: fc.constantFrom(0, 1000, 60_000, 90_000_000),
  backlog: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  saysSentAt: fc.boolean(),
  otherUnit: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
});

test('what a host sends again is taken as what it sends for the first time', async () => {
  const shortWay = vi.spyOn(UsualPost.prototype, 'renew');
  await fc.assert(
    fc.asyncProperty(fc.array(post, { minLength: 2, maxLength: 8 }), async (posts) => {
      const [one, other] = [hub(), hub()];
      for (const { values, times, after, backlog, saysSentAt, otherUnit } of posts) {
        await one.clock.turn(after);
        await other.clock.turn(after);
        const now = one.clock.now();
        const head = { host: 'web-1', address: '10.0.0.1', sender, backlog, sentAt: saysSentAt ? now : null };
        const ats = times.map((ms) => now + ms);
        const samples = series.map((of, place) => ({
          ...of,
          value: values[place] ?? 0,
          at: ats[place] ?? 0,
        }));
        if (otherUnit) {
          const inKelvin = { ...head, samples: [{ ...pressure, unit: 'K', value: 1, at: now - 5 }] };
          expect(await other.ingest.take(inKelvin)).toEqual(await one.ingest.take(inKelvin));
        }
        const columns = { series, values: Float64Array.from(values), ats: Float64Array.from(ats) };
        const receipt = await other.ingest.takeColumns(head, columns);
        expect(receipt).toEqual(await one.ingest.take({ ...head, samples }));
        one.hosts.passTime();
        other.hosts.passTime();
        expect(other.hosts.detail('web-1')).toEqual(one.hosts.detail('web-1'));
      }
      expect(other.judged).toEqual(one.judged);
      expect([...other.stored]).toEqual([...one.stored]);
    }),
    { numRuns: 100 },
  );
  expect(shortWay.mock.calls.length).toBeGreaterThan(50);
  shortWay.mockRestore();
});

test('a host that is removed while its post is committed is there again with what it sent', async () => {
  const { clock, hosts, ingest, held } = hub();
  const post = (value: number) => {
    const now = clock.now();
    const head = { host: 'web-1', address: '10.0.0.1', sender, backlog: false, sentAt: now };
    const columns = {
      series: usual,
      values: Float64Array.of(value),
      ats: Float64Array.of(now),
    };
    return ingest.takeColumns(head, columns);
  };
  const usual = series.slice(0, 1);
  for (const value of [1, 2, 3]) {
    await post(value);
    await clock.turn(60_000);
  }
  const { promise, resolve } = Promise.withResolvers<undefined>();
  held.until = promise;
  const posted = post(4);
  hosts.remove('web-1');
  resolve(undefined);
  expect(await posted).toMatchObject({ accepted: 1 });
  expect(hosts.detail('web-1').latest).toMatchObject([{ metric: 'cpu_percent', value: 4 }]);
});
