import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { PlimsollError } from '../../contract/error.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { httpServer } from '../../testing/loopback.ts';
import { influxd, isInstalled } from '../../testing/partner-programs.ts';
import { sampleSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { sampleDestinationKind } from '../destination-kinds.ts';
import { Forwarder } from '../onward/forwarder.ts';
import type { OutgoingSample, SampleBatch } from '../onward/sample-destination.ts';
import { influxdb } from './influxdb.ts';

const { signal } = new AbortController();
const at = Date.now();
const sample = (over: Partial<OutgoingSample> = {}): OutgoingSample => ({
  ...{ host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, value: 12.5, at, unit: 'percent' },
  ...over,
});
const batchOf = (samples: OutgoingSample[]): SampleBatch => ({ id: 'b', samples, isBacklog: false });

function open(options: Record<string, unknown>) {
  return influxdb.open(
    influxdb.options.parse(options),
    sampleSurroundings({ secret: secretsOf({ key: 's3cret' }) }),
  );
}

test('the form says what a version needs', () => {
  const problems = (options: unknown) =>
    influxdb.options
      .safeParse(options)
      .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  expect(problems({ url: 'http://h', version: '1' })).toEqual([
    'database is missing; version 1 writes into a database',
  ]);
  expect(problems({ url: 'http://h', database: 'd', bucket: 'b' })).toEqual([
    'database has no meaning for version 2; leave it out',
  ]);
});

describe('an InfluxDB 2', () => {
  test('is asked for its bucket, with the token, in milliseconds', async () => {
    const seen: string[] = [];
    const url = await httpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push(request.url ?? '', request.headers.authorization ?? '', body);
      response.writeHead(204).end();
    });
    const options = { url: `${url}/base/`, organisation: 'our org', bucket: 'b', token: { secret: 'key' } };
    await open(options).send(batchOf([sample({ labels: { core: '1' } })]), signal);
    expect(seen).toEqual([
      '/base/api/v2/write?org=our+org&bucket=b&precision=ms',
      'Token s3cret',
      `cpu_percent,core=1,host=box,source=cpu value=12.5 ${at}\n`,
    ]);
  });

  test.each([
    [401, '{"code":"unauthorized"}', 'unauthorized'],
    [404, '{"code":"not found","message":"bucket \\"b\\" not found"}', 'not_found'],
    [413, '{"code":"request too large"}', 'too_large'],
    [429, '', 'too_many_requests'],
    [503, '', 'unreachable'],
    [400, '{"code":"invalid","message":"org is missing"}', 'invalid_settings'],
    [400, '{"code":"invalid","message":"unable to parse \'x\': missing fields"}', 'invalid_request'],
    [422, '{"message":"partial write: field type conflict"}', 'invalid_request'],
  ])('answers %i %s: %s', async (status, body, code) => {
    const url = await httpServer((_, response) => response.writeHead(status).end(body));
    const sent = open({ url, bucket: 'b', token: { secret: 'key' } }).send(batchOf([sample()]), signal);
    const thrown: unknown = await sent.catch((error: unknown) => error);
    expect((thrown as PlimsollError).code).toBe(code);
  });
});

