import { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import { scheduleOf } from '../../alerts/occurrences.ts';
import { sourceKind } from '../../collectors/source-kinds.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Problem } from '../../contract/error.ts';
import { databaseSchema } from '../../contract/database.ts';
import { downtimeSchema } from '../../contract/downtime.ts';
import type { Downtime } from '../../contract/downtime.ts';
import type { Note } from '../../contract/import.ts';
import { foldedName } from '../../contract/fields.ts';
import { handedBytesAtMost, handedRulesAtMost } from '../../contract/hub-rules.ts';
import { reportSettingsSchema } from '../../contract/report.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import { hubSchema, listenSchema, monitoringSchema } from '../../contract/settings.ts';
import type { DestinationSettings, Monitoring, Settings, SourceSettings } from '../../contract/settings.ts';
import { plimsollUrlSchema } from '../../deliveries/brief.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { destinationSchemas, sourceSchemas } from '../kinds.ts';
import { hostUpMetric, ownMetrics, ownSource } from '../own-source.ts';
import { expressionProblem, referencesOfRule } from './rule-references.ts';
import { describedAt, explain, pathText } from './words.ts';

const limits = { sources: 1000, rules: 10_000, destinations: 200, downtimes: 200 } as const;

/** Ten thousand rules with a thousand sources each to choose from take minutes; nobody reads that many. */
const suggestionsAtMost = 100;

/** The settings that this Plimsoll writes. A newer one that only adds keys counts 1.1, 1.2, … up to 1.9. */
const version = 1;

const outlineSchema = z.strictObject({
  version: z.custom<number>(isReadable, { error: (issue) => versionMessage(issue.input) }),
  sources: listOf('sources'),
  rules: listOf('rules'),
  destinations: listOf('destinations'),
  monitoring: monitoringSchema.prefault({}),
  downtimes: listOf('downtimes').unwrap().optional(),
  listen: listenSchema,
  reports: reportSettingsSchema.optional(),
  hub: hubSchema,
  database: databaseSchema,
});

function isReadable(input: unknown): boolean {
  return (
    typeof input === 'number' &&
    Math.floor(input) === version &&
    Number.isInteger(Math.round(input * 1e6) / 1e5)
  );
}

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
  return typeof input === 'number' && input > version
    ? `${input} was written by a newer Plimsoll; this one reads version 1`
    : 'must be the number 1';
}

/**
 * Finds line and column of a key path in the document at hand, and the path as it is called there where that is another
 * one, as in a file that was translated.
 */
export type Describe = (
  path: readonly PropertyKey[],
) => { line: number; column: number; path?: string } | undefined;

/** Settings that hold, and what should be looked at all the same. */
export interface CheckedSettings {
  settings: Settings;
  /** Keys that this Plimsoll does not know, in a document of a newer one. They stay in the document. */
  warnings: Note[];
}

/**
 * Checks a whole document and returns the settings with defaults filled in. Throws `invalid_settings` with every
 * problem at once; each names its key path, and line and column where `describe` knows them. `otherKeys` may have been
 * meant by a key at the top that is not known.
 */
