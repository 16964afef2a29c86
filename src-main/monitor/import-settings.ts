import { isDeepStrictEqual } from 'node:util';
import { sourceKind } from '../collectors/source-kinds.ts';
import type { Difference, ImportView, Note } from '../contract/import.ts';
import type { Rule } from '../contract/rule.ts';
import type { DestinationSettings, Settings, SourceSettings } from '../contract/settings.ts';
import { readYamlDocument } from '../documents/yaml-document.ts';
import { readSettings } from './read-settings.ts';
import type { Environment } from './read-settings.ts';

/** What a file would make of the settings, and the secrets that it holds in clear. */
export interface Plan {
  view: ImportView;
  settings: Settings;
  secrets: ReadonlyMap<string, string>;
  /** Keys of a newer Plimsoll, which are left behind. */
  warnings: Note[];
}

/**
 * What the text of a file would change: entries of the same name (rules: of the same id) are replaced, others are
 * added, nothing is removed. What could act (destinations, and sources that ask other machines) arrives disabled unless
 * the same entry was enabled already. Throws `invalid_settings` with every problem and its place in the text.
 */
export function planImport(text: string, current: Settings, environment: Environment): Plan {
  const { content, describe } = readYamlDocument(Buffer.from(text));
  const { settings, translation, secrets, warnings, written } = readSettings(content, environment, describe);
  const given = <T>(list: 'sources' | 'rules' | 'destinations', entries: T[]): T[] =>
    written.has(list) ? entries : [];
  const sources = merge<SourceSettings>('sources', current.sources, given('sources', settings.sources), {
    identity: ({ name }) => name,
    acts: ({ kind }) => sourceKind(kind)?.local !== true,
  });
  const rules = merge<Rule>('rules', current.rules, given('rules', settings.rules), {
    identity: ({ id }) => id,
    acts: () => false,
  });
  const destinations = merge<DestinationSettings>(
    'destinations',
    current.destinations,
    given('destinations', settings.destinations),
    { identity: ({ name }) => name, acts: () => true },
  );
  const next: Settings = {
    ...current,
    sources: sources.entries,
    rules: rules.entries,
    destinations: destinations.entries,
    ...(written.has('monitoring') ? { monitoring: settings.monitoring } : {}),
    ...(written.has('listen') ? { listen: settings.listen } : {}),
  };
  const differences = [
    ...sources.differences,
    ...rules.differences,
    ...destinations.differences,
    ...(written.has('monitoring')
      ? [difference('monitoring', 'monitoring', current.monitoring, next.monitoring)]
      : []),
    ...(written.has('listen')
      ? [difference('listen', 'listen', { addresses: current.listen }, { addresses: next.listen })]
      : []),
  ];
  return { view: { translation, differences, applied: false }, settings: next, secrets, warnings };
}

type ListName = 'sources' | 'rules' | 'destinations';

/** Puts the entries of a file among those that are there, each in the place of the one that it replaces. */
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
