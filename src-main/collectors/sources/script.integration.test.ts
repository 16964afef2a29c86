import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRunning } from '../../testing/command-line.ts';
import { ScriptFolder } from '../../testing/script-folder.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

let scripts: ScriptFolder;

beforeEach(() => {
  scripts = new ScriptFolder();
});
afterEach(() => scripts.close());

/** A number in a file that a script writes, as soon as it is there. */
async function numberIn(name: string): Promise<number> {
  for (;;) {
    try {
      const text = readFileSync(join(scripts.folder, name), 'utf8').trim();
      if (text !== '') return Number(text);
    } catch {
      // Not yet.
    }
    await pause(20);
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await pause(20);
}

describe('nothing runs that was not approved', () => {
  const marking = '#!/bin/sh\ntouch ran\necho 1\n';

  test.each([null, 'f'.repeat(64)])('with %s as the hash that was approved', async (sha256) => {
    scripts.write('mark.sh', marking);
    const { values, error } = await scripts.run('mark.sh', { sha256 });
    expect([values, error?.code]).toEqual([{}, 'not_approved']);
    expect(error?.message).toContain(`plimsoll scripts approve ${join(scripts.folder, 'mark.sh')}`);
    expect(() => readFileSync(join(scripts.folder, 'ran'))).toThrow('ENOENT');
  });

  test('by an interpreter that was not approved with it', async () => {
    scripts.write('mark.sh', marking);
    const collector = scripts.open('mark.sh', { interpreter: '/bin/sh', approvedInterpreter: null });
    const { error } = await collector.read();
    collector.close();
    expect(error?.code).toBe('not_approved');
    expect(error?.message).toContain('--interpreter /bin/sh');
  });

  test('after it has changed in the midst of its work', async () => {
    scripts.write('count.py', 'def collect():\n return 1\n');
    const source = scripts.open('count.py');
    await source.read();
    expect((await source.read()).values).toEqual({ count: 1 });
    scripts.write('count.py', 'def collect():\n return 2\n');
    const { values, error } = await source.read();
    source.close();
    expect([values, error?.code]).toEqual([{}, 'not_approved']);
    expect(error?.message).toContain('has changed since it was approved');
  });

  test('although the file is swapped between the look at it and its start', async () => {
    scripts.write('swap.sh', '#!/bin/sh\necho 1\n');
    const running = scripts.run('swap.sh');
    writeFileSync(join(scripts.folder, 'swap.sh'), '#!/bin/sh\necho 2\n');
    const { values, error } = await running;
    // What was read first decides: the approved bytes, or another hash. Never the other bytes.
    expect(values['swap'] ?? error?.code).not.toBe(2);
  });
});

describe('Python', () => {
  test("S1's example works as it is, and its first, meaningless number is not reported", async (context) => {
    scripts.write('cpu_usage.py', 'import psutil\n\ndef collect():\n return psutil.cpu_percent()\n');
    const { values, error } = await scripts.run('cpu_usage.py', { interpreter: '/usr/bin/python3' });
    if (error?.message.includes('ModuleNotFoundError') === true) context.skip('psutil is not installed');
    expect(error).toBeNull();
    expect(values['cpu_usage']).toBeGreaterThanOrEqual(0);
  });

  test('keeps what it remembers between readings, and is told its settings', async () => {
    scripts.write(
      'count.py',
      'n = 0\ndef collect(settings):\n global n\n n += 1\n return {"n": n, "limit": float(settings["limit"])}\n',
    );
    const source = scripts.open('count.py', {
      settings: { limit: { secret: 'limit' } },
      secrets: { limit: '80.5' },
    });
    const readings = [await source.read(), await source.read(), await source.read()];
    source.close();
    expect(readings.map(({ values }) => values)).toEqual([{}, { n: 2, limit: 80.5 }, { n: 3, limit: 80.5 }]);
  });

  test('what it prints, reads and sets aside does not touch the result', async () => {
    scripts.write(
      'noisy.py',
      'import os, sys\nprint("{}")\nos.write(1, b"noise\\n")\ndef collect():\n print(sys.stdin.read())\n return 7\n',
    );
    expect(await scripts.run('noisy.py')).toEqual({ values: { noisy: 7 }, error: null });
  });

  test('what is no number is left out and said', async () => {
    scripts.write(
      'mixed.py',
      'def collect():\n return {"a": 1, "b": True, "c": None, "d": float("nan"), "e": "5", "f": 10**400, "g": {"h": 1}}\n',
    );
    const { values, error } = await scripts.run('mixed.py');
    expect([values, error?.code]).toEqual([{ a: 1 }, 'unreadable']);
    expect(error?.message).toContain('"b" is True, which is no number and is left out. So are 5 more.');
  });

  test.each([
    ['raises', 'def collect():\n return 1 / 0\n', 'failed (line 2): ZeroDivisionError: division by zero'],
    [
      'leaves',
      'import sys\ndef collect():\n sys.exit("no")\n',
      "called sys.exit('no') instead of returning (line 3)",
    ],
    ['breaks', 'def collect(:\n', 'failed (line 1): SyntaxError'],
    ['nothing', 'x = 1\n', 'has no function collect()'],
    ['none', 'def collect(): pass\n', '"none" is None and is left out'],
    ['dies', 'import os\ndef collect():\n os._exit(3)\n', 'ended without a result (code 3'],
    ['killed', 'import os\ndef collect():\n os.kill(os.getpid(), 9)\n', 'ended without a result (SIGKILL'],
  ])('%s: says what happened, and where', async (name, text, message) => {
    scripts.write(`${name}.py`, text);
    const { values, error } = await scripts.run(`${name}.py`);
    expect([values, error?.code]).toEqual([{}, 'unreadable']);
    expect(error?.message).toContain(message);
  });

  test('its neighbours were not approved, and are not imported', async () => {
    scripts.write('neighbour.py', 'value = 1\n');
    scripts.write('asks.py', 'import neighbour\ndef collect():\n return neighbour.value\n');
    const { error } = await scripts.run('asks.py');
    expect(error?.message).toMatch(/ModuleNotFoundError.*never from the script's own folder/);
  });

  test('nor in the place of what Python itself imports', async () => {
    const trace = join(scripts.folder, 'ran');
    for (const module of ['base64', 'json', 'types', 'os', 'signal', 'decimal']) {
      scripts.write(`${module}.py`, `open(${JSON.stringify(trace)}, 'w').close()\n`);
    }
    scripts.write('good.py', 'import json\ndef collect(): return len(json.dumps(1))\n');
    expect((await scripts.run('good.py')).error).toBeNull();
    expect(existsSync(trace)).toBe(false);
  });

  test('a line of its own on the way of the answers is no answer, and ends it', async () => {
    for (const line of ['', 'null', '{"collected": 5}']) {
      const said = JSON.stringify(`${line}\n`);
      scripts.write(
        'says.py',
        `import os\ndef collect():\n for fd in range(3, 9):\n  try: os.write(fd, ${said}.encode())\n  except OSError: pass\n return 1\n`,
      );
      const { error } = await scripts.run('says.py');
      expect(error?.message).toContain('ended without a result');
    }
  });

  test('arguments are for programs, and are refused rather than forgotten', async () => {
    scripts.write('a.py', 'def collect(): return 1\n');
    expect((await scripts.run('a.py', { arguments: ['-w'] })).error?.code).toBe('unsupported');
  });

  test('no Python on this machine is said, and so is an interpreter that is not there', async () => {
    scripts.write('a.py', 'def collect(): return 1\n');
    const { error } = await scripts.run('a.py', { interpreter: '/nowhere/python' });
    expect([error?.code, error?.message]).toEqual([
      'unsupported',
      'There is no program /nowhere/python. Correct the interpreter of this source.',
    ]);
  });
});

describe('JavaScript and TypeScript', () => {
  test('what is sent instead of an answer ends it, and nothing else', async () => {
    for (const said of ['null', '5', '{ type: "x" }', '{ type: "collected", collected: 5 }']) {
      scripts.write('sends.mjs', `export function collect() { process.send(${said}); return 1; }\n`);
      const { error } = await scripts.run('sends.mjs');
      expect(error?.message).toContain('no answer');
    }
  });

  test('calls collect, waits for it, and keeps the module', async () => {
    scripts.write(
      'count.ts',
      'let n: number = 0;\nexport async function collect(settings: { step: string }): Promise<object> {\n  console.log("noise");\n  n += Number(settings.step);\n  return { n, wrong: Number.NaN };\n}\n',
    );
    const source = scripts.open('count.ts', { settings: { step: '2' } });
    const first = await source.read();
    const second = await source.read();
    source.close();
    expect([first.values, second.values]).toEqual([{ n: 2 }, { n: 4 }]);
    expect(second.error?.message).toContain('"wrong" is NaN, which is no number');
  });

  test.each([
    ['hangs.mjs', 'export function collect() { for (;;); }', 'deadline', 'did not end within'],
    ['leaves.mjs', 'export function collect() { process.exit(3); }', 'unreadable', 'code 3'],
    [
      'throws.js',
      'export function collect() { throw new RangeError("far"); }',
      'unreadable',
      'failed: RangeError: far',
    ],
    [
      'asks.js',
      'import "./leaves.mjs";\nexport const collect = () => 1;',
      'unreadable',
      'imports what was not approved',
    ],
    ['old.js', 'module.exports = { collect: () => 1 };', 'unreadable', 'is written as CommonJS'],
    ['none.js', 'export const value = 1;', 'unreadable', 'exports no function collect()'],
    [
      'floods.js',
      'export function collect() { for (;;) console.log("x".repeat(1000)); }',
      'unreadable',
      'more than 64 KiB',
    ],
    [
      'grows.js',
      'const all = [];\nexport function collect() { for (;;) all.push(Buffer.alloc(1e7, 1)); }',
      'unreadable',
      'more than 256 MiB',
    ],
  ])('%s is held to its limits', async (name, text, code, message) => {
    scripts.write(name, text);
    const { values, error } = await scripts.run(name, { deadlineMs: name === 'hangs.mjs' ? 1500 : 10_000 });
    expect([values, error?.code]).toEqual([{}, code]);
    expect(error?.message).toContain(message);
  });
});

test.each([
  ['none.js', 'export const value = 1;', 'exports no function collect()'],
  ['throws.js', 'throw new RangeError("far");', 'failed: RangeError: far'],
  ['breaks.ts', 'export const = 1;', 'failed: '],
])('%s says its true error again and again', async (name, text, message) => {
  scripts.write(name, text);
  const source = scripts.open(name);
  const errors = [await source.read(), await source.read(), await source.read()].map(({ error }) => error);
  source.close();
  expect(errors[0]?.message).toContain(message);
  expect(errors.map((error) => error?.message)).toEqual(errors.map(() => errors[0]?.message));
});

// The numbers are those of the list of bad input that Plimsoll is held to.
describe('bad input', () => {
  test('D-1: a file that can not run is refused with the reason', async () => {
    scripts.write('plain.sh', '#!/bin/sh\necho 1\n', 0o600);
    scripts.write('shebang.sh', '#!/nowhere/sh\necho 1\n');
    scripts.write('bare.sh', 'echo 1\n');
    mkdirSync(join(scripts.folder, 'folder.sh'));
    const outside = new ScriptFolder();
    symlinkSync(outside.write('real.sh', '#!/bin/sh\necho 1\n'), join(scripts.folder, 'link.sh'));
    const refusals = await Promise.all(
      ['missing.sh', 'plain.sh', 'shebang.sh', 'bare.sh', 'folder.sh', 'link.sh'].map((name) =>
        scripts.run(name),
      ),
    );
    outside.close();
    expect(refusals.map(({ error }) => error?.code)).toEqual([
      'not_found',
      'unsupported',
      'unsupported',
      'unsupported',
      'unreadable',
      'forbidden',
    ]);
    expect(refusals.map(({ error }) => error?.message).join('\n')).toMatch(
      /There is no file .*\n.*chmod u\+x.*\n.*\/nowhere\/sh in its first line.*\n.*does not say what runs it.*\n.*is a folder.*\n.*leads out of its folder/,
    );
  });

  test('D-2: what others can change is refused', async (context) => {
    scripts.write('open.sh', '#!/bin/sh\necho 1\n', 0o707);
    expect((await scripts.run('open.sh')).error?.message).toContain('chmod o-w');
    scripts.write('a.sh', '#!/bin/sh\necho 1\n');
    chmodSync(scripts.folder, 0o777);
    expect((await scripts.run('a.sh')).error?.code).toBe('forbidden');
    chmodSync(scripts.folder, 0o700);
    if (!isRoot) return context.skip('only root can give a file away');
    chownSync(join(scripts.folder, 'a.sh'), 12_345, 0);
    expect((await scripts.run('a.sh')).error?.message).toContain('belongs to another user (12345)');
  });

  test('D-4: no output is unknown', async () => {
    scripts.write('silent.sh', '#!/bin/sh\n');
    expect((await scripts.run('silent.sh')).error).toMatchObject({ code: 'unreadable' });
  });

  test('D-5: exit codes of Nagios plugins are their state, all others an error', async () => {
    const outcomes = [];
    for (const end of [
      'exit 0',
      'exit 1',
      'exit 2',
      'exit 3',
      'exit 4',
      'exit 126',
      'exit 127',
      'exit 255',
      'kill -9 $$',
    ]) {
      scripts.write('plugin.sh', `#!/bin/sh\necho "DISK OK - free | used=5GB;8;9;0;10"\n${end}\n`);
      const { values, error } = await scripts.run('plugin.sh');
      outcomes.push([values['state'], values['used'], error?.code]);
    }
    expect(outcomes).toEqual([
      ...[0, 1, 2, 3].map((state) => [state, 5, undefined]),
      ...Array.from({ length: 5 }, () => [undefined, undefined, 'unreadable']),
    ]);
  });

  test.runIf(isLinux)('D-7: a daemon that keeps stdout open holds nothing up and does not stay', async () => {
    scripts.write(
      'daemon.sh',
      '#!/bin/sh\nsetsid sh -c "echo \\$\\$ > pid; exec sleep 1000" &\nwhile [ ! -s pid ]; do sleep 0.05; done\necho 42\n',
    );
    expect((await scripts.run('daemon.sh')).values).toEqual({ daemon: 42 });
    await untilGone(await numberIn('pid'));
  });

  test.each(['exec yes', 'exec yes >&2', 'head -c 1073741824 /dev/zero'])(
    'D-8: endless output is cut: %s',
    async (command) => {
      scripts.write('flood.sh', `#!/bin/sh\n${command}\n`);
      const { values, error } = await scripts.run('flood.sh');
      expect([values, error?.code]).toEqual([{}, 'too_large']);
    },
  );

  test('D-13: what it had said before it hung does not count', async () => {
    scripts.write('partial.sh', '#!/bin/sh\necho 42\nsleep 100\n');
    const { values, error } = await scripts.run('partial.sh', { timeoutSeconds: 0.5 });
    expect([values, error?.code]).toEqual([{}, 'deadline']);
  });

  test('D-14: there is nothing to read', async () => {
    scripts.write('reads.sh', '#!/bin/sh\nread line\ncat\necho 1\n');
    expect((await scripts.run('reads.sh')).values).toEqual({ reads: 1 });
  });

  test('D-16: the environment holds no secret, but for the settings', async () => {
    process.env['PLIMSOLL_TEST_PASSWORD'] = 'canary';
    scripts.write('env.sh', '#!/bin/sh\nenv > all\necho 1\n');
    await scripts.run('env.sh', {
      settings: { 'warn-at': '5', key: { secret: 'key' } },
      secrets: { key: 'k3y' },
    });
    delete process.env['PLIMSOLL_TEST_PASSWORD'];
    const all = readFileSync(join(scripts.folder, 'all'), 'utf8');
    expect(all).not.toContain('canary');
    expect(all).toContain('PLIMSOLL_SETTING_WARN_AT=5\n');
    expect(all).toContain('PLIMSOLL_SETTING_KEY=k3y\n');
  });

  test.each([
    ['env.py', 'import os\ndef collect():\n return {name: 1 for name in os.environ}\n'],
    [
      'env.mjs',
      'export const collect = () => Object.fromEntries(Object.keys(process.env).map((name) => [name, 1]));\n',
    ],
  ])('D-16: nor does that of %s', async (name, text) => {
    process.env['PLIMSOLL_TEST_PASSWORD'] = 'canary';
    scripts.write(name, text);
    const { values } = await scripts.run(name);
    delete process.env['PLIMSOLL_TEST_PASSWORD'];
    expect(Object.keys(values)).toEqual(expect.arrayContaining(['PATH', 'PLIMSOLL_SCRIPT']));
    expect(Object.keys(values)).not.toContain('PLIMSOLL_TEST_PASSWORD');
  });

  test('a secret that a script repeats is struck out', async () => {
    scripts.write('tells.py', 'def collect(settings):\n raise ValueError(settings["key"])\n');
    const { error } = await scripts.run('tells.py', {
      settings: { key: { secret: 'key' } },
      secrets: { key: 'k3ykey' },
    });
    expect(error?.message).toContain('[secret]');
    expect(error?.message).not.toContain('k3ykey');
  });

  // One that ends by itself at 511: root is not held back by the system, and the machine is not ours alone.
  test.runIf(isLinux)('D-17: a fork bomb is ended, all of it', async () => {
    scripts.write(
      'bomb.sh',
      '#!/bin/sh\nbomb() { [ "$1" -eq 0 ] || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }; sleep 100; }\nbomb 8\n',
    );
    const { error } = await scripts.run('bomb.sh');
    expect(error).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('64 processes') as string,
    });
    expect(scripts.processes()).toEqual([]);
  });

  test.runIf(isLinux)('more than 256 MiB of memory are too much', async () => {
    scripts.write(
      'big.py',
      'import time\ndef collect():\n all = [bytes([1]) * 2**20 for _ in range(400)]\n time.sleep(100)\n',
    );
    expect((await scripts.run('big.py')).error).toMatchObject({ code: 'too_large' });
  });

  test.each([
    'with space.sh',
    "quote'.sh",
    'a;touch injected;.sh',
    '$(touch injected).sh',
    'ünï—😀.sh',
    '-n.sh',
  ])('D-20: %s runs, and no shell reads its name', async (name) => {
    scripts.write(name, '#!/bin/sh\nprintf %s "$1" > said\necho 3\n');
    const { values, error } = await scripts.run(name, { arguments: ['$(touch injected); *'] });
    expect([Object.values(values), error]).toEqual([[3], null]);
    expect(readFileSync(join(scripts.folder, 'said'), 'utf8')).toBe('$(touch injected); *');
    expect(() => readFileSync(join(scripts.folder, 'injected'))).toThrow('ENOENT');
  });
});

