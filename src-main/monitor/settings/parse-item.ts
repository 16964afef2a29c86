import { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Problem } from '../../contract/error.ts';
import { describedAt, explain, pathText } from './words.ts';

/**
 * Finds line and column of a key path in the current document, and the document's own path if that is different, as in
 * a file that was translated.
 */
export type Describe = (
  path: readonly PropertyKey[],
) => { line: number; column: number; path?: string } | undefined;

type Report = (path: readonly PropertyKey[], message: string, clashesWith?: readonly PropertyKey[]) => void;

/** Where problems are reported, and in which terms. */
export interface Findings {
  report: Report;
  /** Accepts an unknown key; null if unknown keys are problems. */
  tolerate: Report | null;
  otherKeys: readonly string[];
  /** The document's name of an entry. */
  called(path: readonly PropertyKey[]): string;
  /** Whether the document and its problems use a predecessor's terms. */
  isTranslated: boolean;
}

/** Collects the problems of one item by itself. */
export function findingsOf(describe: Describe = () => undefined): {
  findings: Findings;
  problems: Problem[];
} {
  const problems: Problem[] = [];
  const findings: Findings = {
    report: (path, message) => problems.push({ path: pathText(path), message, ...describe(path) }),
    tolerate: null,
    otherKeys: [],
    called: pathText,
    isTranslated: false,
  };
  return { findings, problems };
}

/** Returns the item with defaults filled in; undefined if it is invalid, after reporting every problem. */
export function parseItem<T>(
  item: unknown,
  path: PropertyKey[],
  schema: z.ZodType<T>,
  findings: Findings,
): T | undefined {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  const { tolerate, report } = findings;
  const unknownKeys: z.core.$ZodIssueUnrecognizedKeys[] = [];
  for (const issue of result.error.issues) {
    const at = [...path, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      unknownKeys.push(issue);
      const ours = knownKeys(schemaAt(schema, issue.path));
      const known = at.length === 0 ? [...ours, ...findings.otherKeys] : ours;
      for (const key of issue.keys)
        (tolerate ?? report)([...at, key], `unknown key ${key}.${didYouMean(key, known)}`.trimEnd());
    } else {
      report(at, explain(issue, valueAt(item, issue.path), at));
    }
  }
  if (tolerate === null || unknownKeys.length < result.error.issues.length) return undefined;
  return schema.safeParse(withoutKeys(item, unknownKeys)).data;
}

/** Like `parseItem`, with the schema of the item's kind. */
export function parseKind(
  item: unknown,
  path: PropertyKey[],
  schemas: ReadonlyMap<string, z.ZodObject>,
  findings: Findings,
): unknown {
  const { report } = findings;
  const kind = typeof item === 'object' && item !== null && 'kind' in item ? item.kind : undefined;
  const schema = typeof kind === 'string' ? schemas.get(kind) : undefined;
  if (schema !== undefined) return parseItem(item, path, schema, findings);
  const known = [...schemas.keys()];
  if (findings.isTranslated && typeof kind !== 'string') {
    const isEntry = typeof item === 'object' && item !== null && !Array.isArray(item);
    if (!isEntry) report(path, `must be an entry with keys, not ${describedAt(path, item)}`);
    else
      report(
        [...path, 'kind'],
        kind === undefined ? 'is missing' : `must be text, not ${describedAt(path, kind)}`,
      );
  } else if (typeof item !== 'object' || item === null)
    report(path, 'must be an entry with a name and a kind');
  else if (typeof kind !== 'string') report(path, `a kind is missing; known kinds are ${known.join(', ')}`);
  else
    report(
      [...path, 'kind'],
      `there is no kind ${JSON.stringify(kind)}.${didYouMean(kind, known)} Known kinds are ${known.join(', ')}`,
    );
  return undefined;
}

/** A copy without the keys that a schema did not know. */
function withoutKeys(item: unknown, issues: readonly z.core.$ZodIssueUnrecognizedKeys[]): unknown {
  const copy = structuredClone(item);
  for (const { path, keys } of issues) {
    const holder = valueAt(copy, path);
    if (typeof holder === 'object' && holder !== null)
      for (const key of keys) Reflect.deleteProperty(holder, key);
  }
  return copy;
}

/** The schema at a path inside another one. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let inner: z.core.$ZodType | undefined = schema;
  for (const key of path) {
    inner = inner && plainSchema(inner);
    if (inner instanceof z.ZodObject) inner = (inner.shape as Record<PropertyKey, z.core.$ZodType>)[key];
    else inner = inner instanceof z.ZodArray ? inner.element : undefined;
  }
  return inner && plainSchema(inner);
}

/** The schema without wrappers for optional values. */
function plainSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? plainSchema(schema.unwrap()) : schema;
}

function knownKeys(schema: z.core.$ZodType | undefined): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The error for invalid settings, with the first problem as the message. */
export function invalidSettings(problems: readonly Problem[]): PlimsollError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new PlimsollError(
    'invalid_settings',
    `${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'invalid'}${more}`,
    { problems },
  );
}

/** The value at a path, as written. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A text of an entry as written; undefined if there is none. */
export function textAt(entry: unknown, key: string): string | undefined {
  const value = valueAt(entry, [key]);
  return typeof value === 'string' ? value : undefined;
}

/** The texts in a list of an entry, as written. */
export function textsAt(entry: unknown, key: string): string[] {
  const value = valueAt(entry, [key]);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
