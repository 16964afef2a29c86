import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScriptFolder } from '../../testing/script-folder.ts';

let scripts: ScriptFolder;

beforeEach(() => {
  scripts = new ScriptFolder();
});
afterEach(() => scripts.close());

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