describe('check(metrics) finds violations of its own', () => {
  const known = { network: { connections: 1200, 'rate{interface="eth0"}': 7 } };
  const inPython = `
def collect():
    return {"queue": 3}

def check(metrics, own):
    found = []
    if metrics["network"]["connections"] > 1000:
        found.append("High network connections")
    if own["queue"] > 2:
        found.append({"name": "Long queue", "severity": "critical"})
    return found
`;
  const inJavaScript = `
export const collect = () => ({ queue: 3 });
export async function check(metrics, own) {
  const found = [];
  if (metrics.network.connections > 1000) found.push('High network connections');
  if (own.queue > 2) found.push({ name: 'Long queue', severity: 'critical' });
  return found;
}
`;
  const found = {
    queue: 3,
    violations: 2,
    'violation{"violation":"High network connections"}': 1,
    'violation{"violation":"Long queue"}': 2,
  };

  test.each([
    ['watch.py', inPython],
    ['watch.mjs', inJavaScript],
  ])('in %s', async (name, text) => {
    scripts.write(name, text);
    expect(await scripts.run(name, { known })).toEqual({ values: found, error: null });
  });

  test('as the example does that comes with Plimsoll', async () => {
    const example = new URL('../../../resources/metrics/watch_all.py', import.meta.url);
    scripts.write('watch_all.py', readFileSync(example));
    const busy = {
      cpu: { cpu_percent: 97 },
      network: { bytes_recv_per_sec: 3 },
      memory: { memory_percent: 99 },
    };
    expect((await scripts.run('watch_all.py', { known: busy })).values).toEqual({
      violations: 2,
      'violation{"violation":"Busy, and not because of the network"}': 1,
      'violation{"violation":"Memory nearly gone"}': 2,
    });
    expect((await scripts.run('watch_all.py')).values).toEqual({ violations: 0 });
  });

  test.each([
    ['over.py', 'def check(metrics):\n    return ["Low"] if metrics["tank"]["level"] < 5 else None\n'],
    ['over.mjs', "export const check = (metrics) => (metrics.tank.level < 5 ? 'Low' : undefined);\n"],
  ])('and tells when they are over, without collect() in %s', async (name, text) => {
    scripts.write(name, text);
    const tank = { level: 4 };
    const source = scripts.open(name, { known: { tank } });
    await source.read();
    expect(await source.read()).toEqual({
      values: { violations: 1, 'violation{"violation":"Low"}': 1 },
      error: null,
    });
    tank.level = 6;
    expect(await source.read()).toEqual({
      values: { violations: 0, 'violation{"violation":"Low"}': 0 },
      error: null,
    });
    source.close();
  });

  test.each([
    [
      'broken.py',
      'def collect():\n    return 1\ndef check(metrics):\n    return metrics["gone"]\n',
      /check\(\).*KeyError/s,
    ],
    [
      'broken.mjs',
      'export const collect = () => 1;\nexport const check = (metrics) => metrics.gone.more;\n',
      /check\(\).*TypeError/s,
    ],
    ['odd.py', 'def collect():\n    return 1\ndef check(metrics):\n    return [7]\n', /no violation/],
    [
      'odd.mjs',
      'export const collect = () => 1;\nexport const check = () => [{ severity: "critical" }];\n',
      /no violation/,
    ],
    [
      'many.py',
      'def collect():\n    return 1\ndef check(metrics):\n    return [str(n) for n in range(60)]\n',
      /returned 60 violations, of which 50 are kept/,
    ],
    [
      'many.mjs',
      'export const collect = () => 1;\nexport const check = () => Array.from({ length: 60 }, (_, n) => String(n));\n',
      /returned 60 violations, of which 50 are kept/,
    ],
  ])('and what goes wrong in it is said, the numbers count all the same: %s', async (name, text, why) => {
    scripts.write(name, text);
    const { values, error } = await scripts.run(name);
    expect(error?.message).toMatch(why);
    expect(values).toMatchObject({ [name.split('.')[0] ?? '']: 1 });
    // What is not known is not 0.
    if (name.startsWith('broken')) expect(values).not.toHaveProperty('violations');
  });
});
