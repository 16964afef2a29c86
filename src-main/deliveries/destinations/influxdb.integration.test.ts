import { describe, expect, test } from 'vitest';
import type { PlimsollError } from '../../contract/error.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { httpServer } from '../../testing/loopback.ts';
import { influxd, isInstalled } from '../../testing/partner-programs.ts';
import { sampleSurroundings, secretsOf } from '../../testing/surroundings.ts';
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
