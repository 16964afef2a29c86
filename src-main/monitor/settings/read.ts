import { sourceKinds } from '../../collectors/source-kinds.ts';
import type { Problem } from '../../contract/error.ts';
import type { Note, Override, TranslationView } from '../../contract/import.ts';
import type { Settings } from '../../contract/settings.ts';
import { overridesFrom } from '../../predecessors/environment.ts';
import { predecessorOf, predecessorsKeys, translate } from '../../predecessors/translate.ts';
import type { Place, Translation } from '../../predecessors/translation.ts';
import { separateSecrets } from './plain-secrets.ts';
import type { Describe } from './parse-item.ts';
import { checkSettings } from './schema.ts';
import { pathText } from './words.ts';
import { starterSettings } from './starter.ts';
import { withoutUnfilled } from './unfilled.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Valid settings from a document, ours or a predecessor's. */
export interface ReadSettings {
  settings: Settings;
  /** Null for a document of our own. */
  translation: TranslationView | null;
  warnings: Note[];
  /** The document's secrets in clear, by the name under which the settings refer to them. Never written by us. */
  secrets: ReadonlyMap<string, string>;
  /** Where a setting is in the document; undefined for a default. */
  placeOf(path: readonly PropertyKey[]): { line: number; column: number } | undefined;
  /** The sections in the document: `sources`, `monitoring`, … The others have defaults. */
  written: ReadonlySet<string>;
}

/**
 * Turns a document into settings: recognises a predecessor's, validates everything, and reports every problem with its
 * place in the original document. Throws `invalid_settings`.
 */
export function readSettings(
  content: unknown,
  environment: Environment,
  describe: Describe = () => undefined,
): ReadSettings {
  const translation = translate(content, environment);
  if (translation === null)
    return {
      ...checkSettings(content, describe, predecessorsKeys),
      ...ofOurOwn,
      placeOf: (path) => (isWritten(content, path) ? describe(path) : undefined),
      written: sectionsOf(content),
    };
  return readTranslation(withoutUnfilled(translation), describe);
}

/** Whether a document, valid or not, is from a predecessor that logged into a folder beside it. */
export function logsBeside(content: unknown): boolean {
  return predecessorOf(content)?.logsBeside ?? false;
}

function readTranslation(translation: Translation, describe: Describe): ReadSettings {
  const { content: separated, secrets } = separateSecrets(translation.content, () => '');
  const inFile: Describe = (path) => {
    const place = describe(translation.origin(path));
    return place && { ...place, path: pathText(translation.called(path)) };
  };
  const { settings, warnings } = checkSettings(started(separated, translation), inFile);
  return {
    settings,
    warnings,
    secrets,
    translation: viewOf(translation, describe),
    placeOf: (path) => (isWritten(separated, path) ? inFile(path) : undefined),
    written: sectionsOf(translation.content),
  };
}

/** The fields that all documents of our own share. */
const ofOurOwn = {
  translation: null,
  secrets: new Map<string, string>(),
  placeOf: () => undefined,
};

/** Settings without a document. Throws `invalid_settings`. */
export function ownSettings(content: unknown): ReadSettings {
  return { ...checkSettings(content), ...ofOurOwn, written: sectionsOf(content) };
}

function isWritten(content: unknown, path: readonly PropertyKey[]): boolean {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = Reflect.get(value, key);
  }
  return true;
}

function sectionsOf(content: unknown): ReadonlySet<string> {
  return new Set(typeof content === 'object' && content !== null ? Object.keys(content) : []);
}

/** A file that does not say what to watch gets the sources and rules of a first start. */
function started(content: Record<string, unknown>, { starter }: Translation): Record<string, unknown> {
  if (!starter) return content;
  const { sources, rules, destinations } = starterSettings();
  return { sources, rules, destinations, ...content };
}

function viewOf(translation: Translation, describe: Describe): TranslationView {
  const noted = ({ path, message }: Place): Note => ({ path: pathText(path), message, ...describe(path) });
  return {
    title: translation.title,
    mapped: translation.mapped.map(noted),
    notSupported: translation.notSupported.map(noted),
    warnings: translation.warnings.map(noted),
  };
}

/** The settings in force: the environment takes precedence over the document. */
export interface InForce {
  settings: Settings;
  overrides: Override[];
  /** Values of the environment that cannot be used; the document's values apply instead. */
  problems: Problem[];
  notices: string[];
}

/** Kinds of sources that measure this machine. */
export const localKinds: ReadonlySet<string> = new Set(
  sourceKinds.filter(({ local }) => local === true).map(({ kind }) => kind),
);

export function inForce(settings: Settings, environment: Environment): InForce {
  return overridesFrom(environment, settings, localKinds);
}
