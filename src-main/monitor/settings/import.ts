import { isDeepStrictEqual } from 'node:util';
import { sourceKind } from '../../collectors/source-kinds.ts';
import type { Downtime } from '../../contract/downtime.ts';
import type { Difference, ImportView, Note } from '../../contract/import.ts';
import type { Rule } from '../../contract/rule.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { DestinationSettings, Settings, SourceSettings } from '../../contract/settings.ts';
import { readYamlDocument } from '../../documents/yaml-document.ts';
import { readSettings } from './read.ts';
import type { Environment, ReadSettings } from './read.ts';

/** What a file would change in the settings, and its secrets in clear. */
export interface Plan {
  view: ImportView;
  settings: Settings;
  secrets: ReadonlyMap<string, string>;
}

/**
 * What the text of a file would change: entries with the same name (rules: with the same id) are replaced, others are
 * added, nothing is removed; sections that are never imported become warnings. Entries with effects (destinations, and
 * sources that query other machines) are imported disabled unless the same entry was already enabled. A secret in clear
 * that is already stored for the same place, according to `resolve`, stays a reference. Throws `invalid_settings` with
 * every problem and its place in the text.
 */
export async function planImport(
  text: string,
  current: Settings,
  environment: Environment,
  resolve: ResolveSecret,
): Promise<Plan> {
  const { content, describe } = readYamlDocument(Buffer.from(text));
  const read = readSettings(content, environment, describe);
  const { settings, translation, secrets, written } = read;
  const given = async <Entry>(
    list: 'sources' | 'rules' | 'destinations',
    there: readonly Entry[],
    imported: readonly Entry[],
    identity: (entry: Entry) => string,
  ): Promise<Entry[]> => {
    const byIdentity = new Map(there.map((entry) => [identity(entry), entry]));
    const same = (entry: Entry) => withKnownSecrets(entry, byIdentity.get(identity(entry)), secrets, resolve);
    return written.has(list) ? Promise.all(imported.map(same)) : [];
  };
  const nameOf = ({ name }: { name: string }): string => name;
  const idOf = ({ id }: Pick<Rule, 'id'>): string => id;
  const sources = merge<SourceSettings>(
    'sources',
    current.sources,
    await given('sources', current.sources, settings.sources, nameOf),
    { identity: nameOf, acts: ({ kind }) => sourceKind(kind)?.local !== true },
  );
  const rules = merge<Rule>(
    'rules',
    current.rules,
    await given('rules', current.rules, settings.rules, idOf),
    {
      identity: idOf,
      acts: () => false,
    },
  );
  const destinations = merge<DestinationSettings>(
    'destinations',
    current.destinations,
    await given('destinations', current.destinations, settings.destinations, nameOf),
    { identity: nameOf, acts: () => true },
  );
  const downtimes = merge<Downtime>(
    'downtimes',
    current.downtimes ?? [],
    written.has('downtimes') ? (settings.downtimes ?? []) : [],
    { identity: idOf, acts: () => false },
  );
  const next: Settings = {
    ...current,
    sources: sources.entries,
    rules: rules.entries,
    destinations: destinations.entries,
    ...(written.has('monitoring') ? { monitoring: settings.monitoring } : {}),
    ...(written.has('downtimes') ? { downtimes: downtimes.entries } : {}),
    ...(written.has('listen') ? { listen: settings.listen } : {}),
    ...(written.has('reports') ? { reports: settings.reports } : {}),
  };
  const differences = [
    ...sources.differences,
    ...rules.differences,
    ...destinations.differences,
    ...downtimes.differences,
    ...(written.has('monitoring')
      ? [difference('monitoring', 'monitoring', current.monitoring, next.monitoring)]
      : []),
    ...(written.has('reports')
      ? [difference('reports', 'reports', { ...current.reports }, { ...next.reports })]
      : []),
    ...(written.has('listen')
      ? [difference('listen', 'listen', { addresses: current.listen }, { addresses: next.listen })]
      : []),
  ];
  const warnings = [...read.warnings, ...leftOut(read, current)];
  return { view: { translation, differences, warnings, applied: false }, settings: next, secrets };
}

/** Sections that an import does not change, and why. */
const notImported = {
  hub: 'decides who may send to this Plimsoll: set it under Receive from other machines, or in the settings file',
  database: 'decides where history is kept: write it into the settings file, and start Plimsoll again',
} as const;

function leftOut({ settings, written, placeOf }: ReadSettings, current: Settings): Note[] {
  return (['hub', 'database'] as const)
    .filter((key) => written.has(key) && !isDeepStrictEqual(settings[key], current[key]))
    .map((key) => ({
      path: key,
      message: `is not imported, because it ${notImported[key]}`,
      ...placeOf([key]),
    }));
}

/** The value with the references that `before` has in the same places, if they resolve to the file's secrets. */
async function withKnownSecrets<T>(
  value: T,
  before: unknown,
  secrets: ReadonlyMap<string, string>,
  resolve: ResolveSecret,
): Promise<T> {
  const walk = async (after: unknown, there: unknown): Promise<unknown> => {
    if (!isObject(after) || !isObject(there)) return after;
    const inClear =
      'secret' in after && typeof after.secret === 'string' ? secrets.get(after.secret) : undefined;
    if (inClear !== undefined) {
      const reference = secretReferenceSchema.safeParse(there);
      if (!reference.success) return after;
      const found = await resolve(reference.data).catch(() => undefined);
      return found === inClear ? there : after;
    }
    if (Array.isArray(after))
      return Promise.all(after.map((item, index) => walk(item, Reflect.get(there, index))));
    const entries = Object.entries(after).map(async ([key, inner]) => [
      key,
      await walk(inner, Object.hasOwn(there, key) ? Reflect.get(there, key) : undefined),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as unknown;
  };
  return secrets.size === 0 ? value : ((await walk(value, before)) as T);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

type ListName = 'sources' | 'rules' | 'destinations' | 'downtimes';

/** Merges the entries of a file into the existing ones, each in the place of the one that it replaces. */
function merge<Entry extends { name: string; enabled: boolean }>(
  list: ListName,
  current: readonly Entry[],
  imported: readonly Entry[],
  { identity, acts }: { identity(entry: Entry): string; acts(entry: Entry): boolean },
): { entries: Entry[]; differences: Difference[] } {
  const entries = [...current];
  const differences = imported.map((entry) => {
    const at = current.findIndex((other) => identity(other) === identity(entry));
    const before = current[at];
    const isOn = before?.enabled === true && isDeepStrictEqual({ ...before, enabled: entry.enabled }, entry);
    const arrivesDisabled = acts(entry) && entry.enabled && !isOn;
    const after: Entry = arrivesDisabled ? { ...entry, enabled: false } : entry;
    if (at >= 0) entries[at] = after;
    else entries.push(after);
    return { ...difference(list, after.name, before, after), arrivesDisabled };
  });
  return { entries, differences };
}

function difference(
  list: Difference['list'],
  name: string,
  before: object | undefined,
  after: object,
): Difference {
  const old: Record<string, unknown> = { ...before };
  const fresh: Record<string, unknown> = { ...after };
  const keys = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .filter((key) => !isDeepStrictEqual(old[key], fresh[key]))
    .map((key) => ({ key, before: old[key], after: fresh[key] }));
  const change = before === undefined ? 'added' : keys.length === 0 ? 'same' : 'changed';
  return { list, name, change, arrivesDisabled: false, keys };
}