export function checkSettings(
  content: unknown,
  describe: Describe = () => undefined,
  otherKeys: readonly string[] = [],
): CheckedSettings {
  const problems: Problem[] = [];
  const warnings: Note[] = [];
  const findings: Findings = {
    report(path, message, clashesWith) {
      const clash = clashesWith === undefined ? {} : { clashesWith: pathText(clashesWith) };
      problems.push({ path: pathText(path), message, ...describe(path), ...clash });
    },
    tolerate: isNewer(content)
      ? (path, message) => warnings.push({ path: pathText(path), message, ...describe(path) })
      : null,
    otherKeys,
    called: (path) => {
      const theirs = describe(path)?.path;
      return theirs === undefined || theirs === '' ? pathText(path) : theirs;
    },
    isTranslated: describe([])?.path !== undefined,
  };
  const outline = parseItem(content, [], outlineSchema, findings);
  const sources = entriesOf(content, 'sources');
  const rules = entriesOf(content, 'rules');
  const destinations = entriesOf(content, 'destinations');
  const downtimes = entriesOf(content, 'downtimes');
  const parsedDowntimes = downtimes.map((item, index) =>
    parseItem(item, ['downtimes', index], downtimeSchema, findings),
  );
  const settings = {
    ...(outline ?? {}),
    ...(outline?.downtimes !== undefined && { downtimes: parsedDowntimes }),
    sources: sources.map((item, index) => parseKind(item, ['sources', index], sourceSchemas, findings)),
    rules: rules.map((item, index) => parseItem(item, ['rules', index], ruleSchema, findings)),
    destinations: destinations.map((item, index) =>
      parseKind(item, ['destinations', index], destinationSchemas, findings),
    ),
  };
  checkTogether({ sources, rules, destinations, downtimes }, findings);
  const ruleIds = rules.map((rule) => textAt(rule, 'id')).filter((id) => id !== undefined);
  parsedDowntimes.forEach((downtime, index) => {
    if (downtime !== undefined) checkDowntime(downtime, ['downtimes', index], ruleIds, findings);
  });
  destinations.forEach((destination, index) =>
    textsAt(valueAt(destination, ['route']), 'rules').forEach((id, place) => {
      if (!ruleIds.includes(id))
        findings.report(['destinations', index, 'route', 'rules', place], noRule(id, ruleIds));
    }),
  );
  checkAddress(outline?.monitoring.plimsollUrl, findings);
  checkReports(outline?.reports?.sendTo, destinations, findings);
  if (outline !== undefined) checkPast(settings.rules, outline.monitoring, findings);
  if (problems.length > 0) throw invalidSettings(withoutRepetition(problems));
  // Without a problem every entry was parsed, and so was the outline.
  return { settings: settings as Settings, warnings };
}

/** Links lead there, of whichever destination. */
function checkAddress(plimsollUrl: string | undefined, { report }: Findings): void {
  const { error } = plimsollUrlSchema.safeParse(plimsollUrl);
  for (const { message } of error?.issues ?? []) report(['monitoring', 'plimsollUrl'], message);
}

/** Reports go to a destination that takes them. */
function checkReports(
  sendTo: string | undefined,
  destinations: readonly unknown[],
  { report }: Findings,
): void {
  if (sendTo === undefined) return;
  const able = destinations.flatMap((destination) => {
    const [name, kind] = [textAt(destination, 'name'), textAt(destination, 'kind')];
    return name !== undefined && destinationKind(kind ?? '')?.takesReports === true ? [name] : [];
  });
  if (able.includes(sendTo)) return;
  const exists = destinations.some((destination) => textAt(destination, 'name') === sendTo);
  const why = exists ? `${sendTo} takes no reports` : `there is no destination ${sendTo}`;
  const mend = able.length === 0 ? 'add one of kind email' : `name ${able.join(' or ')}`;
  report(['reports', 'sendTo'], `${why}; ${mend}, or leave it out`);
}

/** One value of a predecessor's file may be a key of many entries; it is wrong once. */
function withoutRepetition(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, line, column, message }) => {
    const { size } = seen;
    return seen.add(JSON.stringify([path, line, column, message])).size > size;
  });
}

/** `checkSettings` for who asks nothing but the settings. */
export function parseSettings(content: unknown, describe?: Describe): Settings {
  return checkSettings(content, describe).settings;
}

