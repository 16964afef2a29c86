import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import type { Problem } from '../contract/error.ts';
import { invalid, readYamlText } from './yaml-text.ts';

/** Deeper than any settings go. */
const DEPTH_AT_MOST = 32;
/** Beyond this number further problems only hide the first ones. */
const PROBLEMS_AT_MOST = 50;
/** As parsers of YAML, JSON and every other reader agree on it. */
const plainNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
const dangerousKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A settings document: plain data for the schema, the tree with its comments, and where each part stands. */
export interface YamlDocument {
  content: unknown;
  tree: Document;
  text: string;
  /** Line and column, from 1, of the value at a key path, or of what is nearest to it. */
  describe(path: readonly PropertyKey[]): { line: number; column: number } | undefined;
}

/**
 * Reads YAML 1.2, core schema, strictly: one document, no duplicate or dangerous keys, keys that are text, and
 * numbers that mean the same to every reader. Throws `invalid_settings` with every problem and its position.
 */
export function readYamlDocument(bytes: Uint8Array): YamlDocument {
  const text = readYamlText(bytes);
  const lines = new LineCounter();
  // Duplicates are looked for below: the parser's own search compares each key with each.
  const documents = withoutTraces(() =>
    parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter: lines,
    }),
  );
  const [tree, second] = documents;
  const at = (offset: number) => positionAt(lines, offset);
  if (
    tree === undefined ||
    tree.contents === null ||
    (isScalar(tree.contents) && tree.contents.value === null)
  ) {
    throw invalid([
      {
        path: '',
        message:
          'nothing to import or to run with: the file is empty; settings begin with the line `version: 1`',
        line: 1,
        column: 1,
      },
    ]);
  }
  const found = [...tree.errors, ...tree.warnings];
  const tooDeep = found.find(({ message }) => isOverflow(message));
  // What follows on it only says that the parser lost its way.
  const problems: Problem[] = (tooDeep === undefined ? found : [tooDeep]).map(({ message, pos }) => ({
    path: '',
    message: syntaxMessage(message),
    ...at(pos[0]),
  }));
  if (tree.directives.yaml.explicit === true && tree.directives.yaml.version !== '1.2') {
    problems.push({ path: '', message: 'this is YAML 1.2; leave the %YAML line out', line: 1, column: 1 });
  }
  if (second !== undefined) {
    problems.push({
      path: '',
      message: 'a second document begins here; settings are one document',
      ...at(second.range[0]),
    });
  }
  if (problems.length === 0)
    check(tree.contents, '', 1, (path, message, offset) => problems.push({ path, message, ...at(offset) }));
  if (problems.length > 0) throw invalid(problems.slice(0, PROBLEMS_AT_MOST));
  return { content: tree.toJS(), tree, text, describe: (path) => describe(tree, path, at) };
}

/** A parser makes an error object of everything it finds; hundreds of thousands of stack traces take seconds. */
function withoutTraces<T>(parse: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function positionAt(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** The parser's words, where they would not help somebody who writes settings. */
function syntaxMessage(message: string): string {
  if (isOverflow(message)) return 'this is nested too deeply';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** The engine's words for it, in a function and in a regular expression. */
function isOverflow(message: string): boolean {
  return /^Maximum call stack|Stack overflow$/.test(message);
}

/** An escape can name it, but it is written as another character, and two of them as the same. */
const halfACharacter = 'half of a surrogate pair is no text';

type Report = (path: string, message: string, offset: number) => void;

function check(node: unknown, path: string, depth: number, report: Report): void {
  if (isScalar(node)) checkScalar(node, path, report);
  if (!isCollection(node)) return;
  if (depth > DEPTH_AT_MOST) {
    report(path, `this is nested more than ${DEPTH_AT_MOST} levels deep`, startOf(node));
    return;
  }
  const seen = new Set<string>();
  node.items.forEach((item, index) => {
    if (!isPair(item)) {
      check(item, `${path}[${index}]`, depth + 1, report);
      return;
    }
    const key = isScalar(item.key) ? item.key.value : undefined;
    const offset = startOf(item.key);
    if (typeof key !== 'string') {
      report(path, 'a key must be text; put it in quotes', offset);
      return;
    }
    const keyPath = path === '' ? key : `${path}.${key}`;
    if (!key.isWellFormed()) report(path, halfACharacter, offset);
    if (dangerousKeys.has(key)) report(path, `${key} cannot be a key`, offset);
    if (seen.has(key)) report(keyPath, `${key} is here twice`, offset);
    seen.add(key);
    check(item.value, keyPath, depth + 1, report);
  });
}

function checkScalar(scalar: Scalar, path: string, report: Report): void {
  const { value, source } = scalar;
  if (typeof value === 'string' && !value.isWellFormed()) report(path, halfACharacter, startOf(scalar));
  if (typeof value !== 'number' && typeof value !== 'bigint') return;
  const problem = numberProblem(source ?? String(value), Number(value));
  if (problem !== undefined) report(path, problem, startOf(scalar));
}

/** YAML reads `0x50` as 80, `0o17` as 15 and rounds what does not fit: none of that is what the writer sees. */
function numberProblem(source: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return `${source} is no number to compare with: it must be finite`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `${source} cannot be represented exactly; the largest whole number is ${Number.MAX_SAFE_INTEGER}`;
  }
  if (plainNumber.test(source)) {
    return value === 0 && /[1-9]/.test(source.replace(/[eE].*/, ''))
      ? `${source} is too small to be told from 0`
      : undefined;
  }
  return `${source} would be read as the number ${value}: write ${value}, or "${source}" in quotes if it is text`;
}

function describe(
  tree: Document,
  path: readonly PropertyKey[],
  at: (offset: number) => { line: number; column: number },
): { line: number; column: number } | undefined {
  let node: unknown = tree.contents;
  let offset = startOf(node);
  for (const key of path) {
    if (!isCollection(node)) break;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      // Where a value spans lines or is not there, its key is what a reader looks for.
      offset = isScalar(pair.value) && pair.value.value !== null ? startOf(pair.value) : startOf(pair.key);
      node = pair.value;
    } else {
      const item = typeof key === 'number' ? node.items[key] : undefined;
      if (item === undefined) break;
      node = item;
      offset = startOf(item);
    }
  }
  return at(offset);
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
