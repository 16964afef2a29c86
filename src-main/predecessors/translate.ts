import { Ledger } from './ledger.ts';
import { monitoringServer } from './monitoring-server.ts';
import type { Environment, Predecessor } from './predecessor.ts';
import { Entry, isRecord, Section } from './reader.ts';
import { resourceMonitoring } from './resource-monitoring.ts';
import { thresholdMonitor } from './threshold-monitor.ts';
import type { Path, Translation } from './translation.ts';

/** In order of checking. The last one is recognised by keys that many servers have, such as a database. */
const predecessors: readonly Predecessor[] = [thresholdMonitor, resourceMonitoring, monitoringServer];

/** Keys by which files are recognised, to suggest them after typing errors. */
export const predecessorsKeys: readonly string[] = predecessors.flatMap(({ keys }) => keys);

/** The program that a file belongs to, by its top-level keys. Undefined for all other files, including our own. */
export function predecessorOf(content: unknown): Predecessor | undefined {
  if (!isRecord(content) || isOurs(content)) return undefined;
  return predecessors.find(({ recognises }) => recognises(content));
}

/**
 * Translates a predecessor's file to our settings; null for every other file. `environment` is used to find which
 * variables are set, and to read those about the mail server. Never throws.
 */
export function translate(content: unknown, environment: Environment): Translation | null {
  const predecessor = predecessorOf(content);
  if (!isRecord(content) || predecessor === undefined) return null;
  const ledger = new Ledger(content);
  const file = new Section(ledger, content, []);
  const document = new Entry(ledger, [], [], 'the settings');
  document.set('version', 1);
  predecessor.translate(file, document, environment);
  file.finish();
  const { notSupported, warnings, origin, called } = ledger;
  // If an entry cannot be taken over, the keys already read from it are not in force and so not listed.
  const mapped = ledger.mapped.filter(
    ({ path }) => !notSupported.some((place) => isInside(path, place.path)),
  );
  const { title, starter } = predecessor;
  const { content: translated } = document;
  return { title, starter, content: translated, mapped, notSupported, warnings, origin, called };
}

function isInside(path: Path, outer: Path): boolean {
  return outer.length > 0 && outer.length < path.length && outer.every((key, index) => key === path[index]);
}

/** A file with `version: 1` or with one of our lists is our own. */
function isOurs(content: Readonly<Record<string, unknown>>): boolean {
  return (
    content['version'] === 1 ||
    ['sources', 'rules', 'destinations'].some((key) => Object.hasOwn(content, key))
  );
}
