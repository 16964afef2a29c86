import { foldedName } from '../contract/fields.ts';

/** The fields that identify a rule of a predecessor. Values are as written, whatever their type. */
export interface RuleTraits {
  source: unknown;
  metric: unknown;
  comparison: unknown;
  threshold: unknown;
}

const nameLengthAtMost = 200;

const signs: Readonly<Record<string, string>> = {
  greater_than: 'above',
  less_than: 'below',
  equals: 'equal to',
};

/**
 * Assigns ids and names to the rules of one file. An id is derived from the rule's content and the number of earlier rules with
 * the same content, so it does not change when other lines of the file move. A name is unique when compared as people do.
 */
export class RuleIdentities {
  readonly #ids = new Set<string>();
  readonly #names: Set<string>;
  /** How often each name was requested, so that numbering many equal names need not start at one each time. */
  readonly #counts = new Map<string, number>();

  /** `taken` are the names of existing rules. */
  constructor(taken: Iterable<string> = []) {
    this.#names = new Set([...taken].map(foldedName));
  }

  /** An id for a rule without one. */
  id(traits: RuleTraits): string {
    const text = JSON.stringify([traits.source, traits.metric, traits.comparison, traits.threshold]);
    const prefix = slug(`${wordOf(traits.source)} ${wordOf(traits.metric)}`);
    for (;;) {
      const ordinal = this.#next(text);
      const id = `${prefix}-${fnv1a(`${text}${ordinal}`).toString(16).padStart(8, '0')}`;
      if (this.#ids.has(id)) continue;
      this.#ids.add(id);
      return id;
    }
  }

  /** A name for a rule without one, such as `cpu_usage cpu_percent above 80`. */
  name({ source, metric, comparison, threshold }: RuleTraits): string {
    const sign = typeof comparison === 'string' ? (signs[comparison] ?? comparison) : '';
    return this.unique([source, metric, sign, threshold].map(wordOf).join(' '));
  }

  /** The wanted text as a valid name, with a number added if it is taken. */
  unique(wish: string): string {
    const clean = wish
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    for (;;) {
      const number = this.#next(foldedName(cut(clean, '')));
      const name = cut(clean === '' ? 'rule' : clean, number === 1 ? '' : ` (${number})`);
      const key = foldedName(name);
      if (this.#names.has(key)) continue;
      this.#names.add(key);
      return name;
    }
  }

  #next(asked: string): number {
    const number = (this.#counts.get(asked) ?? 0) + 1;
    this.#counts.set(asked, number);
    return number;
  }
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function cut(text: string, ending: string): string {
  if (text.length + ending.length <= nameLengthAtMost) return text + ending;
  const kept = text.slice(0, nameLengthAtMost - ending.length - 1);
  // Does not keep half of a surrogate pair.
  return `${kept.replace(/[\ud800-\udbff]$/, '').trimEnd()}…${ending}`;
}

function slug(text: string): string {
  const letters = text
    .normalize('NFKD')
    .toLowerCase()
    .slice(0, 300)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 48)
    .replace(/^-+|-+$/g, '');
  return letters === '' ? 'rule' : letters;
}

/** 32-bit FNV-1a over UTF-16 code units, low byte first (draft-eastlake-fnv). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
