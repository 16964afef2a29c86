import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Program } from '../testing/program.ts';
import { comparisonSchema } from '../contract/rule.ts';

/** The settings before anything is imported. */
const mine = `# mine
version: 1
sources:
  - {name: memory, kind: memory}
`;

/** Our own file with one rule; changes replace the lines of the same name. */
const ours = (change: Partial<Record<string, string>> = {}): string => {
  const rule = {
    id: 'high',
    name: 'high',
    source: 'cpu',
    metric: 'cpu_percent',
    comparison: 'greater_than',
    threshold: '80',
    consecutiveViolations: '2',
    ...change,
  };
  const lines = Object.entries(rule).map(([key, value]) => `    ${key}: ${value}\n`);
  return `version: 1\nsources:\n  - {name: cpu, kind: cpu}\nrules:\n  -\n${lines.join('')}`;
};
/** The same as a predecessor's file. */
const theirs = (change: Partial<Record<string, string>> = {}): string => {
  const rule = {
    data_source: 'cpu',
    metric_name: 'cpu_percent',
    threshold_type: 'greater_than',
    threshold_value: '80',
    consecutive_violations: '2',
    ...change,
  };
  const lines = Object.entries(rule).map(([key, value]) => `    ${key}: ${value}\n`);
  return `data_sources:\n  - {name: cpu, type: system_metric, source: psutil.cpu_percent}\nthreshold_rules:\n  -\n${lines.join('')}`;
};
const sources = (...names: string[]) =>
  `version: 1\nsources:\n${names.map((name) => `  - {name: ${name}, kind: cpu}\n`).join('')}`;
const theirSources = (...names: string[]) =>
  `data_sources:\n${names.map((name) => `  - {name: ${name}, type: system_metric, source: psutil.cpu_percent}\n`).join('')}`;
const mail = (to: string) =>
  `version: 1\ndestinations:\n  - {name: m, kind: email, host: mail.example.org, from: a@example.org, to: ${to}}\n`;
const theirMail = (to: string) =>
  `export_settings:\n  destinations:\n    - {type: email, smtp_server: localhost, sender: a@example.org, to_addresses: ${to}}\n`;
const hook = (url: string) => `version: 1\ndestinations:\n  - {name: w, kind: webhook, url: ${url}}\n`;
const theirHook = (url: string) => `export_settings:\n  destinations:\n    - {type: webhook, url: ${url}}\n`;
const fromSlack = (address: string) => `slack:\n  webhook_url: ${address}\n`;

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

/** The error for an invalid file, from every command that reads one; none of them may change anything on disk. */
async function refusal(content: string | Uint8Array): Promise<string> {
  program.write('bad.yaml', content);
  program.write('plimsoll.yaml', mine);
  const before = program.everything();
  const check = await program.run(['check', 'bad.yaml']);
  const print = await program.run(['config', 'print', '--config', 'bad.yaml']);
  const words = ['--config', 'plimsoll.yaml', '--data', 'data'];
  const shown = await program.run(['import', 'bad.yaml', ...words]);
  const done = await program.run(['import', 'bad.yaml', '--yes', ...words]);
  expect([check.code, print.code, shown.code, done.code]).toEqual([78, 78, 65, 65]);
  expect([check.out, print.out, shown.out, done.out]).toEqual(['', '', '', '']);
  expect([print.error, shown.error, done.error]).toEqual([check.error, check.error, check.error]);
  expect(program.everything()).toEqual(before);
  return check.error;
}

const problem = (line: number, column: number, path: string, message: string) =>
  `bad.yaml:${line}:${column}: ${path}: ${message}\n`;
const threshold = (message: string, column = 16) => problem(11, column, 'rules[0].threshold', message);
const theirThreshold = (message: string, column = 22) =>
  problem(8, column, 'threshold_rules[0].threshold_value', message);
const notText = 'bad.yaml:1:1: this is not UTF-8 text; save the file as UTF-8\n';
const nothing =
  'bad.yaml:1:1: nothing to import or to run with: the file is empty; settings begin with the line `version: 1`\n';