/** One entry of a list by itself, as a form has it. Problems have paths that start inside the entry. */
export function parseEntry(list: 'sources', item: unknown): SourceSettings;
export function parseEntry(list: 'destinations', item: unknown): DestinationSettings;
export function parseEntry(list: 'rules', item: unknown): Rule;
export function parseEntry(list: 'sources' | 'destinations' | 'rules', item: unknown): unknown {
  const problems: Problem[] = [];
  const report: Report = (path, message) => problems.push({ path: pathText(path), message });
  const findings = { report, tolerate: null, otherKeys: [], called: pathText, isTranslated: false };
  const entry =
    list === 'rules'
      ? parseItem(item, [], ruleSchema, findings)
      : parseKind(item, [], list === 'sources' ? sourceSchemas : destinationSchemas, findings);
  const problem = list === 'rules' ? expressionProblem(item) : undefined;
  if (problem !== undefined) report(['expression'], problem);
  if (problems.length > 0) throw invalidSettings(problems);
  return entry;
}

/** A downtime by itself. Throws `invalid_settings`; problems have paths that start inside it. */
export function parseDowntime(item: unknown, ruleIds: readonly string[]): Downtime {
  const problems: Problem[] = [];
  const findings: Findings = {
    report: (path, message) => problems.push({ path: pathText(path), message }),
    tolerate: null,
    otherKeys: [],
    called: pathText,
    isTranslated: false,
  };
  const downtime = parseItem(item, [], downtimeSchema, findings);
  if (downtime !== undefined) checkDowntime(downtime, [], ruleIds, findings);
  if (downtime === undefined || problems.length > 0) throw invalidSettings(problems);
  return downtime;
}

/** What a downtime says of time and of rules must be there. */
function checkDowntime(
  downtime: Downtime,
  path: readonly PropertyKey[],
  ruleIds: readonly string[],
  { report }: Findings,
): void {
  try {
    scheduleOf(downtime);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    for (const problem of thrown.problems) report([...path, problem.path], problem.message);
  }
  downtime.rules?.forEach((id, index) => {
    if (!ruleIds.includes(id)) report([...path, 'rules', index], noRule(id, ruleIds));
  });
}

function noRule(id: string, ruleIds: readonly string[]): string {
  return `there is no rule with the id ${JSON.stringify(id)}.${didYouMean(id, ruleIds)}`;
}

/**
 * Checks a document of another kind than settings by its schema, and says what is wrong with it as it is said of settings.
 * Throws `invalid_settings` with every problem.
 */
export function parseDocument<T>(content: unknown, schema: z.ZodType<T>, describe: Describe): T {
  const problems: Problem[] = [];
  const report: Report = (path, message) =>
    problems.push({ path: pathText(path), message, ...describe(path) });
  const findings = { report, tolerate: null, otherKeys: [], called: pathText, isTranslated: false };
  const document = parseItem(content, [], schema, findings);
  if (document === undefined) throw invalidSettings(problems);
  return document;
}

function isNewer(content: unknown): boolean {
  const written = valueAt(content, ['version']);
  return isReadable(written) && typeof written === 'number' && written > version;
}

/** The entries of a list as they were written. Of more than are allowed none: their number is the problem. */
function entriesOf(content: unknown, list: keyof typeof limits): unknown[] {
  const entries = valueAt(content, [list]);
  return Array.isArray(entries) && entries.length <= limits[list] ? entries : [];
}

type Report = (path: readonly PropertyKey[], message: string, clashesWith?: readonly PropertyKey[]) => void;

interface Findings {
  report: Report;
  /** Takes a key that is not known; null where unknown keys are problems. */
  tolerate: Report | null;
  otherKeys: readonly string[];
  /** How the document calls an entry. */
  called(path: readonly PropertyKey[]): string;
  /** The document was written in a predecessor's words, and so is what is said of it. */
  isTranslated: boolean;
}

