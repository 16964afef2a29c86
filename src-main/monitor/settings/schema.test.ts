import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { comparisonSchema } from '../../contract/rule.ts';
import { describeKinds, withoutSecrets } from '../kinds.ts';
import { checkSettings, parseEntry, parseSettings } from './schema.ts';
import { starterSettings } from './starter.ts';

const rule = {
  id: 'cpu-high',
  name: 'CPU high',
  source: 'cpu',
  metric: 'cpu_percent',
  comparison: 'greater_than',
  threshold: 80,
};
const comparisons = comparisonSchema.options.join(', ');
const base = { version: 1, sources: [{ name: 'cpu', kind: 'cpu' }], rules: [rule] };

/** Every problem as `path: message`. */
function problems(content: unknown): string[] {
  try {
    parseSettings(content);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'invalid_settings') throw thrown;
    return thrown.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
const withRule = (change: Record<string, unknown>) => problems({ ...base, rules: [{ ...rule, ...change }] });

describe('parseSettings', () => {
  it('takes a rule that says everything that can be said together', () => {
    const everything = {
      criticalThreshold: 95,
      recoveryThreshold: 70,
      clearAfterSeconds: 60,
      consecutiveViolations: 3,
      violationsOf: 5,
      window: { function: 'avg', seconds: 300 },
      expression: 'value - load_1 * 2',
      labels: { core: '!0' },
      hosts: ['web-*', '!web-9'],
      noData: {},
      onSourceError: { afterSeconds: 0 },
      any: [{ not: { metric: 'load_1', comparison: 'between', threshold: 1, upperThreshold: 2 } }],
    };
    expect(parseSettings({ ...base, rules: [{ ...rule, ...everything }] }).rules[0]).toMatchObject({
      ...everything,
      noData: { policy: 'alert', afterSeconds: 300 },
      onSourceError: { policy: 'alert', afterSeconds: 0 },
    });
  });

  it('fills in what was left out', () => {
    const settings = parseSettings({ version: 1, sources: [{ name: 'cpu', kind: 'cpu' }], rules: [rule] });
    expect(settings).toMatchObject({
      sources: [{ name: 'cpu', kind: 'cpu', enabled: true }],
      rules: [
        { ...rule, enabled: true, consecutiveViolations: 1, severity: 'warning', cooldownSeconds: 600 },
      ],
      destinations: [],
      monitoring: { maxWorkers: 4, checkIntervalSeconds: 1, rawRetentionHours: 168 },
    });
  });

  it('starts with four sources, three rules and the evidence kept as files', () => {
    const { sources, rules, destinations } = starterSettings();
    expect(sources.map(({ kind }) => kind)).toEqual(['cpu', 'memory', 'disk', 'network']);
    expect(rules.map(({ metric, threshold }) => [metric, threshold])).toEqual([
      ['cpu_percent', 80],
      ['memory_percent', 85],
      ['disk_percent', 90],
    ]);
    expect(destinations.map(({ kind }) => kind)).toEqual(['file']);
  });

  it.each([
    [undefined, 'version: is missing; write `version: 1`'],
    [0, 'version: must be the number 1'],
    ['1', 'version: must be the number 1'],
    [-1, 'version: must be the number 1'],
    [null, 'version: must be the number 1'],
    [[1], 'version: must be the number 1'],
    [1.15, 'version: 1.15 was written by a newer Plimsoll; this one reads version 1'],
    [2, 'version: 2 was written by a newer Plimsoll; this one reads version 1'],
    [999, 'version: 999 was written by a newer Plimsoll; this one reads version 1'],
  ])('refuses version %j', (version, message) => {
    expect(problems({ ...base, version })).toEqual([message]);
  });

  it.each([
    [{ threshold: NaN }, 'rules[0].threshold: must be a number, not null'],
    [{ threshold: 2 ** 53 }, 'rules[0].threshold: must be finite and exactly representable'],
    [{ threshold: '80' }, 'rules[0].threshold: must be a number, not "80"; write 80'],
    [{ threshold: '80%' }, 'rules[0].threshold: must be a number, not "80%"; write 80'],
    [{ threshold: '80,5' }, 'rules[0].threshold: must be a number, not "80,5"; write 80.5'],
    [{ enabled: 'Yes' }, 'rules[0].enabled: must be true or false, not "Yes"; write true'],
    [{ enabled: 'off' }, 'rules[0].enabled: must be true or false, not "off"; write false'],
    [{ enabled: 'perhaps' }, 'rules[0].enabled: must be true or false, not "perhaps"'],
    [{ threshold: '0x50' }, 'rules[0].threshold: must be a number, not "0x50"'],
    [{ threshold: true }, 'rules[0].threshold: must be a number, not true'],
    [{ threshold: null }, 'rules[0].threshold: must be a number, not empty'],
    [{ threshold: [] }, 'rules[0].threshold: must be a number, not a list'],
    [{ threshold: undefined }, 'rules[0].threshold: is missing'],
    [{ comparison: undefined }, 'rules[0].comparison: is missing'],
    [{ comparison: null }, `rules[0].comparison: must be one of ${comparisons}, not empty`],
    [
      { comparison: 'GREATER_THAN' },
      `rules[0].comparison: must be one of ${comparisons}, not "GREATER_THAN". Did you mean greater_than?`,
    ],
    [{ consecutiveViolations: 0 }, 'rules[0].consecutiveViolations: must be at least 1, not 0'],
    [{ consecutiveViolations: -1 }, 'rules[0].consecutiveViolations: must be at least 1, not -1'],
    [{ consecutiveViolations: 1.5 }, 'rules[0].consecutiveViolations: must be a whole number, not 1.5'],
    [{ consecutiveViolations: 1e9 }, 'rules[0].consecutiveViolations: must be at most 10000, not 1000000000'],
    [
      { comparison: 'greater_then' },
      `rules[0].comparison: must be one of ${comparisons}, not "greater_then". Did you mean greater_than?`,
    ],
    [
      { comparison: '>' },
      `rules[0].comparison: must be one of ${comparisons}, not ">". Did you mean greater_than?`,
    ],
    [{ comparison: 'constructor' }, `rules[0].comparison: must be one of ${comparisons}, not "constructor"`],
    [
      { comparison: 'Above' },
      `rules[0].comparison: must be one of ${comparisons}, not "Above". Did you mean greater_than?`,
    ],
    [
      { comparison: 'lt' },
      `rules[0].comparison: must be one of ${comparisons}, not "lt". Did you mean less_than?`,
    ],
    [
      { comparison: '>=' },
      `rules[0].comparison: must be one of ${comparisons}, not ">=". Did you mean greater_or_equal?`,
    ],
    [
      { comparison: 'between' },
      'rules[0].upperThreshold: is missing: between has two bounds, threshold and upperThreshold',
    ],
    [
      { comparison: 'outside', upperThreshold: 20 },
      'rules[0].upperThreshold: must be above threshold; write threshold: 20 and upperThreshold: 80',
    ],
    [{ upperThreshold: 90 }, 'rules[0].upperThreshold: belongs to between and outside only; leave it out'],
    [
      { comparison: 'changed' },
      'rules[0].threshold: means nothing to changed; leave it out, or say how far with tolerance',
    ],
    [{ criticalThreshold: 70 }, 'rules[0].criticalThreshold: must be above the threshold 80, not 70'],
    [
      { comparison: 'less_than', criticalThreshold: 90 },
      'rules[0].criticalThreshold: must be below the threshold 80, not 90',
    ],
    [
      { severity: 'critical', criticalThreshold: 90 },
      'rules[0].criticalThreshold: needs the severity warning for the threshold before it',
    ],
    [
      { recoveryThreshold: 85 },
      'rules[0].recoveryThreshold: must be at most the threshold 80, not 85: it is where the value is well again',
    ],
    [
      { comparison: 'equals', recoveryThreshold: 80 },
      'rules[0].recoveryThreshold: means nothing to equals; clearAfterSeconds works with every comparison',
    ],
    [
      { consecutiveViolations: 5, violationsOf: 3 },
      'rules[0].violationsOf: must be at least consecutiveViolations: 5 of the last 3 samples cannot be; write 5 or more',
    ],
    [
      { violationsOf: 3, forSeconds: 60 },
      'rules[0].violationsOf: cannot stand beside forSeconds, which lets no sample be within; leave one out',
    ],
    [{ forSeconds: '5m' }, 'rules[0].forSeconds: must be a number, not "5m"; write 300'],
    [
      { window: { function: 'mean', seconds: 60 } },
      'rules[0].window.function: must be one of avg, min, max, sum, p95, rate, delta, not "mean"',
    ],
    [{ noData: { policcy: 'alert' } }, 'rules[0].noData.policcy: unknown key policcy. Did you mean policy?'],
    [{ labels: { mount: '' } }, 'rules[0].labels.mount: a pattern is not empty; write * for anything'],
    [
      { expression: '1 +' },
      'rules[0].expression: column 4: ends where a number, a metric or a parenthesis is expected',
    ],
    [
      { expression: 'value / cpu_count' },
      'rules[0].expression: cpu has no metric "cpu_count". It has cpu_percent, cpu_core_percent, load_1, load_5, load_15, cgroup_cpu_percent, cgroup_cpu_limit_cores, cgroup_cpu_throttled_percent, series_left_out.',
    ],
    [{ expression: 'memry.used' }, 'rules[0].expression: there is no source "memry".'],
    [
      { all: [{ metric: 'load_2', comparison: 'greater_than', threshold: 4 }] },
      'rules[0].all[0].metric: cpu has no metric "load_2". Did you mean load_1?',
    ],
    [{ any: [{ metric: 'load_1' }] }, 'rules[0].any[0].comparison: is missing'],
    [{ not: { all: [] } }, 'rules[0].not.all: name at least one condition'],
    [{ not: {} }, 'rules[0].not: must have a metric and a comparison, or one of all, any and not'],
    [
      { comparison: 'equals', forecast: { withinDays: 3 } },
      'rules[0].forecast: needs a line to cross: greater_than, less_than, greater_or_equal or less_or_equal',
    ],
    [{ baseline: {} }, 'rules[0].threshold: cannot stand beside a baseline, which is the line; leave it out'],
    [{ name: '' }, 'rules[0].name: a name needs at least one character'],
    [{ name: 'x'.repeat(201) }, 'rules[0].name: a name has at most 200 characters'],
    [{ name: 'a\nb' }, 'rules[0].name: a name must not contain control or direction characters'],
    [{ name: 'a\u202eb' }, 'rules[0].name: a name must not contain control or direction characters'],
    [{ threshold: '5m' }, 'rules[0].threshold: must be a number, not "5m"'],
    [{ treshold: 3 }, 'rules[0].treshold: unknown key treshold. Did you mean threshold?'],
    [{ source: 'cpus' }, 'rules[0].source: there is no source "cpus". Did you mean cpu?'],
    [{ metric: 'cpu_percnt' }, 'rules[0].metric: cpu has no metric "cpu_percnt". Did you mean cpu_percent?'],
    [
      { metric: 'load' },
      'rules[0].metric: cpu has no metric "load". It has cpu_percent, cpu_core_percent, load_1, load_5, load_15, cgroup_cpu_percent, cgroup_cpu_limit_cores, cgroup_cpu_throttled_percent, series_left_out.',
    ],
  ])('refuses %j and says why', (change, message) => {
    expect(withRule(change)).toEqual([message]);
  });

  it('refuses a rule that needs a longer past than is kept, and says how much would do', () => {
    const { threshold, ...unusual } = rule;
    const kept = (rawRetentionHours: number, change: Record<string, unknown>) =>
      problems({ ...base, monitoring: { rawRetentionHours }, rules: [{ ...unusual, ...change }] });
    expect(kept(168, { baseline: {} })).toEqual([
      'rules[0].baseline: needs samples of 4 weeks, and monitoring.rawRetentionHours keeps 168 hours: write 672 there',
    ]);
    expect(kept(335, { baseline: { weeks: 2 } })).toHaveLength(1);
    expect(kept(336, { baseline: { weeks: 2 } })).toEqual([]);
    expect(kept(1, { baseline: {}, enabled: false })).toEqual([]);
    expect(kept(100, { threshold, forecast: { withinDays: 3, overDays: 4.5 } })).toEqual([
      'rules[0].forecast: needs samples of 4.5 days, and monitoring.rawRetentionHours keeps 100 hours: write 108 there',
    ]);
    expect(kept(108, { threshold, forecast: { withinDays: 3, overDays: 4.5 } })).toEqual([]);
  });

  it.each([
    [{ headers: 'Bearer canary' }, 'headers: must be keys with values, not this text'],
    [{ headers: 'https://u:canary@h/' }, 'headers: must be'],
    [{ expectStatus: 'https://u:canary@h/x' }, 'expectStatus: '],
    [{ jsonFields: 'https://h.example/canary' }, 'unknown key jsonFields'],
    [{ url: ['canary'] }, 'url: must be text, not a list'],
  ])('repeats no secret in %j', (change, start) => {
    const source = { name: 'a', kind: 'http', url: 'https://h.example/', ...change };
    const found = problems({ version: 1, sources: [source] }).join();
    expect(found).toContain(start);
    expect(found).not.toContain('canary');
  });

  it.each([
    ['127.0.0.1', 'listen[0]: an address to listen on is host:port, such as 127.0.0.1:8888'],
    ['127.0.0.1:99999', 'listen[0]: a port is at most 65535'],
    ['999.1.1.1:80', 'listen[0]: the host is no IP address; one is written like 127.0.0.1 or [::1]'],
    ['127.1:80', 'listen[0]: the host is no IP address; one is written like 127.0.0.1 or [::1]'],
    ['[1::2::3]:80', 'listen[0]: the host is no IP address; one is written like 127.0.0.1 or [::1]'],
    ['localhost:80', undefined],
    ['[::1]:0', undefined],
    ['255.255.255.255:80', undefined],
    ['10.example.org:80', undefined],
  ])('says one thing of the address %s', (address, problem) => {
    expect(problems({ version: 1, listen: [address] })).toEqual(problem === undefined ? [] : [problem]);
  });

  it('checks what a kind demands of several options together, at their place', () => {
    const email = { name: 'mail', kind: 'email', host: 'mail.example', from: 'a@b', to: ['c@d'] };
    expect(problems({ ...base, destinations: [email] })).toEqual([]);
    expect(problems({ ...base, destinations: [{ ...email, security: 'opportunistic' }] })).toEqual([
      expect.stringMatching(
        /^destinations\[0\]\.security: opportunistic .* only for a server on this machine/,
      ),
    ]);
    const [form] = describeKinds().destinations.filter(({ kind }) => kind === 'email');
    expect(Object.keys(form?.schema['properties'] ?? {}).slice(0, 4)).toEqual([
      'name',
      'enabled',
      'kind',
      'host',
    ]);
  });

  it('takes names that are merely unusual', () => {
    for (const name of ['../../x', 'CON', '🚢', '<script>', 'ديسك']) expect(withRule({ name })).toEqual([]);
  });

  it('lists every problem at once', () => {
    const found = problems({
      version: 1,
      sources: [
        { name: 'cpu', kind: 'cqu' },
        { kind: 'cpu' },
        'cpu',
        { name: 'x' },
        { name: 'x', kind: 'cpu' },
      ],
      rules: [
        { ...rule, threshold: 'high' },
        { ...rule, id: 'other', name: 'Other', source: 'nope', treshold: 1 },
        { ...rule, id: 'third', name: 'Third', source: 'x', metric: 'cpu_percnt' },
      ],
      destinations: [{ name: 'out', kind: 'file', formats: ['xml'] }],
      monitoring: { maxWorkers: 0 },
      rulez: [],
    });
    expect(found.map((problem) => problem.split(':')[0])).toEqual([
      'monitoring.maxWorkers',
      'rulez',
      'sources[0].kind',
      'sources[1].name',
      'sources[2]',
      'sources[3]',
      'rules[0].threshold',
      'rules[1].treshold',
      'destinations[0].formats[0]',
      'sources[4].name',
      'rules[1].source',
      'rules[2].metric',
    ]);
    expect(found[2]).toContain('Did you mean cpu?');
  });

  it('refuses names that a person cannot tell apart', () => {
    expect(
      problems({
        version: 1,
        sources: [
          { name: 'Caf\u00e9', kind: 'cpu' },
          { name: 'cafe\u0301', kind: 'cpu' },
        ],
      }),
    ).toEqual([`sources[1].name: "cafe\u0301" is already the name of sources[0]`]);
    const destinations = ['Straße', 'STRASSE'].map((name) => ({ name, kind: 'file' }));
    expect(problems({ version: 1, destinations })).toEqual([
      'destinations[1].name: "STRASSE" is already the name of destinations[0]',
    ]);
  });

  it('refuses more than it can hold, with the counts', () => {
    const sources = Array.from({ length: 10_000 }, (_, index) => ({ name: `s${index}`, kind: 'cpu' }));
    expect(problems({ version: 1, sources })).toEqual([
      'sources: 10000 sources are more than the 1000 that are allowed',
    ]);
  });

  it.each([null, [], 'text', 5])('refuses %j as a document', (content) => {
    expect(problems(content)).toHaveLength(1);
  });
});

describe('a document of a newer Plimsoll that only adds keys', () => {
  const newer = {
    version: 1.1,
    sources: [{ name: 'cpu', kind: 'cpu', sparkle: true }],
    rules: [{ ...rule, treshold: 3 }],
    monitoring: { maxWorkers: 2, maxSparkles: 9 },
    themes: ['dark'],
  };

  it('holds without them, and each is a warning with its place', () => {
    const at = (path: readonly PropertyKey[]) => ({ line: path.length, column: 1 });
    const { settings, warnings } = checkSettings(newer, at);
    expect(settings).toEqual({
      ...parseSettings({ ...base, monitoring: { maxWorkers: 2 } }),
      version: 1.1,
    });
    expect(warnings.map(({ path, message, line }) => `${line} ${path}: ${message}`)).toEqual([
      '2 monitoring.maxSparkles: unknown key maxSparkles.',
      '1 themes: unknown key themes.',
      '3 sources[0].sparkle: unknown key sparkle.',
      '3 rules[0].treshold: unknown key treshold. Did you mean threshold?',
    ]);
    expect(newer.sources[0]).toHaveProperty('sparkle');
  });

  it('is refused like any other where something else is wrong', () => {
    const found = problems({ ...newer, rules: [{ ...rule, treshold: 3, threshold: '80' }] });
    expect(found).toEqual(['rules[0].threshold: must be a number, not "80"; write 80']);
  });

  it('may be as new as 1.9, and with version 1 an unknown key stays a problem', () => {
    expect(problems({ ...newer, version: 1.9 })).toEqual([]);
    expect(problems({ ...newer, version: 1 })).toHaveLength(4);
  });
});

describe('one entry by itself', () => {
  it('is read with its defaults, or refused with paths that begin in it', () => {
    expect(parseEntry('sources', { name: 'cpu', kind: 'cpu' })).toMatchObject({
      name: 'cpu',
      kind: 'cpu',
      enabled: true,
      perCore: true,
    });
    for (const [list, entry, paths] of [
      ['sources', { name: '', kind: 'disk', path: '', more: 1 }, ['name', 'path', 'more']],
      ['destinations', { name: 'x', kind: 'cpu' }, ['kind']],
      ['sources', { name: 'x' }, ['']],
      ['sources', null, ['']],
    ] as const) {
      const parse = () => (list === 'sources' ? parseEntry(list, entry) : parseEntry(list, entry));
      expect(parse).toThrow(
        expect.objectContaining({
          code: 'invalid_settings',
          problems: paths.map((path) => expect.objectContaining({ path }) as unknown),
        }),
      );
    }
  });
});

describe('what takes long', () => {
  it('is not looked for: suggestions for thousands of rules, and for names as long as a book', () => {
    const sources = Array.from({ length: 1000 }, (_, index) => ({ name: `source ${index}`, kind: 'cpu' }));
    const rules = Array.from({ length: 9000 }, (_, index) => ({
      ...rule,
      id: `r${index}`,
      name: `r${index}`,
      source: `surce ${index}`,
    }));
    const long = 'x'.repeat(500_000);
    expect(problems({ version: 1, sources, rules })).toHaveLength(9000);
    const bookish = { sources: [{ name: `${long}y`, kind: long }], rules: [{ ...rule, source: long }] };
    expect(problems({ version: 1, ...bookish })).toHaveLength(3);
  }, 20_000);
});

describe('kinds', () => {
  it('describes every kind so that a form can be drawn: each field has a title', () => {
    const { sources, destinations, rule: ruleForm, monitoring } = describeKinds();
    for (const schema of [...sources, ...destinations]
      .map((kind) => kind.schema)
      .concat([ruleForm, monitoring])) {
      const properties = Object.entries(
        schema['properties'] as Record<string, { title?: string; const?: string }>,
      );
      expect(properties.filter(([key, field]) => key !== 'kind' && field.title === undefined)).toEqual([]);
    }
  });

  it('strikes nothing out where nothing is secret', () => {
    const source = { name: 'cpu', kind: 'cpu', enabled: true };
    expect(withoutSecrets(source)).toEqual(source);
  });
});
