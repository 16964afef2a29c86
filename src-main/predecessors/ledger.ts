import type { Path, Place } from './translation.ts';

/** Records how the keys of a file were handled, and where each key of the new document comes from. */
export class Ledger {
  readonly mapped: Place[] = [];
  readonly notSupported: Place[] = [];
  readonly warnings: Place[] = [];
  readonly #file: unknown;
  readonly #origins = new Map<string, Path>();

  constructor(file: unknown) {
    this.#file = file;
  }

  /** Records that `path` of the new document comes from `origin` in the file, or would if it existed. */
  link(path: Path, origin: Path): void {
    this.#origins.set(keyOf(path), origin);
  }

  /** See {@link Translation.origin}: looks up the path or its closest ancestor, then descends in the file as far as keys exist. */
  readonly origin = (path: Path): Path => {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(keyOf(path.slice(0, length)));
      if (origin !== undefined) return this.#asFarAsThere([...origin, ...path.slice(length)]);
    }
    return [];
  };

  /** See {@link Translation.called}. */
  readonly called = (path: Path): Path => {
    const origin = this.origin(path);
    const linked = this.#origins.get(keyOf(path));
    return linked !== undefined && linked.length > origin.length ? linked : origin;
  };

  #asFarAsThere(path: Path): Path {
    let value = this.#file;
    for (const [index, key] of path.entries()) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
        return path.slice(0, index);
      value = Reflect.get(value, key);
    }
    return path;
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map((key) => (typeof key === 'number' ? key : String(key))));
}
