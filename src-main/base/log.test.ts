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
import { openLog } from './log.ts';
import type { OpenLog } from './log.ts';

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
    await log.close();
    const names = readdirSync(directory).sort();
    expect(names).toEqual(['monitor.log', 'monitor.log.1', 'monitor.log.2']);
    const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    expect(bytes).toBeLessThan(61_000);
    const newest = ['monitor.log.1', 'monitor.log']
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('');
    expect(newest).toContain('"line 1999 ');
  });

  it('makes its directory again when it vanishes', async () => {
    log = openLog(directory, { checkMs: 0 });
    log.info('before');
    await vi.waitFor(() => expect(messages()).toEqual(['before']));
    rmSync(directory, { recursive: true });
    log.info('after');
    await vi.waitFor(() => expect(messages()).toEqual(['after']));
  });

  it('stays silent while it can not write, and then says how many lines were lost', async () => {
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

  it('writes what it can of details that can not be read', async () => {
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
