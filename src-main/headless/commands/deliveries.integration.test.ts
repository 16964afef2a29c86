import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../contract/delivery.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { httpServer } from '../../testing/loopback.ts';

let line: CommandLine;

beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

test('what a running Plimsoll gave up is listed with its reason, and arrives when it is tried again', async () => {
  let isMended = false;
  const keys: unknown[] = [];
  const url = await httpServer((request, response) => {
    request.resume();
    if (isMended) keys.push(request.headers['idempotency-key']);
    response.writeHead(isMended ? 200 : 404).end(isMended ? 'taken' : 'no\u001b[2J such hook');
  });
  const settings = join(line.home, 'plimsoll.yaml');
  writeFileSync(
    settings,
    `version: 1
sources: [{ name: memory, kind: memory, intervalSeconds: 1 }]
rules: [{ id: any, name: Any, source: memory, metric: memory_percent, comparison: greater_than, threshold: 0 }]
destinations: [{ name: hook, kind: webhook, url: "${url}" }]
`,
  );
  const { child, outcome } = await line.start(['--port', '0', '--config', settings]);
  const run = (...words: string[]) => line.run(['deliveries', ...words, '--data', line.data]);
  const listed = async (state: string) =>
    (JSON.parse((await run('list', '--state', state, '--json')).out) as { deliveries: Delivery[] })
      .deliveries;

  await expect.poll(() => listed('failed'), { timeout: 90_000 }).toHaveLength(1);
  const shownList = await run('list', '--destination', 'hook');
  expect(shownList.out).toMatch(/failed +hook +\S+Z +firing +1 +.*HTTP 404/);
  expect(shownList.out).not.toContain('\u001b');
  const [failed] = await listed('failed');
  expect(await run('retry', 'nobody')).toMatchObject({
    code: 1,
    error: expect.stringContaining('neither a delivery nor a destination nobody') as string,
  });

  isMended = true;
  expect(await run('retry', failed?.id ?? '')).toMatchObject({
    code: 0,
    error: expect.stringContaining('1 delivery is on the way again') as string,
  });
  await expect
    .poll(() => listed('sent'), { timeout: 90_000 })
    .toMatchObject([{ id: failed?.id, error: null }]);
  expect(keys).toEqual([failed?.id]);
  expect((await run('retry', 'hook')).error).toContain('Nothing was given up there.');
  expect((await run('preview', 'hook')).out).toMatch(
    /^Of the alert Any on \S+, which fired \S+Z:\n\n\{\n +"timestamp"/,
  );
  const planned = join(line.home, 'planned.yaml');
  const chat = `{ name: chat, kind: slack, webhookUrl: { env: X }, wording: { title: "{{rule}} \\e[2J!" } }`;
  writeFileSync(planned, `version: 1\ndestinations: [${chat}]\n`);
  const { out } = await run('preview', 'chat', '--config', planned);
  expect(out).toMatch(/^Of the alert Any on .*\n\nAny .*!\n\nMemory on /s);
  expect(out).not.toContain('\u001b');
  expect(await run('preview', 'gone')).toMatchObject({
    code: 1,
    error: expect.stringContaining('There are: hook.') as string,
  });
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
  expect(JSON.parse((await run('preview', 'chat', '--config', planned, '--json')).out)).toMatchObject({
    of: { ruleName: 'Any' },
  });
}, 240_000);