function parseKind(
  item: unknown,
  path: PropertyKey[],
  schemas: ReadonlyMap<string, z.ZodObject>,
  findings: Findings,
): unknown {
  const { report } = findings;
  const kind = typeof item === 'object' && item !== null && 'kind' in item ? item.kind : undefined;
  const schema = typeof kind === 'string' ? schemas.get(kind) : undefined;
  if (schema !== undefined) return parseItem(item, path, schema, findings);
  const known = [...schemas.keys()];
  if (findings.isTranslated && typeof kind !== 'string') {
    const isEntry = typeof item === 'object' && item !== null && !Array.isArray(item);
    if (!isEntry) report(path, `must be an entry with keys, not ${describedAt(path, item)}`);
    else
      report(
        [...path, 'kind'],
        kind === undefined ? 'is missing' : `must be text, not ${describedAt(path, kind)}`,
      );
  } else if (typeof item !== 'object' || item === null)
    report(path, 'must be an entry with a name and a kind');
  else if (typeof kind !== 'string') report(path, `a kind is missing; known kinds are ${known.join(', ')}`);
  else
    report(
      [...path, 'kind'],
      `there is no kind ${JSON.stringify(kind)}.${didYouMean(kind, known)} Known kinds are ${known.join(', ')}`,
    );
  return undefined;
}

function parseItem<T>(
  item: unknown,
  path: PropertyKey[],
  schema: z.ZodType<T>,
  findings: Findings,
): T | undefined {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  const { tolerate, report } = findings;
  const unknownKeys: z.core.$ZodIssueUnrecognizedKeys[] = [];
  for (const issue of result.error.issues) {
    const at = [...path, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      unknownKeys.push(issue);
      const ours = knownKeys(schemaAt(schema, issue.path));
      const known = at.length === 0 ? [...ours, ...findings.otherKeys] : ours;
      for (const key of issue.keys)
        (tolerate ?? report)([...at, key], `unknown key ${key}.${didYouMean(key, known)}`.trimEnd());
    } else {
      report(at, explain(issue, valueAt(item, issue.path), at));
    }
  }
  if (tolerate === null || unknownKeys.length < result.error.issues.length) return undefined;
  return schema.safeParse(withoutKeys(item, unknownKeys)).data;
}

/** A copy without the keys that a schema did not know. */
function withoutKeys(item: unknown, issues: readonly z.core.$ZodIssueUnrecognizedKeys[]): unknown {
  const copy = structuredClone(item);
  for (const { path, keys } of issues) {
    const holder = valueAt(copy, path);
    if (typeof holder === 'object' && holder !== null)
      for (const key of keys) Reflect.deleteProperty(holder, key);
  }
  return copy;
}

/** The schema of what stands at a path inside what another one describes. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let inner: z.core.$ZodType | undefined = schema;
  for (const key of path) {
    inner = inner && plainSchema(inner);
    if (inner instanceof z.ZodObject) inner = (inner.shape as Record<PropertyKey, z.core.$ZodType>)[key];
    else inner = inner instanceof z.ZodArray ? inner.element : undefined;
  }
  return inner && plainSchema(inner);
}

/** Without what only says that it may be missing. */
function plainSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? plainSchema(schema.unwrap()) : schema;
}

