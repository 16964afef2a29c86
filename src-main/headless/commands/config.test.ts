import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readYamlDocument } from '../../documents/yaml-document.ts';
import { Program } from '../../testing/program.ts';

const parse = (text: string) => readYamlDocument(Buffer.from(text)).content;
const canary = 'correct-horse';
const example = fileURLToPath(new URL('../../../resources/plimsoll.example.yaml', import.meta.url));
const own = `version: 1
sources:
  - {name: cpu, kind: cpu, intervalSeconds: 7}
  - {name: memory, kind: memory}
rules:
  - {id: cpu-high, name: CPU above 80 %, source: cpu, metric: cpu_percent, comparison: greater_than, threshold: 80}
`;
const theirs = `data_sources:
  - {name: cpu_usage, type: system_metric, source: psutil.cpu_percent, interval: 5}
export_settings:
  destinations:
    - {type: email, smtp_server: mail.example.org, username: me@example.org, password: ${canary}, to_addresses: [a@example.org]}
`;

let program: Program;
beforeEach(() => {
  program = new Program();
  program.write('settings/plimsoll.yaml', own);
  program.write('theirs/config.yaml', theirs);
});
afterEach(() => program.close());

describe('plimsoll config print', () => {
  it('prints every default, and what it prints holds and means the same', async () => {
    const { code, out } = await program.run(['config', 'print', '--config', 'settings/plimsoll.yaml']);
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      sources: [{ intervalSeconds: 7 }, { enabled: true }],
      monitoring: { maxWorkers: 4 },
    });
    program.write('again.yaml', out);
    const again = await program.run(['config', 'print', '--config', 'again.yaml', '--json']);
    expect(JSON.parse(again.out)).toEqual(parse(out));
  });

  it('says that there is no file yet where it prints the settings of a first start', async () => {
    const { code, out, error } = await program.run(['config', 'print', '--json']);
    expect([code, (JSON.parse(out) as { sources: unknown[] }).sources.length]).toEqual([0, 4]);
    expect(error).toMatch(/plimsoll\.yaml is not there yet; these are the settings of a first start\.\n$/);
  });

  it('says for each setting who said so: the environment, .env here, .env beside the file, the file, a default', async () => {
    program.write('settings/.env', 'MONITOR_INTERVAL=3\nMONITOR_CPU_THRESHOLD=70\n');
    const origins = async (env: Record<string, string> = {}, flags = ['--effective']) => {
      const words = ['config', 'print', '--config', 'settings/plimsoll.yaml', '--origin', '--json', ...flags];
      const { out } = await program.run(words, env);
      const rows = JSON.parse(out) as { path: string; value: string; origin: string }[];
      const row = (path: string) => {
        const { value, origin } = rows.find((each) => each.path === path) ?? expect.unreachable();
        return `${value} ${origin}`;
      };
      return ['sources[0].intervalSeconds', 'rules[0].threshold', 'rules[0].severity'].map(row);
    };
    const beside = join(program.home, 'settings', '.env');
    expect(await origins({}, [])).toEqual([
      '7 settings/plimsoll.yaml:3:45',
      '80 settings/plimsoll.yaml:6:113',
      '"warning" default',
    ]);
    expect(await origins()).toEqual([
      `3 ${beside}: MONITOR_INTERVAL`,
      `70 ${beside}: MONITOR_CPU_THRESHOLD`,
      '"warning" default',
    ]);
    const here = program.write('.env', 'MONITOR_INTERVAL=2\n');
    expect((await origins())[0]).toBe(`2 ${here}: MONITOR_INTERVAL`);
    expect((await origins({ MONITOR_INTERVAL: '1' }))[0]).toBe('1 environment: MONITOR_INTERVAL');
    // Without --origin, only values; a variable with an invalid value is reported and ignored.
    const words = ['config', 'print', '--config', 'settings/plimsoll.yaml', '--effective'];
    const { code, out, error } = await program.run(words, { MONITOR_INTERVAL: '5s' });
    expect([code, parse(out)]).toMatchObject([0, { sources: [{ intervalSeconds: 7 }, {}] }]);
    expect(error).toContain('MONITOR_INTERVAL must be a number, not "5s"; write 5.');
  });

  it("prints what a predecessor's file means, with what it holds in clear struck out", async () => {
    const { code, out, error } = await program.run(['config', 'print', '--config', 'theirs/config.yaml']);
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      sources: [{ name: 'cpu_usage', kind: 'cpu', intervalSeconds: 5 }],
      destinations: [{ kind: 'email', password: '[secret]' }],
    });
    const origin = await program.run(['config', 'print', '--config', 'theirs/config.yaml', '--origin']);
    expect(origin.out).toMatch(/^sources\[0\]\.intervalSeconds +5 +theirs\/config\.yaml:2:82$/m);
    for (const said of [out, error, origin.out, origin.error]) expect(said).not.toContain(canary);
  });

  it('prints no character that moves the cursor, whatever a setting or the file is called', async () => {
    program.write(
      'a\u001b[2J.yaml',
      'version: 1\ndestinations: [{name: f, kind: file, directory: "a\\e[31m\\u202eb"}]\n',
    );
    const print = (...flags: string[]) =>
      program.run(['config', 'print', '--config', 'a\u001b[2J.yaml', ...flags]);
    for (const { out } of [await print(), await print('--origin')]) {
      expect(out).toContain('31m');
      expect(out).not.toMatch(/[\u001b\u202e]/);
    }
    // The output is still the same text.
    const { out } = await print();
    expect(parse(out)).toEqual(JSON.parse((await print('--json')).out));
  });

  it('without a file prints what holds without one', async () => {
    const { code, out } = await program.run(['config', 'print', '--effective'], {
      MONITOR_CPU_THRESHOLD: '70',
    });
    expect([code, parse(out)]).toMatchObject([0, { rules: [{ id: 'cpu-high', threshold: 70 }, {}, {}] }]);
    expect((await program.run(['config', 'print', '--config', 'typo.yaml'])).code).toBe(78);
  });
});

