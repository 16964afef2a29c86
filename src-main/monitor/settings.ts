import { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';
import { sourceKind } from '../collectors/source-kinds.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Problem } from '../contract/error.ts';
import { ruleSchema } from '../contract/rule.ts';
import { monitoringSchema } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';
import { destinationSchemas, sourceSchemas } from './kinds.ts';
import { ownMetrics, ownSource } from './own-source.ts';

const limits = { sources: 1000, rules: 10_000, destinations: 200 } as const;

const outlineSchema = z.strictObject({
  version: z.custom<1>((input) => input === 1, { error: (issue) => versionMessage(issue.input) }),
  sources: listOf('sources'),
  rules: listOf('rules'),
  destinations: listOf('destinations'),
  monitoring: monitoringSchema.prefault({}),
});

function listOf(name: keyof typeof limits) {
  return z
    .array(z.unknown())
    .max(limits[name], {
      error: (issue) => `${lengthOf(issue.input)} ${name} are more than the ${limits[name]} that are allowed`,
    })
    .default([]);
}

function lengthOf(input: unknown): number {
  return Array.isArray(input) ? input.length : 0;
}

function versionMessage(input: unknown): string {
  if (input === undefined) return 'is missing; write `version: 1`';
  return typeof input === 'number' && input > 1
    ? `${input} was written by a newer Plimsoll; this one reads version 1`
    : 'must be the number 1';
}

/** Finds line and column of a key path in the document at hand. */
export type Describe = (path: readonly PropertyKey[]) => { line: number; column: number } | undefined;

/**
 * Checks a whole document and returns the settings with defaults filled in. Throws `invalid_settings` with every
 * problem at once; each names its key path, and line and column where `describe` knows them.
 */
export function parseSettings(content: unknown, describe: Describe = () => undefined): Settings {
  const problems: Problem[] = [];
  const report: Report = (path, message, clashesWith) => {
    const clash = clashesWith === undefined ? {} : { clashesWith: pathText(clashesWith) };
    problems.push({ path: pathText(path), message, ...describe(path), ...clash });
  };
  const outline = outlineSchema.safeParse(content);
  if (!outline.success) collect(outline.error, [], content, report);
  const sources = entriesOf(content, 'sources');
  const rules = entriesOf(content, 'rules');
  const destinations = entriesOf(content, 'destinations');
  const settings = {
    version: 1,
    sources: sources.map((item, index) => parseKind(item, ['sources', index], sourceSchemas, report)),
    rules: rules.map((item, index) => parseItem(item, ['rules', index], ruleSchema, report)),
    destinations: destinations.map((item, index) =>
      parseKind(item, ['destinations', index], destinationSchemas, report),
    ),
    monitoring: outline.data?.monitoring,
  };
  checkTogether({ sources, rules, destinations }, report);
  if (problems.length > 0) throw invalid(problems);
  // Without a problem every entry was parsed, and so was the outline.
  return settings as Settings;
}

/** The entries of a list as they were written. Of more than are allowed none: their number is the problem. */
function entriesOf(content: unknown, list: keyof typeof limits): unknown[] {
  const entries = valueAt(content, [list]);
  return Array.isArray(entries) && entries.length <= limits[list] ? entries : [];
}

type Report = (path: readonly PropertyKey[], message: string, clashesWith?: readonly PropertyKey[]) => void;

function parseKind(
  item: unknown,
  path: PropertyKey[],
  schemas: ReadonlyMap<string, z.ZodObject>,
  report: Report,
): unknown {
  const kind = typeof item === 'object' && item !== null && 'kind' in item ? item.kind : undefined;
  const schema = typeof kind === 'string' ? schemas.get(kind) : undefined;
  if (schema !== undefined) return parseItem(item, path, schema, report);
  const known = [...schemas.keys()];
  if (typeof item !== 'object' || item === null) report(path, 'must be an entry with a name and a kind');
  else if (typeof kind !== 'string') report(path, `a kind is missing; known kinds are ${known.join(', ')}`);
  else
    report(
      [...path, 'kind'],
      `there is no kind ${JSON.stringify(kind)}.${didYouMean(kind, known)} Known kinds are ${known.join(', ')}`,
    );
  return undefined;
}

function parseItem(item: unknown, path: PropertyKey[], schema: z.ZodType, report: Report): unknown {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  collect(result.error, path, item, report, schema);
  return undefined;
}

function collect(
  error: z.ZodError,
  at: PropertyKey[],
  input: unknown,
  report: Report,
  schema?: z.ZodType,
): void {
  for (const issue of error.issues) {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(issue.path.length === 0 ? (schema ?? outlineSchema) : monitoringSchema);
      for (const key of issue.keys)
        report([...path, key], `unknown key ${key}.${didYouMean(key, known)}`.trimEnd());
    } else {
      report(path, explain(issue, valueAt(input, issue.path)));
    }
  }
}

