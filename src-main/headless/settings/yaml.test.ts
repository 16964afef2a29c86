import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  existsSync,
  lstatSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../contract/settings.ts';
import { parseSettings } from '../../monitor/settings/schema.ts';
import { YamlSettings } from './yaml.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-yaml-'));
  file = join(directory, 'plimsoll.yaml');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Fills in one default and ignores a key that it does not know, as a schema does. */
function parse(content: unknown): Settings {
  const { sources, ...rest } = structuredClone(content) as { sources: Record<string, unknown>[] };
  const known = sources.map(({ note: _note, ...source }) => ({ enabled: true, ...source }));
  return { ...rest, sources: known } as unknown as Settings;
}

function storeWith(text: string): YamlSettings {
  writeFileSync(file, text);
  return new YamlSettings(file);
}

async function save(store: YamlSettings, change: (settings: Settings) => void): Promise<string> {
  const stored = store.read();
  const settings = parse(stored?.content);
  change(settings);
  await store.write(settings, stored && parse(stored.content), stored?.revision ?? null);
  return readFileSync(file, 'utf8');
}

const commented = `# My settings, by hand.
version: 1

sources:
  # What matters most.
  - name: cpu # all cores
    kind: cpu
    note: kept although nobody knows it

  - kind: disk
    name: "root" # the order of keys is mine

    # Only these.
    mounts: [/, /home]

# Quiet at night.
rules:
  - id: cpu-high
    name: 'CPU'
    source: cpu
    metric: cpu_percent
    comparison: greater_than
    threshold: 80 # percent
    # The last word.
destinations: []
monitoring: {}
# The end.
`;

