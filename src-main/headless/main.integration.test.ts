import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, isRunning } from '../testing/command-line.ts';

const example = fileURLToPath(new URL('../../resources/plimsoll.example.yaml', import.meta.url));

let line: CommandLine;
let file: string;

beforeEach(() => {
  line = new CommandLine();
  file = join(line.home, 'plimsoll.yaml');
});
afterEach(() => line.close());

/** Keeps a port busy while the callback runs. */
async function withBusyPort<Result>(use: (port: number) => Promise<Result>): Promise<Result> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const bad = `version: 1
sources:
  - name: cpu
    kind: cqu
rules:
  - id: high
    name: high
    source: cpu
    metric: cpu_percent
    comparison: greater_then
    threshold: "80"
`;

describe('plimsoll', () => {
  it('helps on stdout, examples first, without colour', async () => {
    const { code, out, error } = await line.run(['sample', '--help']);
    expect([code, error]).toEqual([0, '']);
    expect(out.indexOf('Examples')).toBeLessThan(out.indexOf('Usage'));
    expect(out).not.toContain('\u001b');
  });

  it('says its version', async () => {
    const { version } = JSON.parse(
      readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
    ) as { version: string };
    expect(await line.run(['--version'])).toEqual({ code: 0, signal: null, out: `${version}\n`, error: '' });
  });

  it('shows what moves the cursor or hides, wherever it comes from', async () => {
    const { error } = await line.run(['status', '--data', 'a\u001b[31m\u202eb']);
    expect(error).toContain('a\\u{1b}[31m\\u{202e}b');
  });

  it('explains a slip on stderr and exits with 2', async () => {
    const { code, out, error } = await line.run(['sample', '--jsno']);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain('There is no flag --jsno. Did you mean --json?');
  });
});