function knownKeys(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** What people write for a comparison by habit. */
const signs: ReadonlyMap<string, string> = new Map([
  ['>', 'greater_than'],
  ['<', 'less_than'],
  ['=', 'equals'],
  ['==', 'equals'],
]);

/** Says what is wrong in the words of someone who wrote the file, with a suggestion where one is at hand. */
function explain(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    if (value === undefined) return 'is missing';
    return `must be ${article(issue.expected)}, not ${described(value)}${numberSuggestion(issue.expected, value)}`;
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const suggestion = typeof value === 'string' ? didYouMean(signs.get(value) ?? value, allowed) : '';
    return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}, not ${described(value)}.${suggestion}`.replace(
      /\.$/,
      '',
    );
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound =
      issue.code === 'too_small' ? `at least ${String(issue.minimum)}` : `at most ${String(issue.maximum)}`;
    return typeof value === 'number' ? `must be ${bound}, not ${value}` : issue.message;
  }
  return issue.message;
}

function article(expected: string): string {
  const words: Record<string, string> = {
    int: 'a whole number',
    number: 'a number',
    string: 'text',
    boolean: 'true or false',
    array: 'a list',
    object: 'an entry with keys',
  };
  return words[expected] ?? expected;
}

function described(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an entry with keys';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function numberSuggestion(expected: string, value: unknown): string {
  if ((expected !== 'number' && expected !== 'int') || typeof value !== 'string') return '';
  const plain = value.trim().replace(/\s*%$/, '').replace(',', '.').replaceAll('_', '');
  return /^-?\d+(\.\d+)?$/.test(plain) ? `; write ${plain}` : '';
}

/** What can only be seen by looking at several entries at once, whatever else is wrong with them. */
function checkTogether(entries: Record<keyof typeof limits, unknown[]>, report: Report): void {
  const { sources, rules, destinations } = entries;
  const names = sources.map((source) => textAt(source, 'name'));
  distinct(names, 'sources', 'name', report);
  distinct(
    rules.map((rule) => textAt(rule, 'id')),
    'rules',
    'id',
    report,
  );
  distinct(
    rules.map((rule) => textAt(rule, 'name')),
    'rules',
    'name',
    report,
  );
  distinct(
    destinations.map((destination) => textAt(destination, 'name')),
    'destinations',
    'name',
    report,
  );
  names.forEach((name, index) => {
    if (name === ownSource)
      report(['sources', index, 'name'], `the name ${ownSource} is kept for Plimsoll's own samples`);
  });
  const metrics = new Map<string, string[] | undefined>([[ownSource, Object.keys(ownMetrics)]]);
  sources.forEach((source, index) => {
    const metricsOfKind = sourceKind(textAt(source, 'kind') ?? '')?.metrics;
    const name = names[index];
    if (name !== undefined) metrics.set(name, metricsOfKind && Object.keys(metricsOfKind));
  });
  rules.forEach((rule, index) => {
    const source = textAt(rule, 'source');
    const metric = textAt(rule, 'metric');
    if (source === undefined) return;
    const known = metrics.get(source);
    if (!metrics.has(source)) {
      const hint = didYouMean(source, [...metrics.keys()]);
      report(['rules', index, 'source'], `there is no source ${JSON.stringify(source)}.${hint}`);
    } else if (known !== undefined && metric !== undefined && !known.includes(metric)) {
      const hint = didYouMean(metric, known) || ` It has ${known.join(', ')}.`;
      report(['rules', index, 'metric'], `${source} has no metric ${JSON.stringify(metric)}.${hint}`);
    }
  });
}

/** A text of an entry as it was written; undefined where there is none. */
function textAt(entry: unknown, key: string): string | undefined {
  const value = valueAt(entry, [key]);
  return typeof value === 'string' ? value : undefined;
}

/** Names that look alike to a person are the same name: compared after NFC and case folding. */
function distinct(names: (string | undefined)[], list: string, key: string, report: Report): void {
  const first = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === undefined) return;
    // By way of capitals, so that Straße and STRASSE are the same.
    const folded = name.normalize('NFC').toUpperCase().toLowerCase();
    const other = first.get(folded);
    if (other === undefined) {
      first.set(folded, index);
    } else {
      const message = `${JSON.stringify(name)} is already the ${key} of ${list}[${other}]`;
      report([list, index, key], message, [list, other, key]);
    }
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function invalid(problems: Problem[]): PlimsollError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new PlimsollError(
    'invalid_settings',
    `${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'invalid'}${more}`,
    { problems },
  );
}

/** What a first start watches: this machine, with three calm rules, and the evidence kept as files. */
export function starterSettings(): Settings {
  const rule = {
    enabled: true,
    comparison: 'greater_than',
    severity: 'warning',
    cooldownSeconds: 600,
  } as const;
  return parseSettings({
    version: 1,
    sources: ['cpu', 'memory', 'disk', 'network'].map((kind) => ({ name: kind, kind })),
    rules: [
      {
        ...rule,
        id: 'cpu-high',
        name: 'CPU above 80 %',
        source: 'cpu',
        metric: 'cpu_percent',
        threshold: 80,
        consecutiveViolations: 6,
      },
      {
        ...rule,
        id: 'memory-high',
        name: 'Memory above 85 %',
        source: 'memory',
        metric: 'memory_percent',
        threshold: 85,
        consecutiveViolations: 3,
      },
      {
        ...rule,
        id: 'disk-high',
        name: 'Disk above 90 %',
        source: 'disk',
        metric: 'disk_percent',
        threshold: 90,
      },
    ],
    destinations: [{ name: 'exports', kind: 'file' }],
  });
}
