import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ImportView } from '../../contract/import.ts';
import { CommandLine } from '../../testing/command-line.ts';

const canary = 'correct-horse';
const mine = '# mine\nversion: 1\nsources:\n  - {name: memory, kind: memory} # this one\n';
const theirs = `data_sources:
  - {name: cpu_usage, type: system_metric, source: psutil.cpu_percent, interval: 5}
export_settings:
  destinations:
    - {type: email, smtp_server: mail.example.org, username: me@example.org, password: ${canary}, to_addresses: [a@example.org]}
`;

let line: CommandLine;
let file: string;
beforeEach(() => {
  line = new CommandLine();
  file = join(line.home, 'plimsoll.yaml');
  writeFileSync(file, mine);
  writeFileSync(join(line.home, 'config.yaml'), theirs);
});
afterEach(() => line.close());

/** The files below the home directory that contain the secret in clear. */
function holders(): string[] {
  return readdirSync(line.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(canary))
    .map(({ name }) => name);
}

it('while nothing runs shows first, then changes the file and keeps what was written in it', async () => {
  const words = ['import', 'config.yaml', '--config', file, '--data', line.data];
  const shown = await line.run(words);
  expect([shown.code, readFileSync(file, 'utf8'), existsSync(line.data)]).toEqual([0, mine, false]);
  expect(shown.out).toContain('+ sources: cpu_usage\n+ destinations: email (arrives disabled)\n');
  expect(shown.out).toMatch(/Nothing was changed\. To make these changes, add --yes\.\n$/);

  const done = await line.run([...words, '--yes', '--json']);
  expect([done.code, JSON.parse(done.out)]).toMatchObject([0, { applied: true }]);
  const text = readFileSync(file, 'utf8');
  expect(text.startsWith(mine)).toBe(true);
  expect((await line.run(['check', file])).out).toContain('ok, 2 sources, 0 rules, 1 destination');
  expect(shown.out + done.out + done.error).not.toContain(canary);
  expect(holders()).toEqual(['config.yaml']);
});

it('leaves no copy of the settings in a data directory, which may be that of somebody else', async () => {
  mkdirSync(line.data, { mode: 0o700 });
  const words = ['import', 'config.yaml', '--config', file, '--data', line.data];
  expect((await line.run(words)).code).toBe(0);
  expect(readdirSync(line.data)).toEqual([]);
  expect((await line.run([...words, '--yes'])).code).toBe(0);
  expect(readdirSync(line.data).sort()).toEqual(['secrets.json', 'secrets.key']);
});

it('looks up relative paths where `run` does: in the data directory for the usual settings', async () => {
  const usual = join(line.home, '.config', 'plimsoll');
  mkdirSync(usual, { recursive: true });
  mkdirSync(line.data, { mode: 0o700 });
  const hook = (password: object) =>
    JSON.stringify({
      version: 1,
      destinations: [
        {
          name: 'webhook',
          kind: 'webhook',
          enabled: true,
          url: 'https://example.org/',
          headers: { Authorization: password },
        },
      ],
    });
  writeFileSync(join(usual, 'plimsoll.yaml'), hook({ file: 'token' }));
  writeFileSync(join(line.data, 'token'), `Basic ${btoa(`me:${canary}`)}`);
  const text = `export_settings:\n  destinations:\n    - {type: webhook, url: "https://me:${canary}@example.org/"}\n`;
  writeFileSync(join(line.home, 'config.yaml'), text);
  const { out } = await line.run(['import', 'config.yaml', '--data', line.data, '--json']);
  const [difference] = (JSON.parse(out) as ImportView).differences.slice(-1);
  expect([difference?.name, difference?.keys.map(({ key }) => key)]).toEqual([
    'webhook',
    expect.not.arrayContaining(['headers']),
  ]);
});

