/** Why a text is not valid, and where: an offset in UTF-16 units, from 0. */
export interface JsonProblem {
  /** For example `unexpected "N"`. */
  what: string;
  offset: number;
}

/** Deeper documents are refused: nothing we accept needs them, and later code walks them recursively. */
const depthAtMost = 16;

/**
 * Why a text is not valid JSON (RFC 8259), or undefined if `JSON.parse` may parse it. Stricter than `JSON.parse`: no
 * object may contain a key twice or the key `__proto__`, strings must be well-formed Unicode even where escaped, and
 * nesting is limited.
 */
export function strictJsonProblem(text: string): JsonProblem | undefined {
  try {
    new Walk(text).document();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Stop) return thrown.problem;
    throw thrown;
  }
}

class Stop extends Error {
  readonly problem: JsonProblem;

  constructor(problem: JsonProblem) {
    super(problem.what);
    this.problem = problem;
  }
}

const blanks = /[ \t\n\r]*/y;
const numeral = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Parses a text once from the beginning. Recursion is at most `depthAtMost` levels deep. */
class Walk {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  #value(depth: number): void {
    this.#skip(blanks);
    const character = this.#text[this.#at];
    if (character === '{' || character === '[') {
      if (depth === depthAtMost) throw this.#stop(`more than ${depthAtMost} levels of nesting`);
      this.#at++;
      if (character === '{') this.#object(depth + 1);
      else this.#array(depth + 1);
    } else if (character === '"') this.#string();
    else if (!this.#skip(numeral) && !this.#skip(word)) throw this.#unexpected();
    this.#skip(blanks);
  }

  #object(depth: number): void {
    const keys = new Set<string>();
    this.#skip(blanks);
    if (this.#take('}')) return;
    do {
      this.#skip(blanks);
      this.#key(keys);
      this.#skip(blanks);
      if (!this.#take(':')) throw this.#unexpected();
      this.#value(depth);
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#unexpected();
  }

  #array(depth: number): void {
    this.#skip(blanks);
    if (this.#take(']')) return;
    do this.#value(depth);
    while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected();
  }

  #key(keys: Set<string>): void {
    const start = this.#at;
    const key = this.#string();
    const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
    if (key === '__proto__') throw this.#stop(`the key ${shown}, which is not allowed`, start);
    if (keys.has(key)) throw this.#stop(`the key ${shown} for the second time in one object`, start);
    keys.add(key);
  }

  /** Returns the content of the string. */
  #string(): string {
    const start = this.#at;
    if (!this.#take('"')) throw this.#unexpected();
    let isEscaped = false;
    while (this.#text[this.#at] !== '"') {
      if (this.#text[this.#at] === '\\') {
        if (!this.#skip(escape)) throw this.#unexpected();
        isEscaped = true;
      } else if (this.#text.charCodeAt(this.#at) >= 0x20) this.#at++;
      else throw this.#unexpected();
    }
    this.#at++;
    const quoted = this.#text.slice(start, this.#at);
    const content = isEscaped ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
    if (!content.isWellFormed()) throw this.#stop('half of a surrogate pair', start);
    return content;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #unexpected(): Stop {
    const character = this.#text.codePointAt(this.#at);
    if (character === undefined) return this.#stop('an early end');
    if (character === 0xfeff) return this.#stop('a byte order mark');
    const shown =
      character > 0x20 && character < 0x7f
        ? `"${String.fromCodePoint(character)}"`
        : `U+${character.toString(16).toUpperCase().padStart(4, '0')}`;
    return this.#stop(`unexpected ${shown}`);
  }

  #stop(what: string, offset = this.#at): Stop {
    return new Stop({ what, offset });
  }
}
