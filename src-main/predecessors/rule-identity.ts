import { foldedName } from '../contract/fields.ts';

/** What a rule of a predecessor is known by. Values stand as they were written, whatever they are. */
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
 * Gives the rules of one file ids and names. An id follows from what the rule says, and from how many before it say the
 * same, so that it stays when other lines of the file move. A name is one that no other rule has, as people read names.
 */
export class RuleIdentities {
  readonly #ids = new Set<string>();
  readonly #names: Set<string>;
  /** How often each id or name was asked for, so that counting does not start at one for each of many equal rules. */
  readonly #counts = new Map<string, number>();

  /** `taken` are the names that rules have already. */
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

  /** The wish, made fit for a name and with a number behind it where it is taken. */
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
  // Half of a surrogate pair is not a character.
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