describe.skipIf(!isInstalled('influxd'))('a real InfluxDB 1.x (Debian: influxdb)', () => {
  test('has every sample as it was, whatever it is called', async () => {
    const url = await influxd();
    const destination = open({ url, version: '1', database: 'plimsoll' });
    const texts = [
      hostileText,
      'a b',
      'a,b=c',
      'C:\\',
      'C:\\dir\\',
      'a\\ b',
      'a\\,b',
      '"q"',
      'ü😀',
      'x\ny value=9 1',
      '#c',
      "it's",
    ];
    const samples = texts.flatMap((text, index) => [
      sample({ metric: 'by_label', labels: { n: String(index), text }, value: index }),
      sample({ metric: 'by_name', labels: { n: String(index), [text]: 'v' }, value: index }),
      sample({ metric: text, value: index }),
    ]);
    samples.push(sample({ metric: 'own', labels: { host: 'h', time: 't', source: 's' }, value: -0 }));
    samples.push(
      ...[1e21, -1e-300, 0.1, 2 ** 53].map((value, n) => sample({ metric: 'numbers', at: at + n, value })),
    );
    expect(await destination.send(batchOf(samples), signal)).toEqual({ said: 'HTTP 204 No Content' });

    const rows = await ask(url, 'SELECT * FROM by_label ORDER BY time');
    const byNumber = rows.toSorted((a, b) => Number(a['n']) - Number(b['n']));
    expect(byNumber.map(({ value }) => value)).toEqual(texts.map((_, index) => index));
    const near = (text: string) =>
      text
        .toWellFormed()
        .replaceAll(/\p{Cc}/gu, ' ')
        .replaceAll(/\\(?=\\*(?:[,= ]|$))/g, '/');
    expect(byNumber.map(({ text }) => text)).toEqual(texts.map(near));
    expect(await ask(url, 'SELECT * FROM own')).toEqual([
      { time: at, host: 'box', source: 'cpu', label_host: 'h', label_source: 's', label_time: 't', value: 0 },
    ]);
    expect((await ask(url, 'SELECT value FROM numbers')).map(({ value }) => value)).toEqual([
      1e21,
      -1e-300,
      0.1,
      2 ** 53,
    ]);
    const names = (await ask(url, 'SHOW MEASUREMENTS')).map(({ name }) => name);
    expect(names).toHaveLength(texts.length + 4);
    expect((await ask(url, 'SELECT * FROM by_name')).length).toBe(texts.length);
  });

  test('has the good ones of a batch of which it refuses one, and says how many it refused', async () => {
    const url = await influxd();
    const body = `odd value="text" ${at}`;
    await fetch(`${url}/write?db=plimsoll&precision=ms`, { method: 'POST', body });
    const destination = open({ url, version: '1', database: 'plimsoll' });
    const receipt = await destination.send(
      batchOf([sample(), sample({ metric: 'odd' }), sample({ at: at + 1 })]),
      signal,
    );
    expect(receipt).toMatchObject({ rejected: 1 });
    expect(receipt.problem).toContain('field type conflict');
    expect(await ask(url, 'SELECT value FROM cpu_percent')).toHaveLength(2);
  });

  test('says that a database is missing', async () => {
    const url = await influxd();
    const sent = open({ url, version: '1', database: 'other' }).send(batchOf([sample()]), signal);
    await expect(sent).rejects.toMatchObject({ code: 'not_found' });
    await expect(sent).rejects.toThrow('make it');
  });
});

