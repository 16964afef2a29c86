import { describe, expect, it } from 'vitest';
import { PlimsollError, type Problem } from '../contract/error.ts';
import { readYamlDocument } from './yaml-document.ts';

function problemsOf(input: string | Uint8Array): Problem[] {
  try {
    readYamlDocument(typeof input === 'string' ? Buffer.from(input) : input);
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'invalid_settings') return [...thrown.problems];
    throw thrown;
  }
  return [];
}

/** `line:column message` of every problem. */
function told(input: string | Uint8Array): string[] {
  return problemsOf(input).map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** Of processor time: others work on this machine too. */
function millisecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

describe('what is read', () => {
  it('core schema: yes and dates are text, true and null are not', () => {
    const text = 'a: yes\nb: true\nc: 2026-01-02\nd: ~\ne: -12.50\nf: 1e3\ng: "0x50"\nh: 1_000\n';
    expect(readYamlDocument(Buffer.from(text)).content).toEqual({
      a: 'yes',
      b: true,
      c: '2026-01-02',
      d: null,
      e: -12.5,
      f: 1000,
      g: '0x50',
      h: '1_000',
    });
  });

  it('a byte order mark and Windows line ends', () => {
    expect(readYamlDocument(Buffer.from('\ufeffa: 1\r\nb: x\r\n')).content).toEqual({ a: 1, b: 'x' });
  });

  it('says where a value, a missing key’s parent, and an entry stand', () => {
    const { describe: at } = readYamlDocument(
      Buffer.from('version: 1\nrules:\n  - name: a\n    threshold: 80\n  - name: b\n'),
    );
    expect([
      at(['rules', 0, 'threshold']),
      at(['rules', 1]),
      at(['rules', 1, 'metric']),
      at(['rules']),
      at(['nowhere']),
      at([]),
    ]).toEqual([
      { line: 4, column: 16 },
      { line: 5, column: 5 },
      { line: 5, column: 5 },
      { line: 2, column: 1 },
      { line: 1, column: 1 },
      { line: 1, column: 1 },
    ]);
  });
});

describe('what is refused, and where', () => {
  const emptyMessage =
    '1:1 nothing to import or to run with: the file is empty; settings begin with the line `version: 1`';
  const encodingMessage = '1:1 this is not UTF-8 text; save the file as UTF-8';
  const cases: [string, string | Uint8Array, string[]][] = [
    ['nothing', '', [emptyMessage]],
    ['only comments', '# a\n\n# b\n', [emptyMessage]],
    ['only ---', '---\n', [emptyMessage]],
    ['zeros', Buffer.alloc(4096), [encodingMessage]],
    ['Latin-1', Buffer.from('name: Gerät\n', 'latin1'), [encodingMessage]],
    ['UTF-16 little endian', Buffer.from('\ufeffversion: 1\n', 'utf16le'), [encodingMessage]],
    ['UTF-16 big endian without mark', Buffer.from('version: 1\n', 'utf16le').swap16(), [encodingMessage]],
    ['a control character', 'a: 1\nb: "x\u001b[2J"\n', ['2:6 there is a control character here (U+001b)']],
    ['a tab as indentation', 'a:\n\tb: 1\n', ['2:1 tabs are not allowed as indentation']],
    ['an unclosed quote', 'a: "b\n', ['2:1 missing closing "quote']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['2:1 a second document begins here; settings are one document']],
    ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', ['4:3 c is here twice']],
    ['a key that is a number', '1: a\n', ['1:1 a key must be text; put it in quotes']],
    ['a key that is a list', '? [a]\n: 1\n', ['1:3 a key must be text; put it in quotes']],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes\n', ['1:1 this is YAML 1.2; leave the %YAML line out']],
    [
      'an anchor',
      'a: 1\nb: &x [1]\n',
      ['2:4 anchors (&) are not allowed: write the value out; text that begins with & goes in quotes'],
    ],
    [
      'an alias',
      'b: *x\n',
      ['1:4 aliases (*) are not allowed: write the value out; text that begins with * goes in quotes'],
    ],
    [
      'a tag',
      'b: !!js/function "x"\n',
      ['1:4 tags (!) are not allowed: leave it out; text that begins with ! goes in quotes'],
    ],
    ['a merge key', '<<: {a: 1}\n', ['1:1 merge keys (<<) are not allowed: write the values out']],
    [
      'dangerous keys',
      '__proto__: {x: 1}\nconstructor:\n  prototype: {x: 1}\n',
      ['1:1 __proto__ cannot be a key', '2:1 constructor cannot be a key', '3:3 prototype cannot be a key'],
    ],
    ['too deep', `${'['.repeat(40)}${']'.repeat(40)}\n`, ['1:33 this is nested more than 32 levels deep']],
  ];
  it.each(cases)('%s', (_name, input, expected) => {
    expect(told(input)).toEqual(expected);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it.each([
    ['.nan', '.nan is no number to compare with: it must be finite'],
    ['-.inf', '-.inf is no number to compare with: it must be finite'],
    ['1e400', '1e400 is no number to compare with: it must be finite'],
    ['1e-400', '1e-400 is too small to be told from 0'],
    [
      '9007199254740993',
      '9007199254740993 cannot be represented exactly; the largest whole number is 9007199254740991',
    ],
    ['0x50', '0x50 would be read as the number 80: write 80, or "0x50" in quotes if it is text'],
    ['0o17', '0o17 would be read as the number 15: write 15, or "0o17" in quotes if it is text'],
    ['010', '010 would be read as the number 10: write 10, or "010" in quotes if it is text'],
    ['.5', '.5 would be read as the number 0.5: write 0.5, or ".5" in quotes if it is text'],
  ])('the number %s', (source, message) => {
    expect(problemsOf(`rules:\n  - threshold: ${source}\n`)).toEqual([
      { path: 'rules[0].threshold', message, line: 2, column: 16 },
    ]);
  });

  it('half of a character, which no file and no database keeps', () => {
    expect(told('a: "x\\uD800"\n"b\\uDC00": 1\nc: "\\uD83D\\uDE00"\n')).toEqual([
      '1:4 half of a surrogate pair is no text',
      '2:1 half of a surrogate pair is no text',
    ]);
  });

  it.each(['[', '{a: ', '- ', '? '])('%j within itself, twenty thousand times, is said once', (opening) => {
    const problems = problemsOf(opening.repeat(20_000)).map(({ message }) => message);
    expect(problems).toEqual(['this is nested too deeply']);
  });

  it('text in quotes may look like anything', () => {
    expect(told('a: "*x"\nb: \'&y\'\nc: "<<"\nd: "!z"\ne: x & y *z !w\nf: |\n  &a *b\n  <<: !c\n')).toEqual(
      [],
    );
  });

  it.each([
    [
      'an alias bomb',
      ['a: &a [x,x]', ...Array.from({ length: 30 }, (_, level) => `b${level}: &b${level} [*a, *a]`)].join(
        '\n',
      ),
    ],
    ['an alias of itself', 'a: &a [*a]\n'],
    ['20,000 empty merges', 'a: 1\n' + '<<: {}\n'.repeat(20_000)],
  ])('%s, within 100 ms', (_name, input) => {
    const began = performance.now();
    expect(told(input)).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(100);
  });

  it.each([
    ['brackets', '['.repeat(1_000_000)],
    ['quotes', '"'.repeat(1_000_000)],
    ['commas', `[${','.repeat(1_000_000)}`],
    ['dashes', '- '.repeat(500_000)],
    ['keys', Array.from({ length: 90_000 }, (_, index) => `k${index}:`).join('\n')],
    ['more than 1 MiB', `a: ${'x'.repeat(1024 * 1024)}`],
  ])(
    'a megabyte of %s, without hanging',
    (_name, input) => {
      const began = process.cpuUsage();
      told(input);
      expect(millisecondsSince(began)).toBeLessThan(4000);
    },
    20_000,
  );

  it('ten thousand rules in one megabyte are read without hanging', () => {
    const rule = (_: unknown, index: number) =>
      `- {id: r${index}, name: r${index}, source: cpu, metric: cpu_percent, comparison: less_than, threshold: ${index}}`;
    const bytes = Buffer.from(`version: 1\nrules:\n${Array.from({ length: 10_000 }, rule).join('\n')}\n`);
    expect(bytes.length).toBeLessThan(1024 * 1024);
    const { content } = readYamlDocument(bytes);
    expect((content as { rules: unknown[] }).rules).toHaveLength(10_000);
  }, 20_000);
});
