import { expect, test } from 'vitest';
import { httpServer, rawServer } from '../../testing/loopback.ts';
import { readOnce } from '../../testing/read-once.ts';
import { prometheus } from './prometheus.ts';

async function scrape(
  page: string,
  options: Record<string, unknown> = {},
  status = 200,
  type = 'text/plain',
) {
  const url = await httpServer((_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(page),
  );
  const { values, error } = await readOnce(prometheus, { url, ...options });
  const { reachable, response_time_ms, ...found } = values;
  return { reachable, isTimed: response_time_ms !== undefined, found, error };
}

const page = `# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.25
node_cpu_seconds_total{cpu="0",mode="idle"} 1.5e+03 1395066363000
node_cpu_seconds_total { cpu="1", mode="user", } 7
request_seconds_bucket{le="+Inf"} 12 # {trace_id="abc"} 0.5 1520879607.789
request_seconds_sum 3.
request_seconds_quantile{quantile="0.5"} NaN
limit +Inf
text{path="C:\\\\x\\n\\"y\\" # }"} -0
# EOF
`;

test('a page is its samples, by name and labels; what is no finite number is absent', async () => {
  expect(await scrape(page)).toEqual({
    reachable: 1,
    isTimed: true,
    error: null,
    found: {
      node_load1: 0.25,
      'node_cpu_seconds_total{"cpu":"0","mode":"idle"}': 1500,
      'node_cpu_seconds_total{"cpu":"1","mode":"user"}': 7,
      'request_seconds_bucket{"le":"+Inf"}': 12,
      request_seconds_sum: 3,
      [`text${JSON.stringify({ path: 'C:\\x\n"y" # }' })}`]: 0,
    },
  });
});

test.each<[Record<string, unknown>, string[]]>([
  [{ include: ['node_*'], exclude: ['*_total'] }, ['node_load1']],
  [{ labels: { mode: 'us*' } }, ['node_cpu_seconds_total{"cpu":"1","mode":"user"}']],
  [{ include: ['node_*'], labels: { cpu: '' } }, ['node_load1']],
])('%o keeps what it says', async (options, names) => {
  expect(Object.keys((await scrape(page, options)).found)).toEqual(names);
});

test.each([
  ['1abc 2', 'does not begin with a name'],
  ['a b', 'has no number'],
  ['a', 'has no number'],
  ['a 0x10', 'has no number'],
  ['a 1 2 3', 'has no number'],
  ['a{b=1} 2', 'has labels that cannot be read'],
  ['a{b="1} 2', 'has labels that cannot be read'],
  ['a{b="1" 2', 'has labels that cannot be read'],
  ['a{b="1",b="2"} 2', 'has a label twice'],
  [`a{b="${'s3cret'.repeat(100)}"} 1`, 'has too many or too long labels'],
  ['good 2', 'repeats a series'],
])('%s: the line is named, the others are kept', async (line, why) => {
  const { found, error } = await scrape(`good 1\n${line}\nlast 3\n`);
  expect(found).toMatchObject({ good: 1, last: 3 });
  expect(error).toMatchObject({ code: 'unreadable', message: expect.stringContaining(`line 2 that ${why}`) });
  expect(error?.message).not.toContain('s3cret');
});

test('bounds, other answers and silence are told', async () => {
  const many = Array.from({ length: 501 }, (_, at) => `m${at} 1\n`).join('');
  expect(await scrape(many)).toMatchObject({ reachable: 1, found: {}, error: { code: 'too_large' } });
  expect((await scrape(many, { include: ['m1*'] })).error).toBeNull();
  expect(await scrape('x'.repeat(1024 ** 2 + 1))).toMatchObject({ error: { code: 'too_large' } });
  expect(await scrape('', {}, 404)).toMatchObject({ reachable: 1, found: {}, error: { code: 'unreadable' } });
  expect((await scrape('<html>', {}, 200, 'text/html')).error?.message).toContain('login page');
  const url = await rawServer((socket) => socket.destroy());
  expect(await readOnce(prometheus, { url })).toMatchObject({ values: { reachable: 0 } });
});