it('through a running one is in force at once, its secrets in its store', async () => {
  const { child, outcome } = await line.start(['--port', '0', '--config', file]);
  const words = ['import', 'config.yaml', '--data', line.data];
  const view = JSON.parse((await line.run([...words, '--json'])).out) as ImportView;
  expect(view.differences.map(({ name, change }) => `${name} ${change}`)).toEqual([
    'cpu_usage added',
    'email added',
  ]);
  expect(readFileSync(file, 'utf8')).toBe(mine);
  expect((await line.run([...words, '--yes'])).code).toBe(0);
  const { out } = await line.run(['status', '--json', '--data', line.data]);
  const { status } = JSON.parse(out) as { status: { sources: { source: string }[] } };
  expect(status.sources.map(({ source }) => source).sort()).toEqual(['cpu_usage', 'memory']);
  expect(readFileSync(file, 'utf8').startsWith(mine)).toBe(true);

  writeFileSync(join(line.home, 'bad.yaml'), `${theirs}threshold_rules:\n  - {threshold_value: "80"}\n`);
  const before = readFileSync(file, 'utf8');
  const bad = await line.run(['import', 'bad.yaml', '--yes', '--data', line.data]);
  expect([bad.code, readFileSync(file, 'utf8')]).toEqual([65, before]);
  expect(bad.error).toMatch(/^bad\.yaml:7:23: threshold_rules\[0\]\.threshold_value: must be a number/m);

  child.kill('SIGTERM');
  const { code, out: said, error } = await outcome;
  expect([code, (said + error).includes(canary)]).toEqual([0, false]);
  expect(holders().sort()).toEqual(['bad.yaml', 'config.yaml']);
});

it.each([
  ['a directory', '.', /it is a directory, not a file/],
  ['missing', 'typo.yaml', /typo\.yaml: there is no such file/],
])('of what is %s exits with 65', async (_name, name, message) => {
  const { code, error } = await line.run(['import', name, '--yes', '--config', file, '--data', line.data]);
  expect([code, readFileSync(file, 'utf8')]).toEqual([65, mine]);
  expect(error).toMatch(message);
});

it('killed at any moment leaves the old file or the new one, whole, and never a secret that is missing', async () => {
  const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(2 ** 31));
  console.log(`PLIMSOLL_SEED=${seed}`);
  let state = seed;
  // Park and Miller's generator, so that a seed repeats a run.
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const words = ['import', 'config.yaml', '--yes', '--config', file, '--data', line.data];
  const began = performance.now();
  expect((await line.run(words)).code).toBe(0);
  const wholeMs = performance.now() - began;
  const marked = (text: string) => text.replace(/#[0-9a-f]{8}/, '#mark');
  const imported = marked(readFileSync(file, 'utf8'));
  const seen = { old: 0, new: 0 };
  for (let kill = 0; kill < 20; kill++) {
    writeFileSync(file, mine);
    rmSync(line.data, { recursive: true, force: true });
    const { child, outcome } = line.begin(words);
    // Half of the kills aim at the end, when it writes.
    const aimed = kill % 2 === 0 ? random() : 0.8 + 0.3 * random();
    await Promise.race([pause(wholeMs * aimed), outcome]);
    child.kill('SIGKILL');
    await outcome;
    const text = readFileSync(file, 'utf8');
    expect([mine, imported], `kill ${kill} of PLIMSOLL_SEED=${seed}`).toContain(marked(text));
    seen[text === mine ? 'old' : 'new']++;
    if (text !== mine) {
      const [name = ''] = /destinations\/email\/password#[0-9a-f]{8}/.exec(text) ?? [];
      expect(readFileSync(join(line.data, 'secrets.json'), 'utf8')).toContain(name);
    }
    expect(holders()).toEqual(['config.yaml']);
    // Leftovers of this run do not hinder the next one.
    if (kill === 19) expect((await line.run(words)).code).toBe(0);
  }
  console.log(`${seen.old} times the old file, ${seen.new} times the new one`);
}, 180_000);