function knownKeys(schema: z.core.$ZodType | undefined): string[] {
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

/** What can only be seen by looking at several entries at once, whatever else is wrong with them. */
function checkTogether(entries: Record<keyof typeof limits, unknown[]>, findings: Findings): void {
  const { report } = findings;
  const { sources, rules, destinations, downtimes } = entries;
  const names = sources.map((source) => textAt(source, 'name'));
  distinct(names, ['sources', 'name'], findings);
  distinct(
    rules.map((rule) => textAt(rule, 'id')),
    ['rules', 'id'],
    findings,
  );
  distinct(
    rules.map((rule) => textAt(rule, 'name')),
    ['rules', 'name'],
    findings,
  );
  distinct(
    downtimes.map((downtime) => textAt(downtime, 'id')),
    ['downtimes', 'id'],
    findings,
  );
  distinct(
    destinations.map((destination) => textAt(destination, 'name')),
    ['destinations', 'name'],
    findings,
  );
  checkParents(rules, findings);
  checkHandedRules(rules, findings);
  checkTakers(destinations, findings);
  names.forEach((name, index) => {
    if (name === ownSource)
      report(['sources', index, 'name'], `the name ${ownSource} is kept for Plimsoll's own samples`);
  });
  const metrics = new Map<string, string[] | undefined>([[ownSource, Object.keys(ownMetrics)]]);
  sources.forEach((source, index) => {
    const kind = sourceKind(textAt(source, 'kind') ?? '');
    const name = names[index];
    if (name !== undefined)
      metrics.set(
        name,
        kind === undefined || kind.anyMetric === true ? undefined : Object.keys(kind.metrics),
      );
  });
  let suggestions = 0;
  const suggestion = (written: string, candidates: readonly string[]) =>
    suggestions++ < suggestionsAtMost ? didYouMean(written, candidates) : '';
  const checkReference = (
    path: readonly PropertyKey[],
    { source, metric }: { source: string | undefined; metric: string | undefined },
    isOfOthers: boolean,
    keys = { source: ['source'], metric: ['metric'] },
  ) => {
    if (source === undefined) return;
    const known = metrics.get(source);
    if (!metrics.has(source) && isOfOthers) return;
    if (!metrics.has(source)) {
      const hint = suggestion(source, [...metrics.keys()]);
      report([...path, ...keys.source], `there is no source ${JSON.stringify(source)}.${hint}`);
    } else if (known !== undefined && metric !== undefined && !known.includes(metric)) {
      const hint = suggestion(metric, known) || ` It has ${known.join(', ')}.`;
      report([...path, ...keys.metric], `${source} has no metric ${JSON.stringify(metric)}.${hint}`);
    }
  };
  rules.forEach((rule, index) => {
    const source = textAt(rule, 'source');
    // Who names hosts, or their tags, may mean sources that only other machines have.
    const isOfOthers = [...textsAt(rule, 'hosts'), ...textsAt(rule, 'hostTags')].length > 0;
    checkReference(['rules', index], { source, metric: textAt(rule, 'metric') }, isOfOthers);
    const problem = expressionProblem(rule);
    if (problem !== undefined) report(['rules', index, 'expression'], problem);
    for (const { path, ...reference } of referencesOfRule(rule)) {
      const isWritten = reference.source !== undefined;
      // Where the rule's own source is not there, that is said once. An expression is one text, wherever it is wrong.
      if (!isWritten && (source === undefined || !metrics.has(source))) continue;
      const keys = path[0] === 'expression' ? { source: [], metric: [] } : undefined;
      checkReference(
        ['rules', index, ...path],
        { ...reference, source: reference.source ?? source },
        isOfOthers,
        keys,
      );
    }
  });
}

/** What goes to agents is bounded, and so are they: no agent takes more. */
function checkHandedRules(rules: readonly unknown[], { report }: Findings): void {
  let [count, bytes] = [0, 0];
  rules.forEach((rule, index) => {
    if (textAt(rule, 'judgedBy') !== 'agent') return;
    const path = ['rules', index, 'judgedBy'];
    if (textAt(rule, 'source') === ownSource && textAt(rule, 'metric') === hostUpMetric)
      report(path, 'a machine that is away can not say so: leave it out, so that the hub judges it');
    const wasWithin = count <= handedRulesAtMost && bytes <= handedBytesAtMost;
    count++;
    bytes += Buffer.byteLength(JSON.stringify(rule)) + 1;
    if (wasWithin && count > handedRulesAtMost)
      report(path, `agents take ${handedRulesAtMost} rules at most: have the hub judge this one`);
    else if (wasWithin && bytes > handedBytesAtMost)
      report(
        path,
        `agents take rules of ${handedBytesAtMost / 1024} KiB together at most: have the hub judge this one`,
      );
  });
}

/** Rules of two hubs would clash. */
function checkTakers(destinations: readonly unknown[], { report, called }: Findings): void {
  const takers = destinations.flatMap((destination, index) =>
    valueAt(destination, ['takeRules']) === true && valueAt(destination, ['enabled']) !== false
      ? [index]
      : [],
  );
  const [first, second] = takers;
  if (first !== undefined && second !== undefined)
    report(
      ['destinations', second, 'takeRules'],
      `rules can be taken from one hub only, and ${called(['destinations', first])} takes them`,
    );
}

/** A parent must be there, and be no consequence of its own consequence. Circles are told once, at the first rule in them. */
function checkParents(rules: readonly unknown[], { report }: Findings): void {
  const parents = new Map(rules.map((rule) => [textAt(rule, 'id'), textsAt(rule, 'parents')]));
  const told = new Set<string>();
  rules.forEach((rule, index) => {
    const id = textAt(rule, 'id');
    textsAt(rule, 'parents').forEach((parent, place) => {
      const path = ['rules', index, 'parents', place];
      if (!parents.has(parent)) report(path, `there is no rule with the id ${JSON.stringify(parent)}`);
      if (id === undefined || told.has(id)) return;
      const circle = wayTo(id, parent, parents);
      if (circle === null) return;
      for (const member of circle) told.add(member);
      report(
        path,
        `a rule can not be a consequence of itself (${[id, ...circle].join(' → ')}); leave one of these out`,
      );
    });
  });
}

/** The ids from a rule up to one of its ancestors, both included; null where that is none. */
function wayTo(
  ancestor: string,
  from: string,
  parents: ReadonlyMap<string | undefined, readonly string[]>,
): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const id of cameFrom.keys()) {
    if (id === ancestor) {
      const way: string[] = [];
      for (let step: string | null = id; step !== null; step = cameFrom.get(step) ?? null) way.unshift(step);
      return way;
    }
    for (const next of parents.get(id) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, id);
  }
  return null;
}

