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
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exampleMessage } from '../../testing/example-message.ts';
import { destinationSurroundings } from '../../testing/surroundings.ts';
import type { MessageChanges } from '../../testing/example-message.ts';
import { recordOf } from '../record.ts';
import { fileDestination } from './file.ts';

let root: string;
let exports: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'exports-'));
  exports = join(root, 'exports');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const { signal } = new AbortController();
const noon = Date.UTC(2026, 0, 5, 12, 0, 0, 123);

function open(options: Record<string, unknown> = {}) {
  const destination = fileDestination.open(
    fileDestination.options.parse(options),
    destinationSurroundings({ directory: root }),
  );
  return { deliver: (changes?: MessageChanges) => destination.deliver(exampleMessage(changes), signal) };
}

/** The n-th of a series of messages, a second apart; later ones come earlier in the alphabet. */
function numbered(index: number): MessageChanges {
  return {
    id: `00000000-${String(index).padStart(4, '0')}`,
    alert: { series: { host: 'anchor', source: sourceOf(index), metric: 'x', labels: {} } },
    transition: { at: noon + index * 1000 },
  };
}

function sourceOf(index: number): string {
  return String.fromCharCode('z'.charCodeAt(0) - index);
}

const stem = 'cpu_usage_cpu_percent_20260105T120000.123Z_0a1b2c3d-0000-4000-8000-000000000001';