describe('saving', () => {
  it('changes the one line that differs', async () => {
    const text = await save(storeWith(commented), (settings) => {
      const [rule] = settings.rules;
      if (rule !== undefined) rule.threshold = 82.5;
    });
    expect(text).toBe(commented.replace('threshold: 80 ', 'threshold: 82.5 '));
  });

  it('adds, renames, reorders and removes entries with their comments', async () => {
    const text = await save(storeWith(commented), (settings) => {
      const [cpu, disk] = settings.sources;
      if (cpu === undefined || disk === undefined) throw new Error('two sources expected');
      disk.name = 'volumes';
      settings.sources = [cpu, disk, { name: 'net', kind: 'network', enabled: true, interfaces: undefined }];
      settings.rules = [];
      settings.destinations = [{ name: 'exports', kind: 'file', enabled: true }];
    });
    expect(text).toBe(`# My settings, by hand.
version: 1

sources:
  # What matters most.
  - name: cpu # all cores
    kind: cpu
    note: kept although nobody knows it

  - kind: disk
    name: "volumes" # the order of keys is mine

    # Only these.
    mounts: [/, /home]
  - name: net
    kind: network
    enabled: true

# Quiet at night.
rules: []
destinations:
  - name: exports
    kind: file
    enabled: true
monitoring: {}
# The end.
`);
  });

  it('keeps a default unwritten, writes it once it is changed, and removes an option', async () => {
    const store = storeWith(commented);
    const disabled = await save(store, ({ sources: [cpu, disk] }) => {
      if (cpu !== undefined) cpu.enabled = false;
      if (disk !== undefined) delete disk['mounts'];
    });
    expect(disabled).toContain('    note: kept although nobody knows it\n    enabled: false\n');
    expect(disabled).not.toContain('mounts');
    expect(disabled.match(/enabled/g)).toHaveLength(1);
  });

  it('leaves every byte alone when nothing differs, however it is written', async () => {
    const odd =
      'version:   1\n\n\n\nsources: [ {name: cpu,kind: cpu} ]\nrules: []\ndestinations: []\nmonitoring:  {}';
    expect(await save(storeWith(odd), () => undefined)).toBe(odd);
  });

  it('keeps Windows line ends, the byte order mark, the mode and the link', async () => {
    const real = join(directory, 'real.yaml');
    writeFileSync(real, '\ufeff' + commented.replaceAll('\n', '\r\n'));
    chmodSync(real, 0o664);
    symlinkSync('real.yaml', file);
    await save(
      new YamlSettings(file),
      (settings) => (settings.rules = settings.rules.map((rule) => ({ ...rule, threshold: 70 }))),
    );
    expect(readFileSync(real, 'utf8')).toBe(
      '\ufeff' + commented.replace('threshold: 80', 'threshold: 70').replaceAll('\n', '\r\n'),
    );
    expect([lstatSync(file).isSymbolicLink(), statSync(real).mode & 0o777]).toEqual([true, 0o664]);
  });

  it('creates directory and file the first time, for the owner only', async () => {
    file = join(directory, 'new', 'deep', 'plimsoll.yaml');
    const store = new YamlSettings(file);
    expect(store.read()).toBeNull();
    const settings = parse({
      version: 1,
      sources: [{ name: 'cpu', kind: 'cpu' }],
      rules: [],
      destinations: [],
      monitoring: {},
    });
    const revision = await store.write(settings, null, null);
    expect(store.read()).toEqual({ content: settings, revision });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a file of a newer Plimsoll', () => {
  const newer = `# Newer than we are.
themes: [dark] # not ours to know
version: 1.1
sources:
  - sparkle: {much: true} # first, by choice
    name: cpu
    kind: cpu
  # About to go.
  - name: memory
    kind: memory
monitoring:
  maxSparkles: 9
  maxWorkers: 2
`;

  it('keeps its version and the keys that only it knows, with comments and order, when something is saved', async () => {
    const store = storeWith(newer);
    const stored = store.read();
    const before = parseSettings(stored?.content);
    const sources = before.sources.filter(({ name }) => name === 'cpu');
    const next = {
      ...before,
      sources: sources.map((source) => ({ ...source, intervalSeconds: 2 })),
      monitoring: { ...before.monitoring, maxWorkers: 3 },
    };
    await store.write(next, before, stored?.revision ?? null);
    expect(readFileSync(file, 'utf8')).toBe(`# Newer than we are.
themes: [dark] # not ours to know
version: 1.1
sources:
  - sparkle: {much: true} # first, by choice
    name: cpu
    kind: cpu
    intervalSeconds: 2
monitoring:
  maxSparkles: 9
  maxWorkers: 3
`);
  });
});

describe('somebody else edits the file too', () => {
  it('a change on top of another one is a conflict, and the file stays', async () => {
    const store = storeWith(commented);
    const stored = store.read();
    writeFileSync(file, commented + '# mine\n');
    await expect(
      store.write(parse(stored?.content), parse(stored?.content), stored?.revision ?? null),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.write(parse(stored?.content), null, null)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(file, 'utf8')).toBe(commented + '# mine\n');
  });

  it('of two saves at once the second is a conflict', async () => {
    const store = storeWith(commented);
    const stored = store.read();
    const at = (threshold: number) => {
      const settings = parse(stored?.content);
      return { ...settings, rules: settings.rules.map((rule) => ({ ...rule, threshold })) };
    };
    const base = stored?.revision ?? null;
    const results = await Promise.allSettled([
      store.write(at(1), at(80), base),
      store.write(at(2), at(80), base),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(readFileSync(file, 'utf8')).toBe(commented.replace('threshold: 80', 'threshold: 1'));
  });

  it('a file that was deleted comes back with its comments', async () => {
    const store = storeWith(commented);
    const stored = store.read();
    unlinkSync(file);
    await store.write(parse(stored?.content), parse(stored?.content), stored?.revision ?? null);
    expect(readFileSync(file, 'utf8')).toBe(commented);
  });
});

describe('what is no ordinary file is refused and left untouched', () => {
  it.runIf(process.platform !== 'win32').each([
    ['a directory', () => mkdirSync(file), /it is a directory, not a file/],
    ['a pipe', () => execFileSync('mkfifo', [file]), /it is a pipe, not a file/],
    ['a device', () => symlinkSync('/dev/zero', file), /it is a device, not a file/],
    [
      'a link to nowhere',
      () => symlinkSync('/nonexistent/x', file),
      /it is a link to \/nonexistent\/x, which does not exist/,
    ],
    ['a link to itself', () => symlinkSync('plimsoll.yaml', file), /it is a link that leads back to itself/],
  ])('%s', async (_name, make, message) => {
    make();
    const store = new YamlSettings(file);
    expect(() => store.read()).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(message) as string }),
    );
    await expect(store.write(parse({ version: 1, sources: [] }), null, null)).rejects.toMatchObject({
      code: 'unreadable',
    });
    expect(existsSync(file) || lstatSync(file).isSymbolicLink()).toBe(true);
  });

  it('a hundred megabytes, without reading them', () => {
    execFileSync('truncate', ['-s', '100M', file]);
    expect(() => new YamlSettings(file).read()).toThrow(/104857600 bytes are more than the 1 MiB/);
  });
});
