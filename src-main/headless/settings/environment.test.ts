import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentOf, environmentProblems, placeOfVariable } from './environment.ts';

let here: string;
let beside: string;
const settingsFile = 'settings/plimsoll.yaml';
const around = (env: Record<string, string> = {}) => ({ env, workingDirectory: here });

beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'plimsoll-env-'));
  beside = join(here, 'settings');
  mkdirSync(beside);
});
afterEach(() => rmSync(here, { recursive: true }));

describe('the environment with its .env files', () => {
  it('goes before the .env here, and that before the one beside the settings', () => {
    writeFileSync(join(here, '.env'), '\ufeffA=here\nB="here"\n# C=here\n');
    writeFileSync(join(beside, '.env'), "A=beside\nB=beside\nC='beside'\nD=$A\n");
    const env = environmentOf(around({ A: 'set' }), settingsFile);
    expect(env).toEqual({ A: 'set', B: 'here', C: 'beside', D: '$A' });
    expect(environmentOf(around())).toEqual({ A: 'here', B: 'here' });
    const places = ['A', 'B', 'C'].map((name) => placeOfVariable(name, around({ A: 'set' }), settingsFile));
    expect(places).toEqual(['environment', join(here, '.env'), join(beside, '.env')]);
  });

  it('changes nothing of the process', () => {
    writeFileSync(join(here, '.env'), 'PLIMSOLL_TEST_CANARY=1\n');
    environmentOf({ env: process.env, workingDirectory: here });
    expect(process.env['PLIMSOLL_TEST_CANARY']).toBeUndefined();
  });

  it('does without a .env that is not there, is a folder, or lies beside what is none', () => {
    mkdirSync(join(here, '.env'));
    writeFileSync(join(here, 'file'), '');
    expect(environmentOf(around({ A: 'set' }), 'file/plimsoll.yaml')).toEqual({ A: 'set' });
  });

  it.runIf(process.platform !== 'win32').each<[string, (path: string) => unknown, RegExp]>([
    ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path]), /is no plain file/],
    ['a device without an end', (path) => symlinkSync('/dev/zero', path), /is no plain file/],
    ['a link to itself', (path) => symlinkSync('.env', path), /cannot be read/],
    ['100 MB', (path) => execFileSync('truncate', ['-s', '100M', path]), /larger than the 256 KiB/],
  ])('refuses a .env that is %s, and does not wait for it', (_name, make, message) => {
    const path = join(here, '.env');
    make(path);
    expect(() => environmentOf(around())).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(message) as string }),
    );
  });
});

it('says which lines of a .env are not in force, and never what stands there', () => {
  const lines = [
    '# fine',
    '',
    'A=1',
    'export B="two',
    'lines"',
    'canary',
    'C D=canary',
    "E='canary",
    '=canary',
    "F=it's",
  ];
  writeFileSync(join(here, '.env'), lines.join('\n'));
  const problems = environmentProblems(around());
  const at = join(here, '.env');
  expect(problems).toEqual([
    `${at}:6: is no NAME=value; nothing of it is in force`,
    `${at}:7: has no name of letters, digits and underscores before its =; nothing refers to it`,
    // The apostrophe in the last line ends the value.
  ]);
  writeFileSync(join(here, '.env'), "A=1\r\nE='canary\r\n=canary\r\n");
  expect(environmentProblems(around())).toEqual([
    `${at}:2: its quotation mark is never closed`,
    `${at}:3: has no name of letters, digits and underscores before its =; nothing refers to it`,
  ]);
  expect(environmentProblems({ workingDirectory: beside })).toEqual([]);
});