/** The rows of an answer, by column. */
async function ask(url: string, query: string): Promise<Record<string, unknown>[]> {
  const asked = new URLSearchParams({ q: query, db: 'plimsoll', epoch: 'ms' });
  const answer = (await (await fetch(`${url}/query?${asked.toString()}`)).json()) as {
    results: { series?: { columns: string[]; values: unknown[][] }[] }[];
  };
  const { columns = [], values = [] } = answer.results[0]?.series?.[0] ?? {};
  return values.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

describe('F-11: what an InfluxDB refuses', () => {
  /** Sends samples as a running Plimsoll does. */
  function forwardTo(url: string, options: Record<string, unknown> = {}): Forwarder {
    const spools = mkdtempSync(join(tmpdir(), 'plimsoll-influx-'));
    const forwarder = new Forwarder({
      ...{ spools, clock: systemClock, log: silentLog, unitOf: () => 'none' as const },
      surroundings: sampleSurroundings({ secret: secretsOf({ key: 's3cret' }) }),
      findKind: sampleDestinationKind,
    });
    onTestFinished(async () => {
      await forwarder.stop();
      rmSync(spools, { recursive: true });
    });
    const settings = { name: 'influx', kind: 'influxdb', enabled: true, everySeconds: 1, url };
    forwarder.configure([{ ...settings, ...options }]);
    return forwarder;
  }
  const take = (forwarder: Forwarder, metric: string, values: readonly number[], time = at) =>
    forwarder.take({
      ...{ host: 'box', source: 's', at: time, durationMs: 0, error: null },
      samples: values.map((value) => ({ metric, labels: { n: String(value) }, value })),
    });
  const soon = { timeout: 30_000 };

  test('of a batch that it refuses as a whole only what is bad is lost, wherever and however much that is', async () => {
    const isBad = (value: number) => value % 97 === 0 || (value >= 400 && value < 600);
    const kept = new Set<number>();
    const url = await httpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const values = [...body.matchAll(/ value=(\d+) /g)].map(([, value]) => Number(value));
      if (values.some(isBad)) {
        response
          .writeHead(400)
          .end('{"code":"invalid","message":"unable to parse points: field type conflict"}');
        return;
      }
      for (const value of values) kept.add(value);
      response.writeHead(204).end();
    });
    const all = Array.from({ length: 1000 }, (_, value) => value);
    const bad = all.filter(isBad);
    const forwarder = forwardTo(url, { bucket: 'b', token: { secret: 'key' } });
    take(forwarder, 'm', all);
    await expect
      .poll(() => forwarder.health()[0]?.samples, soon)
      .toMatchObject({ sent: all.length - bad.length, rejected: bad.length, waiting: 0, dropped: 0 });
    expect([...kept].sort((a, b) => a - b)).toEqual(all.filter((value) => !isBad(value)));
    expect(forwarder.health()[0]?.samples?.problem).toContain('field type conflict');
  });

  test.each([
    [401, '{"code":"unauthorized"}', /401 Unauthorized/],
    [404, '{"code":"not found","message":"bucket \\"b\\" not found"}', /There is no such database or bucket/],
    [429, '', /429 Too Many Requests.*Retry-After: 1\b/],
    [503, '', /503 Service Unavailable/],
  ])(
    'with %i %s nothing is lost: it says so, and all of it goes when that is mended',
    async (status, body, said) => {
      let isMended = false;
      let lines = 0;
      const url = await httpServer(async (request, response) => {
        let sent = '';
        for await (const chunk of request) sent += String(chunk);
        if (!isMended) return void response.writeHead(status, { 'Retry-After': '1' }).end(body);
        lines += sent.trim().split('\n').length;
        response.writeHead(204).end();
      });
      const forwarder = forwardTo(url, { bucket: 'b', token: { secret: 'key' } });
      take(forwarder, 'm', [1, 2, 3]);
      await expect.poll(() => forwarder.health()[0]?.error, soon).toMatch(said);
      expect(forwarder.health()[0]?.samples).toMatchObject({ rejected: 0, dropped: 0, waiting: 3 });
      isMended = true;
      await expect.poll(() => forwarder.health()[0]?.samples, soon).toMatchObject({ sent: 3, waiting: 0 });
      expect(lines).toBe(3);
    },
  );

  test.skipIf(!isInstalled('influxd'))(
    'what is too old for its retention policy is counted, and takes nothing with it',
    async () => {
      const url = await influxd();
      const policy = 'CREATE RETENTION POLICY short ON plimsoll DURATION 1h REPLICATION 1 DEFAULT';
      await fetch(`${url}/query`, { method: 'POST', body: new URLSearchParams({ q: policy }) });
      const forwarder = forwardTo(url, { version: '1', database: 'plimsoll' });
      take(forwarder, 'm', [1, 2], at - 3 * 3_600_000);
      take(forwarder, 'm', [3, 4, 5]);
      await expect
        .poll(() => forwarder.health()[0]?.samples, soon)
        .toMatchObject({ sent: 3, rejected: 2, waiting: 0, dropped: 0 });
      expect(forwarder.health()[0]?.samples?.problem).toContain('beyond retention policy');
      expect((await ask(url, 'SELECT value FROM m')).map(({ value }) => value).sort()).toEqual([3, 4, 5]);
    },
  );
});
