import { z } from 'zod';
import { databaseSchema } from '../../contract/database.ts';
import { downtimeSchema } from '../../contract/downtime.ts';
import type { Downtime } from '../../contract/downtime.ts';
import type { Problem } from '../../contract/error.ts';
import type { Note } from '../../contract/import.ts';
import { reportSettingsSchema } from '../../contract/report.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import { hubSchema, listenSchema, monitoringSchema } from '../../contract/settings.ts';
import type { DestinationSettings, Settings, SourceSettings } from '../../contract/settings.ts';
import { plimsollUrlSchema } from '../../deliveries/brief.ts';
import { destinationSchemas, sourceSchemas } from '../kinds.ts';
import { checkDowntime, checkPast, checkReports, checkTogether, noRule } from './check-together.ts';
import { findingsOf, invalidSettings, parseItem, parseKind, textAt, textsAt, valueAt } from './parse-item.ts';
import type { Describe, Findings } from './parse-item.ts';
import { expressionProblem } from './rule-references.ts';
import { pathText } from './words.ts';

const limits = { sources: 1000, rules: 10_000, destinations: 200, downtimes: 200 } as const;

/** The version of settings that this Plimsoll writes. Newer ones that only add keys are 1.1, 1.2, … up to 1.9. */
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

/** Valid settings, and warnings. */
export interface CheckedSettings {
  settings: Settings;
  /** Unknown keys in a document of a newer version. They stay in the document. */
  warnings: Note[];
}

/**
 * Validates a whole document and returns the settings with defaults filled in. Throws `invalid_settings` with every
 * problem at once; each has its key path, and line and column if `describe` knows them. `otherKeys` are suggestions for
 * an unknown key at the top level.
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

/** The address of links in messages of any destination. */
function checkAddress(plimsollUrl: string | undefined, { report }: Findings): void {
  const { error } = plimsollUrlSchema.safeParse(plimsollUrl);
  for (const { message } of error?.issues ?? []) report(['monitoring', 'plimsollUrl'], message);
}

/** One value of a predecessor's file may become a key of many entries, but its problem is reported once. */
function withoutRepetition(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, line, column, message }) => {
    const { size } = seen;
    return seen.add(JSON.stringify([path, line, column, message])).size > size;
  });
}

/** `checkSettings` for callers that need only the settings. */
export function parseSettings(content: unknown, describe?: Describe): Settings {
  return checkSettings(content, describe).settings;
}

/** One entry of a list by itself, as in a form. Paths of problems start inside the entry. */
export function parseEntry(list: 'sources', item: unknown): SourceSettings;
export function parseEntry(list: 'destinations', item: unknown): DestinationSettings;
export function parseEntry(list: 'rules', item: unknown): Rule;
export function parseEntry(list: 'sources' | 'destinations' | 'rules', item: unknown): unknown {
  const { findings, problems } = findingsOf();
  const entry =
    list === 'rules'
      ? parseItem(item, [], ruleSchema, findings)
      : parseKind(item, [], list === 'sources' ? sourceSchemas : destinationSchemas, findings);
  const problem = list === 'rules' ? expressionProblem(item) : undefined;
  if (problem !== undefined) findings.report(['expression'], problem);
  if (problems.length > 0) throw invalidSettings(problems);
  return entry;
}

/** One downtime by itself. Throws `invalid_settings`; paths of problems start inside it. */
export function parseDowntime(item: unknown, ruleIds: readonly string[]): Downtime {
  const { findings, problems } = findingsOf();
  const downtime = parseItem(item, [], downtimeSchema, findings);
  if (downtime !== undefined) checkDowntime(downtime, [], ruleIds, findings);
  if (downtime === undefined || problems.length > 0) throw invalidSettings(problems);
  return downtime;
}

/**
 * Validates a document other than settings by its schema, with the same error messages as for settings. Throws
 * `invalid_settings` with every problem.
 */
export function parseDocument<T>(content: unknown, schema: z.ZodType<T>, describe: Describe): T {
  const { findings, problems } = findingsOf(describe);
  const document = parseItem(content, [], schema, findings);
  if (document === undefined) throw invalidSettings(problems);
  return document;
}

function isNewer(content: unknown): boolean {
  const written = valueAt(content, ['version']);
  return isReadable(written) && typeof written === 'number' && written > version;
}

/** The entries of a list as written. None if there are more than allowed: then their number is the problem. */
function entriesOf(content: unknown, list: keyof typeof limits): unknown[] {
  const entries = valueAt(content, [list]);
  return Array.isArray(entries) && entries.length <= limits[list] ? entries : [];
}
