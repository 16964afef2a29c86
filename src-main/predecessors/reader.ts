import { closest, didYouMean } from '../base/did-you-mean.ts';
import type { Ledger } from './ledger.ts';
import type { Reading } from './readings.ts';
import type { Path } from './translation.ts';

/** A value of the file with its place. */
export interface Found {
  key: string;
  value: unknown;
  path: Path;
}

/** The keys and values of a part of a predecessor's file; records which keys were taken. */
export class Section {
  readonly ledger: Ledger;
  readonly path: Path;
  readonly #content: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();

  constructor(ledger: Ledger, content: Readonly<Record<string, unknown>>, path: Path) {
    this.ledger = ledger;
    this.#content = content;
    this.path = path;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#content).length === 0;
  }

  /** Reads a value without marking it as taken. */
  get(key: string): unknown {
    return Object.hasOwn(this.#content, key) ? this.#content[key] : undefined;
  }

  /** Takes the value of the first spelling that exists. Other spellings that exist too are reported as unused. */
  take(...spellings: string[]): Found | undefined {
    let first: Found | undefined;
    for (const key of spellings) {
      const isNew = !this.#known.has(key);
      this.#known.add(key);
      if (!Object.hasOwn(this.#content, key)) continue;
      const found = { key, value: this.#content[key], path: [...this.path, key] };
      if (first === undefined) first = found;
      else if (isNew)
        this.ledger.warnings.push({ path: found.path, message: `is not used: ${first.key} is there too` });
    }
    return first;
  }

  /**
   * Takes a part with keys of its own; an empty section if the value is null. A value without keys is reported and
   * gives undefined.
   */
  section(...spellings: string[]): Section | undefined {
    const found = this.take(...spellings);
    if (found === undefined) return undefined;
    const value = found.value ?? {};
    if (isRecord(value)) return new Section(this.ledger, value, found.path);
    this.notSupported(found.path, 'must be keys with values; nothing of it is in force');
    return undefined;
  }

  /** Takes keys that Plimsoll does not support and reports them. */
  refuse(message: string, ...keys: string[]): void {
    for (const key of keys) {
      const found = this.take(key);
      if (found !== undefined) this.notSupported(found.path, message);
    }
  }

  notSupported(path: Path, message: string): void {
    this.ledger.notSupported.push({ path, message });
  }

  /** Reports every key that was not taken. */
  finish(): void {
    for (const key of Object.keys(this.#content)) {
      if (this.#known.has(key)) continue;
      const hint = key.length > 100 ? '' : didYouMean(key, [...this.#known]);
      const message = `unknown key ${shortened(key)}; nothing of it is in force.${hint}`;
      this.ledger.warnings.push({ path: [...this.path, key], message });
    }
  }
}

/** A part of our document while it is built. */
export class Entry {
  readonly content: Record<string, unknown> = {};
  readonly ledger: Ledger;
  readonly path: Path;
  readonly #what: string;

  /** `what` names an entry of its list, such as `source`; `origin` is its place in the file. */
  constructor(ledger: Ledger, path: Path, origin: Path, what: string) {
    this.ledger = ledger;
    this.path = path;
    this.#what = what;
    ledger.link(path, origin);
  }

  /** Describes this entry in a message. */
  get words(): string {
    const name = this.content['name'];
    return typeof name === 'string' ? `${this.#what} ${quoted(name)}` : this.#what;
  }

  /** Without an origin, problems with the value point to the origin of the entry. */
  set(key: string, value: unknown, origin?: Path): void {
    this.content[key] = value;
    if (origin !== undefined) this.ledger.link([...this.path, key], origin);
  }

  /** Creates a part of this entry under a key. */
  part(key: string, origin: Path): Entry {
    const part = new Entry(this.ledger, [...this.path, key], origin, key);
    this.set(key, part.content);
    return part;
  }

  /** Takes over a value, converted by `read` if given. */
  move(section: Section, spellings: string | readonly string[], key: string, read?: Reading): void {
    const found = this.take(section, spellings, key);
    if (found === undefined) return;
    this.set(key, read === undefined ? found.value : read(found, this.ledger), found.path);
    this.note(found.path, key);
  }

  /** Takes the value for a key of this entry. If it is missing, problems name the first spelling. */
  take(section: Section, spellings: string | readonly string[], key: string): Found | undefined {
    const names = typeof spellings === 'string' ? [spellings] : spellings;
    const found = section.take(...names);
    const [name] = names;
    if (found === undefined && name !== undefined)
      this.ledger.link([...this.path, key], [...section.path, name]);
    return found;
  }

  /** Records that a place of the file became a key of this entry. */
  note(origin: Path, key: string): void {
    this.ledger.mapped.push({ path: origin, message: `is ${key} of ${this.words}` });
  }
}

/**
 * Converts a list of the file to a list of our document. `fill` returns whether the entry is taken over. An item without keys,
 * or a value that is no list, is copied unchanged so that the schema reports it; a missing value gives an empty list.
 */
export function fillList(
  found: Found | undefined,
  into: { document: Entry; name: string; what: string },
  fill: (item: Section, entry: Entry) => boolean,
): void {
  const { document, name, what } = into;
  const { ledger } = document;
  const value = found?.value ?? [];
  if (found === undefined || !Array.isArray(value)) {
    document.set(name, bare(value), found?.path);
    return;
  }
  const list: unknown[] = [];
  document.set(name, list, found.path);
  for (const [index, item] of value.entries()) {
    const origin = [...found.path, index];
    const entry = new Entry(ledger, [name, list.length], origin, what);
    if (!isRecord(item)) list.push(bare(item));
    else if (fill(new Section(ledger, item, origin), entry)) list.push(entry.content);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The type of a value without its content, which may be secret. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : value;
}

/** A text for a message: quoted and shortened. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The known word that was meant; undefined if there is none. A typing error is reported. */
export function wordMeant(found: Found, known: readonly string[], ledger: Ledger): string | undefined {
  const { value, path } = found;
  if (typeof value !== 'string' || value.length > 100) return undefined;
  if (known.includes(value)) return value;
  const meant = closest(value, known);
  if (meant !== undefined) ledger.warnings.push({ path, message: `${quoted(value)} is read as ${meant}` });
  return meant;
}
