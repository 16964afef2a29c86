import type { Problem } from '../../contract/error.ts';
import type { PostedSample } from '../../monitor/hosts/ingest.ts';

/** The samples of a body, and the problems of the rest. */
export interface Read {
  samples: PostedSample[];
  /** Known fields with unreadable values; they are not stored. */
  problems: Problem[];
  /** Further remarks for the client. */
  warnings: string[];
}

/** Most problems and warnings reported for one body: enough for a client that gets everything wrong. */
const saidAtMost = 50;

/**
 * Reads an old client's body item by item. An unreadable value becomes a problem and does not affect the others. Null
 * and undefined mean that the client could not read the value, and are skipped silently.
 */
export class Reader {
  readonly #at: number;
  readonly #samples: PostedSample[] = [];
  /** A series has one value at a time: if a body contains it twice, the first counts. */
  readonly #seen = new Set<string>();
  readonly #problems: Problem[] = [];
  readonly #warnings: string[] = [];

  constructor(at: number) {
    this.#at = at;
  }

  read(): Read {
    return { samples: this.#samples, problems: this.#problems, warnings: this.#warnings };
  }

  add(source: string, metric: string, value: number | undefined, labels: Record<string, string> = {}): void {
    if (value === undefined) return;
    const key = JSON.stringify([source, metric, labels]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#samples.push({ source, metric, labels, value, at: this.#at });
  }

  problem(path: string, message: string): void {
    if (this.#problems.length < saidAtMost) this.#problems.push({ path, message });
  }

  number(value: unknown, path: string): number | undefined {
    if (typeof value === 'number' || value === null || value === undefined) return value ?? undefined;
    this.problem(path, `must be a number, not ${kindOf(value)}`);
    return undefined;
  }

  /** The first of these fields that contains a number. */
  firstNumber(object: Record<string, unknown>, names: readonly string[], within: string): number | undefined {
    let found: number | undefined;
    for (const name of names) found ??= this.number(object[name], within + name);
    return found;
  }

  /** 1 for true and 0 for false. */
  flag(value: unknown, path: string): number | undefined {
    if (typeof value === 'boolean' || value === 0 || value === 1) return Number(value);
    if (value !== null && value !== undefined)
      this.problem(path, `must be true or false, not ${kindOf(value)}`);
    return undefined;
  }

  text(value: unknown, path: string, longest: number): string | undefined {
    if (value === null || value === undefined) return undefined;
    if (typeof value === 'string' && value.length <= longest) return value;
    const is = typeof value === 'string' ? 'that is longer' : `and is ${kindOf(value)}`;
    this.problem(path, `must be a text of at most ${longest} characters, ${is}`);
    return undefined;
  }

  object(value: unknown, path: string): Record<string, unknown> | undefined {
    if (value === null || value === undefined) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
    this.problem(path, `must be an object, not ${kindOf(value)}`);
    return undefined;
  }

  /** The first `most` items of a list; empty for anything that is not a list. */
  list(value: unknown, path: string, most: number): readonly unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) {
      this.problem(path, `must be a list, not ${kindOf(value)}`);
      return [];
    }
    if (value.length > most) this.problem(path, `has ${value.length} entries; the first ${most} are taken`);
    return value.slice(0, most);
  }

  /** Warns about numbers with unknown names, which would otherwise be lost silently. */
  unknownNumbers(object: Record<string, unknown>, known: readonly string[], within: string): void {
    for (const [name, value] of Object.entries(object)) {
      if (typeof value !== 'number' || known.includes(name) || this.#warnings.length >= saidAtMost) continue;
      this.#warnings.push(`${within}${name.slice(0, 100)} is not known and was not stored`);
    }
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? 'text' : 'an object';
}
