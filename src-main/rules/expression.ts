/** A metric that an expression refers to; `source` is null for the rule's own source. */
export interface Reference {
  readonly source: string | null;
  readonly metric: string;
}

/** Looks up the current value of a metric; NaN if unknown. */
export type Resolve = (reference: Reference) => number;

export interface Expression {
  readonly references: readonly Reference[];
  /** The result, with the evaluated sample as `value`. NaN if an operand is unknown or a divisor is 0. */
  evaluate(value: number, resolve: Resolve): number;
}

/** A syntax error and its column, counted from 1. */
export interface ExpressionProblem {
  readonly message: string;
  readonly column: number;
}

type Node = (value: number, resolve: Resolve) => number;

/** Limits: nesting depth of parentheses, signs and functions, and length of the text in characters. */
const deepest = 32;
const longest = 500;

const functions: ReadonlyMap<string, { least: number; most: number; apply: (values: number[]) => number }> =
  new Map([
    ['min', { least: 1, most: 20, apply: (values: number[]) => Math.min(...values) }],
    ['max', { least: 1, most: 20, apply: (values: number[]) => Math.max(...values) }],
    ['abs', { least: 1, most: 1, apply: ([value = NaN]: number[]) => Math.abs(value) }],
  ]);

/**
 * Parses an expression:
 *
 *     sum     = product { ("+" | "-") product }
 *     product = signed { ("*" | "/") signed }
 *     signed  = "-" signed | operand
 *     operand = number | "value" | metric | function "(" sum { "," sum } ")" | "(" sum ")"
 *     metric  = name [ "." name ]      the source comes before the dot
 *     name    = a letter or _, then letters, digits and _; anything else in double quotes
 *
 * It allows nothing but arithmetic, and the limit on its length bounds the work.
 */
export function parseExpression(text: string): Expression | ExpressionProblem {
  if (text.length > longest)
    return { message: `has ${text.length} characters; at most ${longest} are allowed`, column: longest + 1 };
  const parser = new Parser(text);
  try {
    const node = parser.parse();
    return {
      references: parser.references,
      evaluate(value, resolve) {
        const result = node(value, resolve);
        return Number.isFinite(result) ? result : NaN;
      },
    };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { message: thrown.message, column: thrown.column };
    throw thrown;
  }
}

export function isProblem(parsed: Expression | ExpressionProblem): parsed is ExpressionProblem {
  return 'message' in parsed;
}

class Unreadable extends Error {
  readonly column: number;

  constructor(message: string, at: number) {
    super(message);
    this.column = at + 1;
  }
}

type Token =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'name'; text: string; isQuoted: boolean; at: number }
  | { kind: 'sign'; text: string; at: number }
  | { kind: 'end'; at: number };

const tokenPattern =
  /\s*(?:(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|"(?<quoted>[^"]*)"|(?<sign>[-+*/(),.]))/uy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  const end = text.trimEnd().length;
  while (tokenPattern.lastIndex < end) {
    const from = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) throw unknownSign(text, from);
    const { number, name, quoted, sign } = groups;
    const written = number ?? name ?? sign ?? `"${quoted ?? ''}"`;
    const at = tokenPattern.lastIndex - written.length;
    if (number !== undefined) tokens.push({ kind: 'number', value: readNumber(number, text, at), at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, isQuoted: false, at });
    else if (quoted !== undefined) {
      if (quoted === '') throw new Unreadable('a name in quotes is empty', at);
      tokens.push({ kind: 'name', text: quoted, isQuoted: true, at });
    } else tokens.push({ kind: 'sign', text: sign ?? '', at });
  }
  tokens.push({ kind: 'end', at: end });
  return tokens;
}

function readNumber(written: string, text: string, at: number): number {
  const value = Number(written);
  if (!Number.isFinite(value)) throw new Unreadable(`${written} is no finite number`, at);
  const after = text[at + written.length] ?? '';
  if (after === '%') throw new Unreadable('a number has no unit; write 80 and not 80%', at + written.length);
  if (/[\p{L}_]/u.test(after))
    throw new Unreadable(
      `a number is followed by ${after}; a name that begins with a digit stands in double quotes`,
      at,
    );
  return value;
}

const habits: Readonly<Record<string, string>> = {
  '^': 'write a * a for a power',
  '%': 'a remainder cannot be taken',
  '>': 'the comparison stands in its own key',
  '<': 'the comparison stands in its own key',
  '=': 'the comparison stands in its own key',
  '&': 'write all: for "and"',
  '|': 'write any: for "or"',
  "'": 'names stand in double quotes',
  '`': 'names stand in double quotes',
};

function unknownSign(text: string, from: number): Unreadable {
  const at = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (sign === '"') return new Unreadable('a quote is not closed', at);
  const habit = habits[sign];
  return new Unreadable(
    `${JSON.stringify(sign)} means nothing here${habit === undefined ? '' : `: ${habit}`}`,
    at,
  );
}

