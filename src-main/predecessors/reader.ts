import { closest, didYouMean } from '../base/did-you-mean.ts';
import type { Ledger } from './ledger.ts';
import type { Reading } from './readings.ts';
import type { Path } from './translation.ts';

/** A value of the file and where it stands. */
export interface Found {
  key: string;
  value: unknown;
  path: Path;
}

/** Keys and values of a predecessor's file, and which of them somebody has taken. */
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

  /** A value that stays where it is. */
  get(key: string): unknown {
    return Object.hasOwn(this.#content, key) ? this.#content[key] : undefined;
  }

  /** The first of several spellings that is there. One that is there beside it is reported as not used. */
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

  /** A part with keys of its own; an empty one where there is nothing. What has no keys is reported, and is no part. */
  section(...spellings: string[]): Section | undefined {
    const found = this.take(...spellings);
    if (found === undefined) return undefined;
    const value = found.value ?? {};
    if (isRecord(value)) return new Section(this.ledger, value, found.path);
    this.notSupported(found.path, 'must be keys with values; nothing of it is in force');
    return undefined;
  }

  /** Takes keys that we have nothing for. */
  refuse(message: string, ...keys: string[]): void {
    for (const key of keys) {
      const found = this.take(key);
      if (found !== undefined) this.notSupported(found.path, message);
    }
  }

  notSupported(path: Path, message: string): void {
    this.ledger.notSupported.push({ path, message });
  }

  /** Reports every key that nobody took. */
  finish(): void {
    for (const key of Object.keys(this.#content)) {
      if (this.#known.has(key)) continue;
      const hint = key.length > 100 ? '' : didYouMean(key, [...this.#known]);
      const message = `unknown key ${shortened(key)}; nothing of it is in force.${hint}`;
      this.ledger.warnings.push({ path: [...this.path, key], message });
    }
  }
}

/** A part of our document while it is put together. */
export class Entry {
  readonly content: Record<string, unknown> = {};
  readonly ledger: Ledger;
  readonly path: Path;
  readonly #what: string;

  /** `what` is the word for an entry of its list, such as `source`; `origin` is where it comes from. */
  constructor(ledger: Ledger, path: Path, origin: Path, what: string) {
    this.ledger = ledger;
    this.path = path;
    this.#what = what;
    ledger.link(path, origin);
  }

  /** Says in words which entry this is. */
  get words(): string {
    const name = this.content['name'];
    return typeof name === 'string' ? `${this.#what} ${quoted(name)}` : this.#what;
  }

  /** Without an origin, a problem with the value is found where the entry comes from. */
  set(key: string, value: unknown, origin?: Path): void {
    this.content[key] = value;
    if (origin !== undefined) this.ledger.link([...this.path, key], origin);
  }

  /** A part of this one under a key. */
  part(key: string, origin: Path): Entry {
    const part = new Entry(this.ledger, [...this.path, key], origin, key);
    this.set(key, part.content);
    return part;
  }

  /** Takes a value over as it is written, or as it is read. */
  move(section: Section, spellings: string | readonly string[], key: string, read?: Reading): void {
    const found = this.take(section, spellings, key);
    if (found === undefined) return;
    this.set(key, read === undefined ? found.value : read(found, this.ledger), found.path);
    this.note(found.path, key);
  }

  /** What a section says of a key of this entry. Where that is missing, problems name the first spelling. */
  take(section: Section, spellings: string | readonly string[], key: string): Found | undefined {
    const names = typeof spellings === 'string' ? [spellings] : spellings;
    const found = section.take(...names);
    const [name] = names;
    if (found === undefined && name !== undefined)
      this.ledger.link([...this.path, key], [...section.path, name]);
    return found;
  }

  /** Records that the value at a place of the file is now a key of this entry. */
  note(origin: Path, key: string): void {
    this.ledger.mapped.push({ path: origin, message: `is ${key} of ${this.words}` });
  }
}

/**
 * Makes a list of our document from one of the file. `fill` says whether the entry is taken over. An item without keys,
 * and what is no list at all, goes over as it is, for the schema to complain about; of nothing comes an empty list.
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

/** What kind of thing a value is, without what is in it: that may be secret. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : value;
}

/** Text for a message: in quotes, and not too long. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Which of a few words was meant; undefined for none of them. A misspelling is reported. */
export function wordMeant(found: Found, known: readonly string[], ledger: Ledger): string | undefined {
  const { value, path } = found;
  if (typeof value !== 'string' || value.length > 100) return undefined;
  if (known.includes(value)) return value;
  const meant = closest(value, known);
  if (meant !== undefined) ledger.warnings.push({ path, message: `${quoted(value)} is read as ${meant}` });
  return meant;
}