describe('the destination kind file', () => {
  it('is not in its own way when an attempt that was given up goes on', async () => {
    const { deliver } = open({ formats: ['json'] });
    const attempts: Promise<string>[] = [];
    for (let begun = 0; begun < 100; begun++) {
      attempts.push(deliver());
      await nextTurn();
    }
    await Promise.all(attempts);
    expect(readdirSync(exports)).toEqual([`${stem}.json`]);
  });

  it('writes the record as JSON and CSV into a directory that it makes, and its receipt names the files', async () => {
    const receipt = await open().deliver();
    expect(readdirSync(exports).sort()).toEqual([`${stem}.csv`, `${stem}.json`]);
    expect(JSON.parse(readFileSync(join(exports, `${stem}.json`), 'utf8'))).toEqual(
      recordOf(exampleMessage()),
    );
    expect(receipt).toBe(`In ${exports}: wrote ${stem}.json, ${stem}.csv.`);
    if (process.platform !== 'win32') expect(statSync(join(exports, `${stem}.csv`)).mode & 0o777).toBe(0o600);
  });

  it('compresses when asked', async () => {
    await open({ formats: ['json'], compress: true }).deliver();
    expect(readdirSync(exports)).toEqual([`${stem}.json.gz`]);
    expect(JSON.parse(gunzipSync(readFileSync(join(exports, `${stem}.json.gz`))).toString())).toHaveProperty(
      'value',
      91.5,
    );
  });

  it('writes a message once, however often it comes and whatever the settings are by then', async () => {
    await open({ formats: ['json'] }).deliver();
    const before = statSync(join(exports, `${stem}.json`));
    const receipt = await open({ formats: ['json', 'csv'], compress: true }).deliver();
    expect(readdirSync(exports).sort()).toEqual([`${stem}.csv.gz`, `${stem}.json`]);
    expect(statSync(join(exports, `${stem}.json`)).ino).toBe(before.ino);
    expect(receipt).toContain(`${stem}.json was there already`);
  });

  it('wants the end of an alert only when asked, and then writes a second record', async () => {
    const wants = (onResolve: boolean, to: 'firing' | 'resolved') =>
      fileDestination.wants?.(fileDestination.options.parse({ onResolve }), to);
    expect([wants(false, 'firing'), wants(false, 'resolved'), wants(true, 'resolved')]).toEqual([
      true,
      false,
      true,
    ]);
    const end: MessageChanges = {
      id: 'resolved-1',
      transition: { from: 'firing', to: 'resolved', reason: 'back_within', value: 70 },
    };
    await open({ onResolve: true, formats: ['json'] }).deliver(end);
    expect(readdirSync(exports)).toEqual([expect.stringContaining('resolved-1.json')]);
  });

  it('keeps the newest files by the time in their names and never touches what is not ours', async () => {
    mkdirSync(exports);
    const old = 'cpu_cpu_percent_20200101T000000.000Z_00000000-9999.json';
    const foreign = [
      `copy of ${old}`,
      `${old}.bak`,
      'cpu_usage_cpu_percent_20240115_103045.json',
      'a_b_19990101T000000.000Z.csv',
      'notes.txt',
    ];
    for (const name of foreign) writeFileSync(join(exports, name), 'mine');
    const directory = 'x_y_19990101T000000.000Z_00000000-aaaa.json';
    const link = 'x_y_19990101T000000.000Z_00000000-bbbb.json';
    mkdirSync(join(exports, directory));
    symlinkSync(join(exports, 'notes.txt'), join(exports, link));
    writeFileSync(join(exports, old), '{}');

    const destination = open({ formats: ['json'], maxFiles: 3 });
    const receipts: string[] = [];
    // The second is written last: the time of the message decides, not the time of writing.
    for (const index of [1, 3, 4, 5, 2]) receipts.push(await destination.deliver(numbered(index)));

    const kept = [3, 4, 5].map(
      (index) => `${sourceOf(index)}_x_20260105T12000${index}.123Z_00000000-000${index}.json`,
    );
    expect(readdirSync(exports).sort()).toEqual([...foreign, directory, link, ...kept].sort());
    expect(receipts.filter((receipt) => receipt.includes('removed 1 older'))).toHaveLength(3);
  });

  it('makes its directory again when it is removed while running', async () => {
    const destination = open({ formats: ['json'] });
    await destination.deliver(numbered(1));
    rmSync(exports, { recursive: true });
    await destination.deliver(numbered(2));
    expect(readdirSync(exports)).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')(
    'accepts a link chosen before, and refuses one that appears while running',
    async () => {
      const [chosen, elsewhere] = [join(root, 'chosen'), join(root, 'elsewhere')];
      mkdirSync(chosen);
      mkdirSync(elsewhere);
      symlinkSync(chosen, exports);
      const destination = open({ formats: ['json'] });
      await destination.deliver(numbered(1));
      expect(readdirSync(chosen)).toHaveLength(1);

      renameSync(exports, join(root, 'old-link'));
      symlinkSync(elsewhere, exports);
      await expect(destination.deliver(numbered(2))).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(elsewhere),
      });
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'does not write through what stands under the name of an export',
    async () => {
      mkdirSync(exports);
      writeFileSync(join(root, 'victim'), 'precious');
      symlinkSync(join(root, 'victim'), join(exports, `${stem}.json`));
      await expect(open().deliver()).rejects.toMatchObject({
        code: 'cannot_create',
        message: expect.stringContaining(stem),
      });
      expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('precious');
    },
  );

  it('says with code, path and remedy what is wrong with the directory', async () => {
    writeFileSync(exports, 'a file');
    await expect(open().deliver()).rejects.toMatchObject({
      code: 'cannot_create',
      retry: false,
      message: expect.stringMatching(/exports could not be made in .*choose another directory/),
    });
    await expect(open({ directory: join('exports', 'below') }).deliver()).rejects.toMatchObject({
      code: 'cannot_create',
    });
    if (process.platform !== 'linux') return;
    await expect(open({ directory: 'C:\\exports' }).deliver()).rejects.toMatchObject({
      code: 'cannot_create',
      message: expect.stringContaining('C:\\exports is a path of Windows'),
    });
    for (const directory of ['/proc', '/proc/none', '/proc/none/exports']) {
      await expect(open({ directory }).deliver()).rejects.toMatchObject({
        message: expect.stringContaining('/proc'),
      });
    }
  });

  it.skipIf(process.platform === 'win32')('says that permission is missing', async () => {
    mkdirSync(exports, { mode: 0o500 });
    await withoutPrivileges(async () => {
      const attempt = open().deliver();
      await expect(attempt).rejects.toMatchObject({
        code: 'no_permission',
        retry: false,
        message: expect.stringContaining(root),
      });
    });
  });

  it('has defaults for everything, and refuses settings that make no sense', () => {
    expect(fileDestination.options.parse({})).toEqual({
      directory: 'exports',
      formats: ['json', 'csv'],
      compress: false,
      maxFiles: 100,
      onResolve: false,
      everyViolation: false,
    });
    const wrong = [
      { formats: [] },
      { formats: ['json', 'json'] },
      { formats: ['xml'] },
      { maxFiles: 0 },
      { maxFiles: 1.5 },
      { directory: '' },
      { directory: 'a\0b' },
      { folder: 'x' },
    ];
    expect(wrong.filter((options) => fileDestination.options.safeParse(options).success)).toEqual([]);
    expect(z.toJSONSchema(fileDestination.options, { io: 'input' })).toMatchObject({
      properties: { maxFiles: { title: 'Files kept', unit: 'files' } },
    });
  });
});

/** Root may write everywhere, so this process runs `work` as nobody. */
async function withoutPrivileges(work: () => Promise<void>): Promise<void> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || seteuid === undefined) return work();
  const nobody = 65_534;
  seteuid(nobody);
  try {
    await work();
  } finally {
    seteuid(0);
  }
}

describe('before it is saved', () => {
  const check = (directory: string) =>
    fileDestination.check?.(
      fileDestination.options.parse({ directory }),
      destinationSurroundings({ directory: root }),
    ) ?? Promise.resolve();

  it('a directory is made and left empty', async () => {
    await check('a/b');
    expect(readdirSync(join(root, 'a/b'))).toEqual([]);
  });

  it.each([
    ['a file', 'file/inside'],
    ['what takes no files', '/proc'],
  ])('%s is refused, at the field', async (_what, directory) => {
    writeFileSync(join(root, 'file'), '');
    await expect(check(directory)).rejects.toMatchObject({ problems: [{ path: 'directory' }] });
  });

  it.skipIf(process.platform === 'win32').each(['C:\\con', 'D:/exports', '\\\\host\\share'])(
    '%s is refused as a path of Windows',
    async (directory) => {
      await expect(check(directory)).rejects.toMatchObject({ problems: [{ path: 'directory' }] });
    },
  );
});