describe('plimsoll config schema', () => {
  it('accepts the example, and refuses a kind that is not there and a key that nobody knows', async () => {
    const { out } = await program.run(['config', 'schema']);
    const holds = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(out) as object);
    expect([holds(parse(readFileSync(example, 'utf8'))), holds.errors]).toEqual([true, null]);
    expect(holds(parse(own))).toBe(true);
    for (const [from, to] of [
      ['kind: cpu', 'kind: cqu'],
      ['threshold: 80}', 'threshold: "80"}'],
      ['threshold: 80}', 'treshold: 80}'],
      ['version: 1', 'version: 2'],
    ] as const)
      expect([to, holds(parse(own.replace(from, to)))]).toEqual([to, false]);
  });
});

describe('plimsoll config convert', () => {
  it('writes plimsoll.yaml beside the file, with its secrets in the store, and over nothing', async () => {
    const convert = () => program.run(['config', 'convert', 'theirs/config.yaml', '--data', 'data']);
    const { code, out, error } = await convert();
    expect([code, out]).toEqual([0, `${join(program.home, 'theirs', 'plimsoll.yaml')}\n`]);
    expect(error).toContain('theirs/config.yaml:2:12: data_sources[0].name: is name of source "cpu_usage"');
    const before = program.everything();
    const holders = Object.entries(before).filter(([, content]) => content.includes(canary));
    expect(holders.map(([path]) => path)).toEqual([join(program.home, 'theirs', 'config.yaml')]);
    expect((await program.run(['check', 'theirs/plimsoll.yaml'])).out).toContain(
      'ok, 1 source, 0 rules, 1 destination',
    );

    const again = await convert();
    expect([again.code, again.error]).toEqual([73, expect.stringContaining('is there already') as string]);
    expect(program.everything()).toEqual(before);
  });

  it('has nothing to do for a file of our own, and says what is wrong with one that does not hold', async () => {
    const before = program.everything();
    const mine = await program.run(['config', 'convert', 'settings/plimsoll.yaml', '--data', 'data']);
    expect([mine.code, mine.error]).toEqual([
      73,
      expect.stringContaining('a file of our own already') as string,
    ]);
    program.write('theirs/config.yaml', theirs.replace('interval: 5', 'interval: "5"'));
    const bad = await program.run(['config', 'convert', 'theirs/config.yaml', '--data', 'data']);
    expect([bad.code, bad.error]).toEqual([
      65,
      'theirs/config.yaml:2:82: data_sources[0].interval: must be a number, not "5"; write 5\n',
    ]);
    expect(Object.keys(program.everything())).toEqual(Object.keys(before));
  });
});