describe('a file that is no document', () => {
  it.each<[string, string, string | Uint8Array, string]>([
    ['A-1', 'empty', '', nothing],
    ['A-1', 'only comments', '# a\n\n# b\n', nothing],
    ['A-1', 'only ---', '---\n', nothing],
    ['A-2', 'zeros', Buffer.alloc(1000), notText],
    ['A-2', 'random bytes', Buffer.from('f0e1d2c3b4a59687fffe00', 'hex'), notText],
    ['A-2', 'UTF-16, little endian', Buffer.from('\ufeffversion: 1\n', 'utf16le'), notText],
    ['A-2', 'UTF-16, big endian', Buffer.from('\ufeffversion: 1\n', 'utf16le').swap16(), notText],
    ['A-2', 'Latin-1', Buffer.from('name: Gerät\n', 'latin1'), notText],
    ['A-4', 'a tab as indentation', 'a:\n\tb: 1\n', 'bad.yaml:2:1: tabs are not allowed as indentation\n'],
    ['A-4', 'an unclosed quote', 'a: "b\n', 'bad.yaml:2:1: missing closing "quote\n'],
    ['A-4', 'a key twice', 'version: 1\nversion: 1\n', 'bad.yaml:2:1: version: version is here twice\n'],
    [
      'A-5',
      'two documents',
      `${mine}---\n${mine}`,
      'bad.yaml:5:1: a second document begins here; settings are one document\n',
    ],
    [
      'A-7',
      'an alias of itself',
      'a: &a [*a]\n',
      'bad.yaml:1:4: anchors (&) are not allowed: write the value out; text that begins with & goes in quotes\n',
    ],
    [
      'A-7',
      '20,000 merges',
      '<<: {}\n'.repeat(20_000),
      'bad.yaml:1:1: merge keys (<<) are not allowed: write the values out\n',
    ],
    ['A-8', '__proto__', 'version: 1\n__proto__: {x: 1}\n', 'bad.yaml:2:1: __proto__ cannot be a key\n'],
    [
      'A-8',
      'a merge of __proto__',
      '<<: {__proto__: {x: 1}}\n',
      'bad.yaml:1:1: merge keys (<<) are not allowed: write the values out\n',
    ],
    [
      'A-8',
      'constructor.prototype, for them',
      `${theirs()}constructor: {prototype: {x: 1}}\n`,
      'bad.yaml:10:1: constructor cannot be a key\nbad.yaml:10:15: constructor: prototype cannot be a key\n',
    ],
  ])('%s %s', async (_row, _name, content, message) => {
    expect(await refusal(content)).toBe(message);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('numbers', () => {
  it.each<[string, string, string]>([
    ['A-10', '.nan', '.nan is no number to compare with: it must be finite'],
    ['A-10', '.inf', '.inf is no number to compare with: it must be finite'],
    ['A-10', '-.inf', '-.inf is no number to compare with: it must be finite'],
    ['A-10', '1e400', '1e400 is no number to compare with: it must be finite'],
    [
      'A-10',
      '9007199254740993',
      '9007199254740993 cannot be represented exactly; the largest whole number is 9007199254740991',
    ],
    ['A-11', '0x50', '0x50 would be read as the number 80: write 80, or "0x50" in quotes if it is text'],
    ['A-11', '0o17', '0o17 would be read as the number 15: write 15, or "0o17" in quotes if it is text'],
  ])('%s threshold %s, found while the text is read', async (_row, written, message) => {
    expect(await refusal(ours({ threshold: written }))).toBe(threshold(message));
    expect(await refusal(theirs({ threshold_value: written }))).toBe(
      problem(8, 22, 'threshold_rules[0].threshold_value', message),
    );
  });

  it.each<[string, string, string]>([
    ['A-11', '"80"', 'must be a number, not "80"; write 80'],
    ['A-11', '80%', 'must be a number, not "80%"; write 80'],
    ['A-11', '80,5', 'must be a number, not "80,5"; write 80.5'],
    ['A-11', '1_000', 'must be a number, not "1_000"; write 1000'],
    ['A-11', 'true', 'must be a number, not true'],
  ])('%s threshold %s', async (_row, written, message) => {
    expect(await refusal(ours({ threshold: written }))).toBe(threshold(message));
    expect(await refusal(theirs({ threshold_value: written }))).toBe(theirThreshold(message));
  });

  it.each([
    ['null', 'empty'],
    ['[]', 'a list'],
    ['{a: 1}', 'an entry with keys'],
  ])('A-11 threshold %s, at its key', async (written, said) => {
    const message = `must be a number, not ${said}`;
    expect(await refusal(ours({ threshold: written }))).toBe(threshold(message, 5));
    expect(await refusal(theirs({ threshold_value: written }))).toBe(theirThreshold(message, 5));
  });

  it.each<[string, string]>([
    ['0', 'must be at least 1, not 0'],
    ['-1', 'must be at least 1, not -1'],
    ['1.5', 'must be a whole number, not 1.5'],
    ['1e9', 'must be at most 10000, not 1000000000'],
  ])('A-13 %s violations in a row', async (written, message) => {
    const path = 'rules[0].consecutiveViolations';
    expect(await refusal(ours({ consecutiveViolations: written }))).toBe(problem(12, 28, path, message));
    expect(await refusal(theirs({ consecutive_violations: written }))).toBe(
      problem(9, 29, 'threshold_rules[0].consecutive_violations', message),
    );
  });

  it.each<[string, string]>([
    ['greater_then', '"greater_then". Did you mean greater_than?'],
    ['">"', '">". Did you mean greater_than?'],
    ['GREATER_THAN', '"GREATER_THAN". Did you mean greater_than?'],
    ['5', '5'],
  ])('A-14 comparison %s', async (written, said) => {
    const message = `must be one of ${comparisonSchema.options.join(', ')}, not ${said}`;
    expect(await refusal(ours({ comparison: written }))).toBe(
      problem(10, 17, 'rules[0].comparison', message),
    );
    expect(await refusal(theirs({ threshold_type: written }))).toBe(
      problem(7, 21, 'threshold_rules[0].threshold_type', message),
    );
  });
});

describe('names', () => {
  it.each<[string, string, string]>([
    ['as they are', 'cpu', 'cpu'],
    ['in capitals', 'straße', 'STRASSE'],
    ['composed or not', '"caf\\u00e9"', '"cafe\\u0301"'],
  ])('A-16 twice: %s', async (_name, first, second) => {
    const name = JSON.stringify(second.startsWith('"') ? (JSON.parse(second) as string) : second);
    const message = (list: string) => `${name} is already the name of ${list}[0]`;
    expect(await refusal(sources(first, second))).toBe(problem(4, 12, 'sources[1].name', message('sources')));
    expect(await refusal(theirSources(first, second))).toBe(
      problem(3, 12, 'data_sources[1].name', message('data_sources')),
    );
  });

  it('A-16 of two rules, and twice the same id', async () => {
    const rule = (id: string, name: string) =>
      `- {id: ${id}, name: ${name}, source: cpu, metric: cpu_percent, comparison: equals, threshold: 1}\n`;
    const text = `${sources('cpu')}rules:\n${rule('a', 'Busy')}${rule('a', 'BUSY')}`;
    expect(await refusal(text)).toBe(
      problem(6, 8, 'rules[1].id', '"a" is already the id of rules[0]') +
        problem(6, 17, 'rules[1].name', '"BUSY" is already the name of rules[0]'),
    );
    const theirRule = (name: string) =>
      `- {name: ${name}, data_source: cpu, metric_name: cpu_percent, threshold_type: equals, threshold_value: 1}\n`;
    expect(
      await refusal(`${theirSources('cpu')}threshold_rules:\n${theirRule('Busy')}${theirRule('BUSY')}`),
    ).toBe(problem(5, 10, 'threshold_rules[1].name', '"BUSY" is already the name of threshold_rules[0]'));
  });

  it.each<[string, string, string]>([
    ['empty', '""', 'a name needs at least one character'],
    ['a book', 'x'.repeat(10_000), 'a name has at most 200 characters'],
    ['a right-to-left override', '"a\\u202eb"', 'a name must not contain control or direction characters'],
    ['a line end', '"a\\nb"', 'a name must not contain control or direction characters'],
    ['an escape sequence', '"a\\e[2Jb"', 'a name must not contain control or direction characters'],
    ['a space at its end', '"a "', 'a name must not begin or end with a space'],
    ['a number', '5', 'must be text, not 5'],
  ])('A-17 %s', async (_name, written, message) => {
    expect(await refusal(sources(written))).toBe(problem(3, 12, 'sources[0].name', message));
    expect(await refusal(theirSources(written))).toBe(problem(2, 12, 'data_sources[0].name', message));
  });

  it('A-17 that are merely unusual are taken, and become no paths', async () => {
    program.write('odd.yaml', sources('🚢', '../../x', 'CON', '<script>', 'ديسك'));
    const before = Object.keys(program.everything());
    const { code } = await program.run([
      'import',
      'odd.yaml',
      '--yes',
      '--config',
      'plimsoll.yaml',
      '--data',
      'data',
    ]);
    expect(code).toBe(0);
    const added = Object.keys(program.everything()).filter((path) => !before.includes(path));
    expect(added.map((path) => path.slice(program.home.length + 1)).sort()).toEqual(['plimsoll.yaml']);
    expect((await program.run(['check', 'plimsoll.yaml'])).code).toBe(0);
  });
});

it("A-19 what a predecessor's file asks for and we do not do is listed, and nothing of it is in force", async () => {
  program.write(
    'config.yaml',
    `data_sources:
  - {name: cpu, type: system_metric, source: psutil.cpu_percent, interval: 5}
  - {name: battery, type: system_metric, source: psutil.sensors_battery}
  - {name: queue, type: message_queue, source: "amqp://example.org"}
threshold_rules:
  - {data_source: cpu, metric_name: cpu_percent, threshold_type: greater_than, threshold_value: 80}
  - {data_source: battery, metric_name: percent, threshold_type: less_than, threshold_value: 10}
alert_sounds: loud
`,
  );
  const check = await program.run(['check', 'config.yaml']);
  expect([check.code, check.error]).toEqual([0, '']);
  const said = check.out.split('\n').map((line) => line.trim());
  expect(said).toEqual(
    expect.arrayContaining([
      'Threshold monitor (config.yaml): read as it is, and never written.',
      'config.yaml:2:46: data_sources[0].source: is kind of source "cpu"',
      'config.yaml:3:5: data_sources[1]: Plimsoll does not measure "psutil.sensors_battery"',
      'config.yaml:4:5: data_sources[2]: Plimsoll has no sources of the type "message_queue"',
      'config.yaml:7:5: threshold_rules[1]: its source "battery" is not taken over',
      'config.yaml:8:15: alert_sounds: unknown key alert_sounds; nothing of it is in force.',
      'config.yaml: ok, 1 source, 1 rule, 1 destination',
    ]),
  );
});

describe('A-20 more than can be held is refused with the counts', () => {
  const many = (count: number, entry: string) => `${entry}\n`.repeat(count);
  it.each<[string, string, string]>([
    [
      '10,000 sources',
      `version: 1\nsources:\n${many(10_000, '- {name: a, kind: cpu}')}`,
      '10000 sources are more than the 1000 that are allowed',
    ],
    [
      '50,000 rules',
      `version: 1\nrules:\n${many(50_000, '- {}')}`,
      '50000 rules are more than the 10000 that are allowed',
    ],
    [
      '50,000 rules of theirs',
      `threshold_rules:\n${many(50_000, '- {}')}`,
      '50000 rules are more than the 10000 that are allowed',
    ],
  ])('%s', { timeout: 30_000 }, async (_name, content, message) => {
    program.write('bad.yaml', content);
    const { code, error } = await program.run(['check', 'bad.yaml']);
    expect([code, error.split('\n').filter((line) => line.includes(message)).length]).toEqual([78, 1]);
    expect(error.split('\n')).toHaveLength(2);
  });

  it('a megabyte and one byte, before it is read', async () => {
    expect(await refusal(`# ${'x'.repeat(1024 * 1024 - 1)}`)).toContain('1048577 bytes');
  });
});

describe('A-22 email addresses', () => {
  it.each<[string, string]>([
    ['a line end', '["a@b.example\\r\\nBcc:x@y.example"]'],
    ['a name in quotes', `['"<x>"@y.example']`],
    ['no address', '[ops]'],
  ])('%s', async (_name, to) => {
    const message = /to(_addresses)?\[0\]: must be one mail address such as ops@example\.org/;
    expect(await refusal(mail(to))).toMatch(message);
    expect(await refusal(theirMail(to))).toMatch(message);
  });

  it('five hundred of them', async () => {
    const to = `[${Array.from({ length: 500 }, (_, index) => `a${index}@example.org`).join(', ')}]`;
    const message = 'at most 50 addresses are allowed; for more, use a mailing list';
    expect(await refusal(mail(to))).toContain(`bad.yaml:3:73: destinations[0].to: ${message}`);
    expect(await refusal(theirMail(to))).toContain(
      `bad.yaml:3:68: export_settings.destinations[0].to_addresses: ${message}`,
    );
  });

  it('a domain with letters of its language is one', async () => {
    program.write('good.yaml', mail('[ops@bücher.example]'));
    expect((await program.run(['check', 'good.yaml'])).code).toBe(0);
  });
});

describe('A-23 addresses of the web', () => {
  it.each<[string, string, RegExp]>([
    ['with spaces', '"http://h/a b"', /must not contain spaces/],
    ['of a script', '"javascript:alert(1)"', /must begin with http:\/\/ or https:\/\//],
    ['of a file', '"file:///etc/passwd"', /must begin with http:\/\/ or https:\/\//],
    ['100 kB long', `http://h/${'x'.repeat(100_000)}`, /must not have more than 2048 characters/],
    ['relative', '/hook', /must be a full address/],
  ])('%s', async (_name, url, message) => {
    expect(await refusal(hook(url))).toMatch(message);
    expect(await refusal(theirHook(url))).toMatch(message);
  });

  it('with a password: refused in ours without repeating it, and moved to the secret store from theirs', async () => {
    const url = 'http://me:canary@h.example/x';
    const said = await refusal(hook(url));
    expect(said).toMatch(
      /^bad\.yaml:3:35: destinations\[0\]\.url: must not contain a user name or a password/,
    );
    expect(said).not.toContain('canary');

    program.write('config.yaml', theirHook(url));
    const { code, out, error } = await program.run([
      'import',
      'config.yaml',
      '--yes',
      '--config',
      'plimsoll.yaml',
      '--data',
      'data',
    ]);
    expect(code).toBe(0);
    expect(out + error).not.toContain('canary');
    const written = Object.entries(program.everything()).filter(
      ([path]) => !/(config|bad)\.yaml$/.test(path),
    );
    const token = Buffer.from('me:canary').toString('base64');
    for (const [path, content] of written) {
      expect([path, content.includes('canary'), content.includes(token)]).toEqual([path, false, false]);
    }
    expect(program.read('plimsoll.yaml')).toContain('url: http://h.example/x');
  });
});

describe('A-25 nothing is filled in from the environment or from files', () => {
  it('but the secrets of one predecessor, as references', async () => {
    const env = { HOOK: 'https://canary.example/', HOME: program.home };
    for (const [name, content, kept] of [
      [
        'ours.yaml',
        sources('"${HOME} $HOME ${file:/etc/passwd}"'),
        'name: ${HOME} $HOME ${file:/etc/passwd}',
      ],
      ['theirs.yaml', theirSources('"$HOME ${env:HOME}"'), 'name: $HOME ${env:HOME}'],
      ['slack.yaml', fromSlack('${HOOK}'), 'env: HOOK'],
      ['plain.yaml', fromSlack('"${file:/etc/passwd}"'), 'webhookUrl: "[secret]"'],
    ] as const) {
      program.write(name, content);
      const { code, out } = await program.run(['config', 'print', '--config', name], env);
      expect([code, out]).toEqual([0, expect.stringContaining(kept)]);
      expect(out).not.toContain('canary');
      expect(out).not.toContain('root:');
    }
  });

  it('and a secret in clear has no place in our own file, nor in what is said about it', async () => {
    const text = `version: 1\ndestinations:\n  - {name: s, kind: slack, webhookUrl: "https://canary.example/"}\n`;
    const said = await refusal(text);
    expect(said).toMatch(/^bad\.yaml:3:40: destinations\[0\]\.webhookUrl: must say where the secret is/);
    expect(said).not.toContain('canary');
    expect(await refusal(text.replace('"https://canary.example/"', '{plain: canary}'))).not.toContain(
      'canary',
    );
  });
});

describe('A-26 the version', () => {
  it.each<[string, string]>([
    ['sources: []', 'bad.yaml:1:1: version: is missing; write `version: 1`\n'],
    ['version: 0', 'bad.yaml:1:10: version: must be the number 1\n'],
    [
      'version: 999',
      'bad.yaml:1:10: version: 999 was written by a newer Plimsoll; this one reads version 1\n',
    ],
    ['version: 2', 'bad.yaml:1:10: version: 2 was written by a newer Plimsoll; this one reads version 1\n'],
    ['version: "1"', 'bad.yaml:1:10: version: must be the number 1\n'],
    ['version:', 'bad.yaml:1:1: version: must be the number 1\n'],
  ])('%s', async (line, message) => {
    expect(await refusal(`${line}\n`)).toBe(message);
  });

  it('1.1 holds, and what it has that we do not know is said', async () => {
    program.write('newer.yaml', `version: 1.1\nsparkle: 5\n`);
    const { code, out, error } = await program.run(['check', 'newer.yaml']);
    expect([code, out, error]).toEqual([
      0,
      'newer.yaml: ok, 0 sources, 0 rules, 0 destinations\n',
      'newer.yaml:2:10: sparkle: unknown key sparkle.\n',
    ]);
    const imported = await program.run([
      'import',
      'newer.yaml',
      '--config',
      'plimsoll.yaml',
      '--data',
      'data',
    ]);
    expect([imported.code, imported.error]).toEqual([0, error]);
  });
});

describe('A-28 what cannot be done is not done by half', () => {
  it('settings that have a problem of their own are not touched, and they are blamed', async () => {
    program.write('good.yaml', theirHook('http://me:canary@h.example/'));
    program.write('plimsoll.yaml', ours({ threshold: 'high' }));
    const before = program.everything();
    const { code, error } = await program.run([
      'import',
      'good.yaml',
      '--yes',
      '--config',
      'plimsoll.yaml',
      '--data',
      'data',
    ]);
    expect(code).toBe(75);
    expect(error).toContain('plimsoll.yaml:11:16: rules[0].threshold: must be a number, not "high"');
    expect(program.everything()).toEqual(before);
  });

  it('a destination that says it cannot work stops the whole import', async () => {
    program.write('plimsoll.yaml', `${mine}destinations:\n  - {name: out, kind: file, directory: exports}\n`);
    program.write('file', 'in the way');
    program.write(
      'good.yaml',
      `version: 1\nsources: [{name: more, kind: cpu}]\ndestinations: [{name: out, kind: file, directory: exports}, {name: w, kind: webhook, url: "ftp://x"}]\n`,
    );
    const before = program.everything();
    const { code } = await program.run([
      'import',
      'good.yaml',
      '--yes',
      '--config',
      'plimsoll.yaml',
      '--data',
      'data',
    ]);
    expect([code, program.everything()]).toEqual([65, before]);
  });
});