class Parser {
  readonly references: Reference[] = [];
  readonly #text: string;
  #tokens: Token[] = [];
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node {
    this.#tokens = tokensOf(this.#text);
    const node = this.#sum();
    const rest = this.#next();
    if (rest.kind === 'sign' && rest.text === ')')
      throw new Unreadable('a parenthesis is closed that was not opened', rest.at);
    if (rest.kind !== 'end') throw new Unreadable(`an operator is missing before ${shown(rest)}`, rest.at);
    return node;
  }

  #sum(): Node {
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign !== null; sign = this.#take('+', '-')) {
      const [a, b] = [left, this.#product()];
      left = sign === '+' ? (v, r) => a(v, r) + b(v, r) : (v, r) => a(v, r) - b(v, r);
    }
    return left;
  }

  #product(): Node {
    let left = this.#signed();
    for (let sign = this.#take('*', '/'); sign !== null; sign = this.#take('*', '/')) {
      const [a, b] = [left, this.#signed()];
      // x / 0 is Infinity or NaN, and both end as absent. Kept here so that 1 / (1 / 0) does not become 0 on the way.
      left = sign === '*' ? (v, r) => a(v, r) * b(v, r) : (v, r) => divided(a(v, r), b(v, r));
    }
    return left;
  }

  #signed(): Node {
    if (this.#take('-') === null) return this.#operand();
    const node = this.#deeper(() => this.#signed());
    return (v, r) => -node(v, r);
  }

  #operand(): Node {
    const token = this.#next();
    if (token.kind === 'number') return () => token.value;
    if (token.kind === 'name') return this.#named(token);
    if (token.kind === 'sign' && token.text === '(') {
      const node = this.#deeper(() => this.#sum());
      this.#close(token.at);
      return node;
    }
    if (token.kind === 'end')
      throw new Unreadable(
        this.#tokens.length === 1 ? 'is empty' : 'ends where a number, a metric or a parenthesis is expected',
        token.at,
      );
    throw new Unreadable(`a number, a metric or a parenthesis is expected, not ${shown(token)}`, token.at);
  }

  #named(token: Token & { kind: 'name' }): Node {
    const after = this.#peek();
    if (!token.isQuoted && after.kind === 'sign' && after.text === '(') return this.#call(token);
    let reference: Reference = { source: null, metric: token.text };
    if (this.#take('.') !== null) {
      const metric = this.#next();
      if (metric.kind !== 'name')
        throw new Unreadable(`the name of a metric is expected after ${token.text}.`, metric.at);
      reference = { source: token.text, metric: metric.text };
    } else if (token.text === 'value' && !token.isQuoted) {
      return (v) => v;
    }
    this.references.push(reference);
    return (_, resolve) => resolve(reference);
  }

  #call(name: Token & { kind: 'name' }): Node {
    const known = functions.get(name.text);
    if (known === undefined)
      throw new Unreadable(
        `there is no function ${name.text}; there are ${[...functions.keys()].join(', ')}`,
        name.at,
      );
    const open = this.#next();
    const parts = this.#deeper(() => {
      const list: Node[] = [];
      if (this.#isAt(')')) return list;
      do list.push(this.#sum());
      while (this.#take(',') !== null);
      return list;
    });
    this.#close(open.at);
    if (parts.length < known.least || parts.length > known.most) {
      const wanted = known.least === known.most ? String(known.least) : `${known.least} to ${known.most}`;
      throw new Unreadable(`${name.text} takes ${wanted} values, not ${parts.length}`, name.at);
    }
    return (v, r) => known.apply(parts.map((part) => part(v, r)));
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > deepest)
      throw new Unreadable(`stands deeper than ${deepest} levels in each other`, this.#peek().at);
    const result = read();
    this.#depth--;
    return result;
  }

  #close(openedAt: number): void {
    const token = this.#next();
    if (token.kind === 'sign' && token.text === ')') return;
    if (token.kind === 'end') throw new Unreadable('a parenthesis is opened here and not closed', openedAt);
    throw new Unreadable(`an operator or ) is expected, not ${shown(token)}`, token.at);
  }

  #take(...signs: string[]): string | null {
    const token = this.#peek();
    if (token.kind !== 'sign' || !signs.includes(token.text)) return null;
    this.#index++;
    return token.text;
  }

  #isAt(sign: string): boolean {
    const token = this.#peek();
    return token.kind === 'sign' && token.text === sign;
  }

  #peek(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', at: this.#text.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }
}

function divided(a: number, b: number): number {
  return b === 0 ? NaN : a / b;
}

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end';
  return token.kind === 'number' ? String(token.value) : JSON.stringify(token.text);
}
