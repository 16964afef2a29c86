import { Ledger } from './ledger.ts';
import { monitoringServer } from './monitoring-server.ts';
import type { Environment, Predecessor } from './predecessor.ts';
import { Entry, isRecord, Section } from './reader.ts';
import { resourceMonitoring } from './resource-monitoring.ts';
import { thresholdMonitor } from './threshold-monitor.ts';
import type { Path, Translation } from './translation.ts';

/** In the order in which they are asked: what every server has, such as a database, is asked for last. */
const predecessors: readonly Predecessor[] = [thresholdMonitor, resourceMonitoring, monitoringServer];

/** Keys by which a file is recognised, for who meant one of them. */
export const predecessorsKeys: readonly string[] = predecessors.flatMap(({ keys }) => keys);

/** Whose file this is, by the keys at its top. Undefined for every other file, our own among them. */
export function predecessorOf(content: unknown): Predecessor | undefined {
  if (!isRecord(content) || isOurs(content)) return undefined;
  return predecessors.find(({ recognises }) => recognises(content));
}

/**
 * Says a predecessor's file in our words; null for every other file. `environment` is asked which variables are there,
 * and for those that say where mail goes. Never throws.
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
  // What was read of an entry before it turned out to be one that can not be taken over is in force nowhere.
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

/** A file that says `version: 1` wants to be read as ours, and so does one with our lists. */
function isOurs(content: Readonly<Record<string, unknown>>): boolean {
  return (
    content['version'] === 1 ||
    ['sources', 'rules', 'destinations'].some((key) => Object.hasOwn(content, key))
  );
}