/** The texts in a list of an entry, as they were written. */
function textsAt(entry: unknown, key: string): string[] {
  const value = valueAt(entry, [key]);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Rules that look back further than samples are kept know less than they say, or nothing for ever. */
function checkPast(
  rules: readonly (Rule | undefined)[],
  { rawRetentionHours }: Monitoring,
  { report }: Findings,
): void {
  rules.forEach((rule, index) => {
    if (rule?.enabled !== true) return;
    const { baseline, forecast } = rule;
    const needs = (key: string, hours: number, length: string) => {
      if (hours <= rawRetentionHours) return;
      report(
        ['rules', index, key],
        `needs samples of ${length}, and monitoring.rawRetentionHours keeps ${rawRetentionHours} hours: write ${hours} there`,
      );
    };
    if (baseline !== undefined) needs('baseline', baseline.weeks * 7 * 24, `${baseline.weeks} weeks`);
    if (forecast !== undefined)
      needs('forecast', Math.ceil(forecast.overDays * 24), `${forecast.overDays} days`);
  });
}

/** A text of an entry as it was written; undefined where there is none. */
function textAt(entry: unknown, key: string): string | undefined {
  const value = valueAt(entry, [key]);
  return typeof value === 'string' ? value : undefined;
}

function distinct(
  names: (string | undefined)[],
  [list, key]: readonly [list: string, key: string],
  { report, called }: Findings,
): void {
  const first = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === undefined) return;
    const folded = foldedName(name);
    const other = first.get(folded);
    if (other === undefined) {
      first.set(folded, index);
    } else {
      const message = `${JSON.stringify(name)} is already the ${key} of ${called([list, other])}`;
      report([list, index, key], message, [list, other, key]);
    }
  });
}

/** Settings that do not hold, with the first problem as the message. */
export function invalidSettings(problems: readonly Problem[]): PlimsollError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new PlimsollError(
    'invalid_settings',
    `${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'invalid'}${more}`,
    { problems },
  );
}
