import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TakenBatch } from '../../testing/fake-hub.ts';
import { FakeHub } from '../../testing/fake-hub.ts';
import { CommandLine } from '../../testing/command-line.ts';

let machine: CommandLine;
let hub: FakeHub;

beforeEach(async () => {
  machine = new CommandLine();
  hub = await new FakeHub().start();
});
afterEach(async () => {
  machine.close();
  await hub.kill();
});

const once = (url: string, ...more: string[]) => [
  'agent',
  '--once',
  '--hub',
  url,
  '--data',
  machine.data,
  ...more,
];
const metricsOf = (batches: TakenBatch[]) =>
  new Set(batches.flatMap(({ samples }) => samples.map(({ metric }) => metric)));

describe('plimsoll agent --once', () => {
  it('samples each source once, sends, and says what arrived', async () => {
    writeFileSync(join(machine.home, 'hub.token'), 'plimsoll_secret\n', { mode: 0o600 });
    const { code, out, error } = await machine.run(once(hub.url, '--token-file', 'hub.token'), {
      ...{ AGENT_ID: 'agent-001', AGENT_NAME: 'Production-Server-01' },
    });
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(
      /^\d+ samples of agent-001\. HTTP 200 OK: \d+ accepted, 0 there already, 0 rejected\n$/,
    );
    expect(hub.headers[0]?.authorization).toBe('Bearer plimsoll_secret');
    expect(hub.batches[0]).toMatchObject({ host: 'agent-001', agent: { name: 'Production-Server-01' } });
    expect([...metricsOf(hub.batches)]).toEqual(
      expect.arrayContaining(['cpu_percent', 'memory_percent', 'disk_percent']),
    );
  });

  it('is told where to send by the environment of a predecessor', async () => {
    const words = ['agent', '--once', '--data', machine.data];
    expect(await machine.run(words)).toMatchObject({ code: 2 });
    const env = { SERVER_URL: hub.url, PLIMSOLL_TOKEN: 'plimsoll_other' };
    expect(await machine.run(words, env)).toMatchObject({ code: 0 });
    expect(hub.headers[0]?.authorization).toBe('Bearer plimsoll_other');
  });

  it('ends with what went wrong', async () => {
    hub.interfere = (response) => {
      response.writeHead(401).end('{"error":{"code":"unauthorized","message":"the token is not known"}}');
      return true;
    };
    writeFileSync(join(machine.home, 'open.token'), 'plimsoll_secret', { mode: 0o644 });
    const wrong = await machine.run(once(hub.url, '--token-file', 'open.token'));
    expect(wrong.code).toBe(77);
    expect(wrong.error).toMatch(/answered HTTP 401 Unauthorized: the token is not known\. Check the token/);
    expect(wrong.error).not.toContain('None was given');
    const without = await machine.run(once(hub.url));
    expect([without.code, without.error]).toEqual([
      77,
      expect.stringContaining('None was given: name its file'),
    ]);
    expect(wrong.error).toMatch(/^Notice +Every user of this machine can read the token in .*: chmod 600 /);
    hub.interfere = (response) => {
      response.writeHead(503).end();
      return true;
    };
    expect((await machine.run(once(hub.url))).code).toBe(69);
    await hub.kill();
    const away = await machine.run(once(hub.url));
    expect(away.code).toBe(69);
    expect(away.error).toContain('connection');
  }, 180_000);

  it('says what it was told wrong before anything is sent', async () => {
    expect((await machine.run(once('ftp://x'))).code).toBe(2);
    expect((await machine.run(once(hub.url, '--token-file', 'nowhere'))).code).toBe(65);
    expect(hub.headers).toEqual([]);
  }, 180_000);
});

describe('plimsoll agent', () => {
  it('sends without listening, keeps what the hub misses over a kill, and has it all arrive', async () => {
    const words = ['agent', '--hub', hub.url, '--data', machine.data];
    writeFileSync(join(machine.home, '.env'), 'COLLECTION_INTERVAL=1\nAGENT_ID=box\n');
    await hub.kill();
    const first = machine.begin(words);
    await expect.poll(spooled, { timeout: 60_000 }).toBeGreaterThan(0);
    const { out } = await machine.run(['status', '--json', '--data', machine.data]);
    expect(out).toContain('"host":"box"');
    first.child.kill('SIGKILL');
    await first.outcome;
    await hub.start();
    const second = machine.begin(words);
    let said = '';
    second.child.stdout?.on('data', (part: Buffer) => (said += part.toString()));
    await expect.poll(() => hub.batches.some(({ backlog }) => backlog), { timeout: 60_000 }).toBe(true);
    expect(new Set(hub.batches.map(({ host }) => host))).toEqual(new Set(['box']));
    await expect.poll(() => said, { timeout: 60_000 }).toContain('Samples arrive at the hub.');
    second.child.kill('SIGTERM');
    const ended = await second.outcome;
    expect(ended.code).toBe(0);
    expect(ended.out).not.toContain('Open ');
  }, 180_000);

  it('is judged by a real hub, which knows it by its token', async () => {
    const receiver = new CommandLine();
    try {
      const created = await receiver.run([
        'token',
        'create',
        'box',
        '--scope',
        'ingest',
        '--data',
        receiver.data,
      ]);
      const token = created.out.trim().split(/\s+/).at(-1) ?? '';
      const config = join(receiver.home, 'plimsoll.yaml');
      writeFileSync(config, 'version: 1\nsources: []\nrules: []\nhub: { enabled: true }\n');
      const { url } = await receiver.start(['--port', '0', '--config', config]);
      writeFileSync(join(machine.home, 'hub.token'), token, { mode: 0o600 });
      const sent = await machine.run(once(new URL(url).origin, '--token-file', 'hub.token'), {
        AGENT_ID: 'box',
      });
      expect(sent).toMatchObject({ code: 0, error: '' });
      expect(sent.out).toMatch(/: [1-9]\d* accepted, 0 there already, 0 rejected/);
      const refused = await machine.run(once(new URL(url).origin));
      expect(refused.code).toBe(77);
    } finally {
      receiver.close();
    }
  }, 180_000);
});

/** How many bytes are waiting on disk. */
function spooled(): number {
  const folder = join(machine.data, 'spool');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return files
    .filter((name) => name.endsWith('.spool'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
