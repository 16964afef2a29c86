import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../testing/command-line.ts';

const good = `version: 1
sources:
  - {name: memory, kind: memory}
rules:
  - {id: m, name: Memory, source: memory, metric: memory_percent, comparison: greater_than, threshold: 99, consecutiveViolations: 3}
destinations:
  - {name: hook, kind: webhook, url: "http://127.0.0.1:1/never"}
`;
let line: CommandLine;
let exports: string;
const everything = () => readdirSync(line.home, { recursive: true }).sort();

beforeEach(() => {
  line = new CommandLine();
  exports = join(line.home, 'test_exports');
  writeFileSync(join(line.home, 'plimsoll.yaml'), good);
});
afterEach(() => line.close());
const selftest = (...words: string[]) =>
  line.run(['selftest', '--config', 'plimsoll.yaml', '--data', line.data, ...words]);

it('tries everything, and leaves no trace', async () => {
  const before = everything();
  const { code, out, error } = await selftest();
  expect([code, error, everything()]).toEqual([0, '', before]);
  expect(out.split('\n').map((text) => text.split(': ')[0])).toEqual([
    'ok      settings',
    'ok      source memory',
    'ok      rule Memory',
    'ok      session',
    '',
    '4 ok, 0 failed',
    '',
  ]);
});

it('fails with 1 when a source does, and still tries the rest', async () => {
  writeFileSync(
    join(line.home, 'plimsoll.yaml'),
    good.replace('rules:', '  - {name: gone, kind: disk, path: /nonexistent/volume}\nrules:'),
  );
  const { code, out } = await selftest();
  expect(code).toBe(1);
  expect(out).toMatch(/^failed {2}source gone: /m);
  expect(out).toMatch(/^ok {6}session: /m);
  expect([out.includes('4 ok, 1 failed'), existsSync(exports)]).toEqual([true, false]);
});

it('fails with 1 when nobody answers, and says all of it as JSON', async () => {
  writeFileSync(
    join(line.home, 'plimsoll.yaml'),
    good.replace('rules:', '  - {name: nobody, kind: tcp, host: 127.0.0.1, port: 1}\nrules:'),
  );
  const { code, out, error } = await selftest('--json');
  const { passed, failed, tried } = JSON.parse(out) as {
    passed: number;
    failed: number;
    tried: { ok: boolean; what: string; said: string }[];
  };
  expect([code, error, passed, failed]).toEqual([1, '', 4, 1]);
  expect(tried.filter(({ ok }) => !ok)).toEqual([
    {
      ok: false,
      what: 'source nobody',
      said: expect.stringMatching(/^is not reached: .*reachable 0/) as string,
    },
  ]);
});

it('touches nothing that is in test_exports already, and leaves its own there when asked to', async () => {
  mkdirSync(exports);
  writeFileSync(join(exports, 'mine.json'), '{"mine": true}');
  expect((await selftest()).code).toBe(0);
  expect(readdirSync(exports)).toEqual(['mine.json']);
  expect((await selftest('--keep')).code).toBe(0);
  expect(readdirSync(exports)).toHaveLength(3);
  expect(readFileSync(join(exports, 'mine.json'), 'utf8')).toBe('{"mine": true}');
});

it('says so when test_exports is in the way, and leaves it', async () => {
  writeFileSync(exports, 'a file');
  const { code, out, error } = await selftest();
  expect([code, error, readFileSync(exports, 'utf8')]).toEqual([1, '', 'a file']);
  expect(out).toMatch(/^failed {2}session: /m);
});

it('of settings that do not hold says why, with 78', async () => {
  writeFileSync(join(line.home, 'plimsoll.yaml'), good.replace('99', '"99"'));
  const { code, error } = await selftest();
  expect([code, error]).toEqual([
    78,
    'plimsoll.yaml:5:104: rules[0].threshold: must be a number, not "99"; write 99\n',
  ]);
});

describe("a predecessor's file with a secret in clear", () => {
  const password = 'correct-horse';
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Basic ${btoa(`me:${password}`)}`;
    response.writeHead(isKnown ? 200 : 401, { 'Content-Type': 'application/json' });
    response.end('{"queued": 3}');
  });
  let api: string;
  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    api = `  - {name: api, type: api_endpoint, source: "http://me:${password}@127.0.0.1:${port}/"}\n`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    ['alone', ''],
    [
      'before a source of this machine',
      '  - {name: memory, type: system_metric, source: psutil.virtual_memory}\n',
    ],
  ])('is tried with that secret, %s', async (_where, more) => {
    writeFileSync(join(line.home, 'config.yaml'), `data_sources:\n${api}${more}`);
    const { code, out, error } = await line.run(['selftest', '--config', 'config.yaml', '--data', line.data]);
    expect([code, error, out.includes(password)], out).toEqual([0, '', false]);
    expect(out).toMatch(/^ok {6}source api: /m);
    expect(out).toMatch(/^ok {6}session: /m);
  });
});