describe('plimsoll check', () => {
  it('accepts the example', async () => {
    const { code, out } = await line.run(['check', example]);
    expect([code, out]).toEqual([0, `${example}: ok, 4 sources, 3 rules, 1 destination\n`]);
  });

  it('accepts what is commented out in the example', async () => {
    const text = readFileSync(example, 'utf8').replaceAll(/^ {2}# (?=- name:| {2})/gm, '  ');
    writeFileSync(file, text);
    const { code, out } = await line.run(['check', 'plimsoll.yaml']);
    expect([code, out]).toEqual([0, 'plimsoll.yaml: ok, 21 sources, 3 rules, 9 destinations\n']);
  });

  it('names every problem with its place, and exits with 78', async () => {
    writeFileSync(file, bad);
    const { code, out, error } = await line.run(['check', 'plimsoll.yaml']);
    expect([code, out]).toEqual([78, '']);
    const places = error
      .trimEnd()
      .split('\n')
      .map((text) => text.split(': ').slice(0, 2).join(': '));
    expect(places).toEqual([
      'plimsoll.yaml:4:11: sources[0].kind',
      'plimsoll.yaml:10:17: rules[0].comparison',
      'plimsoll.yaml:11:16: rules[0].threshold',
    ]);
  });

  it.each([
    ['that is missing', () => undefined, /no such file/],
    ['that is a directory', () => mkdirSync(file), /it is a directory, not a file/],
    ['of zeros', () => writeFileSync(file, Buffer.alloc(1000)), /:1:1: this is not UTF-8 text/],
  ])('exits with 78 for a file %s', async (_name, make, message) => {
    make();
    const { code, error } = await line.run(['check', file]);
    expect(code).toBe(78);
    expect(error).toMatch(message);
  });
});

describe('plimsoll sample', () => {
  it('prints JSON of a stable shape within two seconds', async () => {
    const began = performance.now();
    const { code, out } = await line.run(['sample', '--json']);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as { samples: { metric: string }[] };
    expect(answer).toMatchObject({
      host: hostname(),
      at: expect.any(Number) as number,
      seconds: 1,
      errors: [],
    });
    expect(answer.samples.find(({ metric }) => metric === 'memory_percent')).toEqual({
      source: 'memory',
      metric: 'memory_percent',
      labels: {},
      value: expect.any(Number) as number,
      unit: 'percent',
    });
    expect(answer.samples.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(['cpu_percent', 'disk_percent', 'bytes_recv_per_sec']),
    );
  });
});

/** Whether a process has started to sample: it keeps the kernel's counters open. */
function samples(pid: number | undefined): boolean {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return open.includes('/proc/stat');
}

it.runIf(process.platform === 'linux')('Ctrl-C ends a command with 130', async () => {
  const { child, outcome } = line.begin(['sample', '--seconds', '60']);
  await expect.poll(() => samples(child.pid), { timeout: 10_000, interval: 10 }).toBe(true);
  const began = performance.now();
  child.kill('SIGINT');
  expect((await outcome).code).toBe(130);
  expect(performance.now() - began).toBeLessThan(1000);
});

describe('plimsoll status, link and token', () => {
  it('without anybody running: 69 and what to do; tokens can be made all the same', async () => {
    const asked = await line.run(['status', '--data', line.data]);
    expect(asked.code).toBe(69);
    expect(asked.error).toContain('plimsoll run');
    const made = await line.run(['token', 'create', 'ci', '--scope', 'read', '--data', line.data]);
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^plim_\S{43}\n$/)]);
    const listed = await line.run(['token', 'list', '--json', '--data', line.data]);
    expect(JSON.parse(listed.out)).toMatchObject({ tokens: [{ name: 'ci', scope: 'read' }] });
    expect(listed.out).not.toContain(made.out.trim());
  });

  it('through a running one', async () => {
    const { url, child, outcome } = await line.start();
    const status = await line.run(['status', '--data', line.data]);
    expect([status.code, status.error]).toEqual([0, '']);
    expect(status.out).toContain(url.slice(0, -1));

    const link = await line.run(['link', '--data', line.data]);
    const code = link.out.trim().split('#code=')[1];
    const signIn = () =>
      fetch(`${url}api/v1/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ code }),
      });
    expect([(await signIn()).status, (await signIn()).status]).toEqual([201, 401]);

    const token = (
      await line.run(['token', 'create', 'ci', '--scope', 'read', '--data', line.data])
    ).out.trim();
    const read = () => fetch(`${url}api/v1/status`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await read()).status).toBe(200);
    const { out } = await line.run(['token', 'list', '--json', '--data', line.data]);
    const [{ id } = { id: '' }] = (JSON.parse(out) as { tokens: { id: string }[] }).tokens;
    expect((await line.run(['token', 'revoke', id, '--data', line.data])).code).toBe(0);
    expect((await read()).status).toBe(401);

    child.kill('SIGTERM');
    const { out: said, error } = await outcome;
    const logged = readFileSync(join(line.data, 'logs', 'monitor.log'), 'utf8');
    expect(said + error + logged).not.toContain(token);
    expect(logged).not.toContain(code);
  });
});

describe('plimsoll run', () => {
  it('says who it is in the directory, and stops with 0 and nothing left, on either signal', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, url, outcome } = await line.start();
      const note = join(line.data, 'owner.json');
      expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({
        pid: child.pid,
        address: url.slice(0, -1),
      });
      expect([statSync(note).mode & 0o777, statSync(line.data).mode & 0o777]).toEqual([0o600, 0o700]);
      const pids = await line.children();
      expect(pids.map(isRunning)).toEqual([true, true]);
      child.kill(signal);
      expect(await outcome).toMatchObject({ code: 0, signal: null });
      expect([existsSync(note), ...pids.map(isRunning)]).toEqual([false, false, false]);
    }
  });

  it('killed, leaves no child for two seconds, and the next start and status see that', async () => {
    const { child, outcome } = await line.start();
    const pids = await line.children();
    child.kill('SIGKILL');
    await outcome;
    expect((await line.run(['status', '--data', line.data])).code).toBe(69);
    await expect.poll(() => pids.some(isRunning), { timeout: 2000 }).toBe(false);
    const again = await line.start();
    again.child.kill('SIGTERM');
    expect((await again.outcome).code).toBe(0);
  });

  it('a second one on the same directory: 75, naming process and address', async () => {
    const { child, url, outcome } = await line.start();
    const second = await line.run(['run', '--data', line.data, '--port', '0']);
    expect(second.code).toBe(75);
    expect(second.error).toContain(`process ${child.pid}, ${url.slice(0, -1)}`);
    expect((await line.run(['status', '--data', line.data])).code).toBe(0);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });

  it('starts and is found although the note that names it cannot be written', async () => {
    mkdirSync(join(line.data, 'owner.json', 'in the way'), { recursive: true });
    const { child, outcome } = await line.start();
    expect((await line.run(['status', '--data', line.data])).code).toBe(0);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });

  it('a busy port that was asked for: 69, naming it, and nothing stays', async () => {
    await withBusyPort(async (port) => {
      for (const [words, env] of [
        [['--port', String(port)], {}],
        [[], { PORT: String(port) }],
      ] as [string[], Record<string, string>][]) {
        const { code, error } = await line.run(['run', '--data', line.data, ...words], env);
        expect([code, existsSync(join(line.data, 'owner.json'))]).toEqual([69, false]);
        expect(error).toContain(String(port));
      }
    });
  });

  it('PORT is used, and --port wins', async () => {
    const free = await withBusyPort((port) => Promise.resolve(port));
    const { child, url, outcome } = await line.start([], { PORT: String(free) });
    expect(url).toBe(`http://127.0.0.1:${free}/`);
    child.kill('SIGTERM');
    await outcome;
    const other = await line.start(['--port', '0'], { PORT: 'nonsense' });
    expect(other.url).not.toContain(`:${free}/`);
    other.child.kill('SIGTERM');
    await other.outcome;
    expect((await line.run(['run', '--data', line.data], { PORT: '80a' })).code).toBe(2);
  });

  it('goes on although nobody can read its output', async () => {
    const child = line.startUnread(['run', '--data', line.data, '--port', '0']);
    const status = async () => (await line.run(['status', '--data', line.data])).code;
    await expect.poll(status, { timeout: 10_000 }).toBe(0);
    child.kill('SIGHUP');
    expect(await status()).toBe(0);
    child.kill('SIGTERM');
    await expect.poll(() => child.exitCode, { timeout: 5000 }).toBe(0);
  });

  it('bad settings that were asked for: 78 with every problem', async () => {
    writeFileSync(file, bad);
    const { code, error } = await line.run(['run', '--data', line.data, '--config', file]);
    expect(code).toBe(78);
    expect(error).toContain(`${file}:4:11: sources[0].kind: `);
    expect(error).toContain(`${file}:11:16: rules[0].threshold: `);
    const missing = await line.run(['run', '--data', line.data, '--config', 'typo.yaml']);
    expect([missing.code, missing.error]).toEqual([78, 'typo.yaml: there is no such file\n']);
    for (const unreachable of [join(file, 'below.yaml'), join(line.home, 'x'.repeat(300))]) {
      const refused = await line.run(['run', '--data', line.data, '--config', unreachable]);
      expect([refused.code, refused.error]).toEqual([78, expect.stringContaining('cannot be read: ')]);
    }
  });

  it('bad settings at the usual place: the last good ones or those of a first start, the file untouched', async () => {
    const env = { XDG_CONFIG_HOME: join(line.home, 'my config') };
    const usual = join(env.XDG_CONFIG_HOME, 'plimsoll', 'plimsoll.yaml');
    mkdirSync(join(usual, '..'), { recursive: true });
    writeFileSync(usual, bad);
    const first = await line.start(['--port', '0'], env);
    first.child.kill('SIGTERM');
    const begun = await first.outcome;
    expect([begun.code, readFileSync(usual, 'utf8')]).toEqual([0, bad]);
    expect(begun.error).toMatch(/^Notice .*sources\[0\]\.kind/m);

    copyFileSync(example, usual);
    const good = await line.start(['--port', '0'], env);
    good.child.kill('SIGTERM');
    expect((await good.outcome).out).toContain(`${usual} (4 sources, 3 rules, 1 destination)`);

    writeFileSync(usual, bad);
    const last = await line.start(['--port', '0'], env);
    last.child.kill('SIGTERM');
    const { code, error } = await last.outcome;
    expect([code, readFileSync(usual, 'utf8')]).toEqual([0, bad]);
    expect(error).toMatch(/^Notice .*last good/m);
  });

  it('relative paths start beside a file that was named, and otherwise in the data directory', async () => {
    const settings = {
      version: 1,
      sources: [{ name: 'memory', kind: 'memory' }],
      rules: [
        {
          id: 'm',
          name: 'm',
          source: 'memory',
          metric: 'memory_percent',
          comparison: 'greater_than',
          threshold: 0,
        },
      ],
      destinations: [{ name: 'exports', kind: 'file' }],
    };
    const usual = join(line.home, '.config', 'plimsoll', 'plimsoll.yaml');
    for (const [place, words, exports] of [
      [usual, [], join(line.data, 'exports')],
      [file, ['--config', file], join(line.home, 'exports')],
    ] as const) {
      mkdirSync(join(place, '..'), { recursive: true });
      writeFileSync(place, JSON.stringify(settings));
      rmSync(line.data, { recursive: true, force: true });
      const { child, outcome } = await line.start(['--port', '0', ...words]);
      await expect
        .poll(() => existsSync(exports) && readdirSync(exports).length, { timeout: 10_000 })
        .toBe(2);
      child.kill('SIGTERM');
      await outcome;
    }
  });

  it('takes an edit by hand over, and keeps what holds when the edit is bad', async () => {
    const text = readFileSync(example, 'utf8');
    writeFileSync(file, text);
    const { child, outcome } = await line.start(['--port', '0', '--config', file]);
    const status = async () => {
      const { out } = await line.run(['status', '--json', '--data', line.data]);
      return (JSON.parse(out) as { status: { sources: { source: string }[]; notices: unknown[] } }).status;
    };
    writeFileSync(file, text.replace('- name: network', '- name: lan'));
    child.kill('SIGHUP');
    await expect
      .poll(async () => (await status()).sources.map(({ source }) => source), { timeout: 10_000 })
      .toContain('lan');
    writeFileSync(file, bad);
    await expect.poll(async () => (await status()).notices.length, { timeout: 10_000 }).toBe(1);
    expect((await status()).sources.map(({ source }) => source)).toContain('lan');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });
});
