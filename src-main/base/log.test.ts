import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logDirectoryOf, logShares, openLog, openRecordLog } from './log.ts';
import type { OpenLog } from './log.ts';
import type { RecordLogName } from './log.ts';

let root: string;
let directory: string;
let log: OpenLog | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'log-'));
  directory = join(root, 'logs');
});
afterEach(async () => {
  await log?.close();
  rmSync(root, { recursive: true, force: true });
});

function lines(): Record<string, unknown>[] {
  const text = readFileSync(join(directory, 'monitor.log'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line));
}

function messages(): unknown[] {
  try {
    return lines().map((line) => line['msg']);
  } catch {
    return [];
  }
}

describe('openLog', () => {
  it('writes one JSON object per line from its level on, secrets struck out, for its owner alone', async () => {
    log = openLog(directory);
    log.debug('not this');
    log.warn('two\nlines \u001b[31m', {
      source: 'cpu',
      token: 'abc',
      error: Object.assign(new Error('gone'), { code: 'ENOENT' }),
    });
    await log.close();
    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        msg: 'two\nlines \u001b[31m',
        source: 'cpu',
        token: '[struck out]',
        error: expect.objectContaining({ message: 'gone', code: 'ENOENT' }),
      },
    ]);
    if (process.platform !== 'win32')
      expect(statSync(join(directory, 'monitor.log')).mode & 0o777).toBe(0o600);
  });

  it('rotates and never keeps more than its files', async () => {
    log = openLog(directory, { files: 3, fileBytes: 20_000 });
    for (let line = 0; line < 2000; line++) {
      log.info(`line ${line} ${'x'.repeat(100)}`);
      if (line % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const newest = () =>
      ['monitor.log.1', 'monitor.log'].map((name) => readFileSync(join(directory, name), 'utf8')).join('');
    // A loaded machine takes longer than closing waits.
    await vi.waitFor(() => expect(newest().includes('"line 1999 ')).toBe(true), { timeout: 60_000 });
    await log.close();
    const names = readdirSync(directory).sort();
    expect(names).toEqual(['monitor.log', 'monitor.log.1', 'monitor.log.2']);
    const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    expect(bytes).toBeLessThan(61_000);
  }, 90_000);

  it('makes its directory again when it vanishes', async () => {
    log = openLog(directory, { checkMs: 0 });
    log.info('before');
    await vi.waitFor(() => expect(messages()).toEqual(['before']));
    rmSync(directory, { recursive: true });
    log.info('after');
    await vi.waitFor(() => expect(messages()).toEqual(['after']));
  });

  it('stays silent while it cannot write, and then says how many lines were lost', async () => {
    writeFileSync(directory, 'a file stands where the directory should');
    log = openLog(directory, { checkMs: 0 });
    log.info('one');
    log.error('two');
    rmSync(directory);
    log.info('three');
    await vi.waitFor(() => expect(messages()).toEqual(['log lines were lost', 'three']));
    expect(lines()[0]).toMatchObject({ level: 'warn', lines: 2 });
  });

  it.skipIf(process.platform === 'win32')(
    'does not follow a link that takes the place of its directory or file',
    async () => {
      log = openLog(directory, { checkMs: 0 });
      log.info('before');
      await vi.waitFor(() => expect(messages()).toEqual(['before']));
      const elsewhere = join(root, 'elsewhere');
      mkdirSync(elsewhere);
      renameSync(directory, join(root, 'moved'));
      symlinkSync(elsewhere, directory);
      log.info('astray');
      rmSync(directory);
      mkdirSync(directory);
      symlinkSync(join(elsewhere, 'passwd'), join(directory, 'monitor.log'));
      log.info('astray too');
      rmSync(join(directory, 'monitor.log'));
      log.info('back');
      await vi.waitFor(() => expect(messages()).toEqual(['log lines were lost', 'back']));
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  it('writes what it can of details that cannot be read', async () => {
    log = openLog(directory);
    const trap = Object.defineProperty({ a: 1 }, 'b', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    log.info('x', { trap });
    log.info(
      'y',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    );
    log.info('z');
    await log.close();
    expect(lines()).toMatchObject([{ msg: 'x', trap: { a: 1, b: '[left out]' } }, { msg: 'z' }]);
  });
});

const mebibyte = 1024 ** 2;
const logNames = ['alerts', 'system_metrics', 'app_metrics'] as const satisfies RecordLogName[];

describe('logs of records', () => {
  it('stand beside it, one JSON object per line, for their owner alone', async () => {
    const alerts = openRecordLog(directory, 'alerts');
    alerts.write({ level: 'warn', msg: 'firing' });
    alerts.write({ msg: 'x'.repeat(100_000) });
    alerts.write({ msg: 'resolved' });
    await alerts.close();
    const path = join(directory, 'alerts.log');
    const written = readFileSync(path, 'utf8').trim().split('\n');
    expect(written.map((each): unknown => JSON.parse(each))).toEqual([
      { level: 'warn', msg: 'firing' },
      expect.objectContaining({ msg: 'log lines were lost', lines: 1 }),
      { msg: 'resolved' },
    ]);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('escape all that moves a cursor or turns text around, as monitor.log does, and say the same', async () => {
    const name = 'a\u0000\u001b[2J\u007f\u009b2J\u202e\u2028\u{e0001}\n{"msg":"forged"}';
    const alerts = openRecordLog(directory, 'alerts');
    alerts.write({ rule_name: name, [name]: 1 });
    await alerts.close();
    log = openLog(directory);
    log.warn(name, { [name]: name });
    await log.close();
    for (const file of ['alerts.log', 'monitor.log']) {
      const text = readFileSync(join(directory, file), 'utf8');
      expect(text.split('\n')).toHaveLength(2);
      expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(JSON.parse(text)).toMatchObject({ [name]: expect.anything() as unknown });
    }
    expect(JSON.parse(readFileSync(join(directory, 'alerts.log'), 'utf8'))).toEqual({
      rule_name: name,
      [name]: 1,
    });
  });

  it('stay below 50 MiB together while all of them rotate at once, and their sizes say so too', async () => {
    const shares = Object.values(logShares);
    const together = shares.reduce((sum, { files, fileBytes }) => sum + files * fileBytes, 0);
    expect(together).toBeLessThan(48 * mebibyte);
    // Thirty times smaller, so that each goes round several times.
    const smaller = ({ files, fileBytes }: (typeof shares)[number]) => ({
      files,
      fileBytes: Math.round(fileBytes / 30),
    });
    log = openLog(directory, smaller(logShares.monitor));
    const records = logNames.map((name) => openRecordLog(directory, name, smaller(logShares[name])));
    let most = 0;
    const measure = setInterval(() => {
      const sizes = readdirSync(directory).map((name) =>
        statSync(join(directory, name), { throwIfNoEntry: false }),
      );
      most = Math.max(
        most,
        sizes.reduce((sum, stats) => sum + (stats?.size ?? 0), 0),
      );
    }, 2);
    for (let line = 0; line < 1000; line++) {
      log.info('x'.repeat(900), { line });
      for (const record of records) record.write({ line, text: 'y'.repeat(700) });
    }
    const isLastIn = (name: string) =>
      readFileSync(join(directory, `${name}.log`), 'utf8').includes('"line":999');
    await expect.poll(() => ['monitor', ...logNames].every(isLastIn), { timeout: 60_000 }).toBe(true);
    clearInterval(measure);
    await Promise.all([log.close(), ...records.map((record) => record.close())]);
    const names = readdirSync(directory);
    expect(names).toHaveLength(shares.reduce((sum, { files }) => sum + files, 0));
    expect(most).toBeGreaterThan(mebibyte);
    expect(most).toBeLessThan((50 * mebibyte) / 30);
  }, 90_000);

  it.skipIf(process.platform === 'win32')(
    'are made again where their directory vanishes, and follow no link that takes its place',
    async () => {
      const elsewhere = join(root, 'elsewhere');
      mkdirSync(elsewhere);
      const alerts = openRecordLog(directory, 'alerts', { checkMs: 0 });
      const said = () => {
        try {
          return readFileSync(join(directory, 'alerts.log'), 'utf8');
        } catch {
          return '';
        }
      };
      alerts.write({ n: 1 });
      await vi.waitFor(() => expect(said()).toContain('"n":1'));
      rmSync(directory, { recursive: true });
      symlinkSync(elsewhere, directory);
      alerts.write({ n: 2 });
      rmSync(directory);
      alerts.write({ n: 3 });
      await vi.waitFor(() => expect(said()).toContain('"n":3'));
      expect(said()).toContain('log lines were lost');
      expect(readdirSync(elsewhere)).toEqual([]);
      await alerts.close();
    },
  );
});

it('tells more or less from one line to the next', async () => {
  log = openLog(directory, { level: 'warn' });
  log.info('one');
  log.setLevel('debug');
  log.debug('two');
  log.setLevel('error');
  log.warn('three');
  await log.close();
  expect(messages()).toEqual(['two']);
});

it.each([
  [undefined, '/data/logs'],
  ['', '/data/logs'],
  ['logs', '/home/me/logs'],
  ['/var/log/plimsoll', '/var/log/plimsoll'],
])('MONITOR_LOG_DIR=%s puts the logs into %s', (named, expected) => {
  expect(logDirectoryOf('/data', { MONITOR_LOG_DIR: named }, '/home/me')).toBe(expected);
});

it('says why nothing is written, and when it is again', async () => {
  writeFileSync(directory, 'in the way');
  log = openLog(directory, { checkMs: 0 });
  const said: (string | null)[] = [];
  log.onProblem((problem) => said.push(problem));
  expect(said).toEqual([expect.stringContaining(`logs could not be created in ${root}`)]);
  rmSync(directory);
  log.info('one');
  await vi.waitFor(() => expect(said.slice(1)).toEqual([null]));
});
