import { PlimsollError } from '../../contract/error.ts';
import type { Problem } from '../../contract/error.ts';
import type { Place, Translation } from '../../predecessors/translation.ts';
import { separateSecrets } from './plain-secrets.ts';
import { checkSettings } from './schema.ts';

const lists = ['sources', 'rules', 'destinations'] as const;
type List = (typeof lists)[number];

/** Entries of a list that stay, by their original index. */
type Kept = Readonly<Record<List, number[]>>;

/**
 * A translation without invalid entries that are switched off: unfilled examples must not prevent a start. Each of
 * them, and each rule on a removed source, is listed as not supported with the reason. All other invalid entries stay.
 */
export function withoutUnfilled(translation: Translation): Translation {
  const reasons = reasonsToLeaveOut(translation);
  if (reasons.size === 0) return translation;
  addRules(translation, reasons);
  const keptOf = (list: List) => [
    ...entriesOf(translation, list)
      .keys()
      .filter((index) => !reasons.has(keyOf(list, index))),
  ];
  const kept: Kept = {
    sources: keptOf('sources'),
    rules: keptOf('rules'),
    destinations: keptOf('destinations'),
  };
  const content = { ...translation.content };
  for (const list of lists)
    if (Array.isArray(content[list]))
      content[list] = kept[list].map((index) => entriesOf(translation, list)[index]);
  const leftOut = [...reasons.values()].map(({ list, index, message }): Place => {
    return { path: translation.origin([list, index]), message };
  });
  return {
    ...translation,
    content,
    mapped: translation.mapped.filter(({ path }) => !leftOut.some((place) => isInside(path, place.path))),
    notSupported: [...translation.notSupported, ...leftOut],
    warnings: translation.warnings.filter(({ path }) => !leftOut.some((place) => isInside(path, place.path))),
    origin: (path) => translation.origin(asItStood(path, kept)),
    called: (path) => translation.called(asItStood(path, kept)),
  };
}

interface Reason {
  list: List;
  index: number;
  message: string;
}

function reasonsToLeaveOut(translation: Translation): Map<string, Reason> {
  const reasons = new Map<string, Reason>();
  for (const { path, message } of problemsOf(translation)) {
    const [, list, number, key = ''] = /^(sources|rules|destinations)\[(\d+)\]\.?(.*)$/s.exec(path) ?? [];
    if (!isList(list)) continue;
    const index = Number(number);
    const entry = entriesOf(translation, list)[index];
    if (!isRecord(entry) || entry['enabled'] !== false || reasons.has(keyOf(list, index))) continue;
    const word = key === '' ? '' : `${lastKey(translation, [list, index, key]) ?? key} `;
    reasons.set(keyOf(list, index), {
      list,
      index,
      message: `is switched off and left out, as it cannot be switched on: ${word}${message}`,
    });
  }
  return reasons;
}

/** The problems, with paths of our document. */
function problemsOf({ content, starter }: Translation): readonly Problem[] {
  // The starter settings are valid, and the file does not contain them.
  if (starter) return [];
  try {
    checkSettings(separateSecrets(content, () => '').content);
    return [];
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'invalid_settings') return thrown.problems;
    throw thrown;
  }
}

function addRules(translation: Translation, reasons: Map<string, Reason>): void {
  const names = (isKept: boolean) =>
    new Set(
      entriesOf(translation, 'sources').flatMap((source, index) =>
        isRecord(source) &&
        typeof source['name'] === 'string' &&
        reasons.has(keyOf('sources', index)) !== isKept
          ? [source['name']]
          : [],
      ),
    );
  const gone = names(false).difference(names(true));
  for (const [index, rule] of entriesOf(translation, 'rules').entries()) {
    const source = isRecord(rule) ? rule['source'] : undefined;
    if (typeof source !== 'string' || !gone.has(source)) continue;
    const message = `its source ${JSON.stringify(source)} is not taken over`;
    reasons.set(keyOf('rules', index), { list: 'rules', index, message });
  }
}

/** The file's name of the key at a path of ours; undefined if it has none. */
function lastKey(translation: Translation, [list, index, key]: [List, number, string]): string | undefined {
  const [first = ''] = key.split(/[.[]/);
  const entry = translation.origin([list, index]);
  const called = translation.called([list, index, first]);
  const last = called.at(-1);
  return called.length > entry.length && typeof last === 'string' ? last : undefined;
}

function asItStood(path: readonly PropertyKey[], kept: Kept): readonly PropertyKey[] {
  const [list, index, ...rest] = path;
  if (!isList(list) || typeof index !== 'number') return path;
  return [list, kept[list][index] ?? index, ...rest];
}

function isInside(path: readonly PropertyKey[], outer: readonly PropertyKey[]): boolean {
  return outer.length > 0 && outer.length < path.length && outer.every((key, at) => key === path[at]);
}

function entriesOf({ content }: Translation, list: List): unknown[] {
  const entries = content[list];
  return Array.isArray(entries) ? entries : [];
}

function keyOf(list: List, index: number): string {
  return `${list} ${index}`;
}

function isList(value: unknown): value is List {
  return lists.some((list) => list === value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
