import { isDeepStrictEqual } from 'node:util';
import { type Document, isCollection, isMap, isScalar, isSeq, type Node, type YAMLSeq } from 'yaml';

/**
 * Carries the differences between two versions of the same settings into the tree of a document, and touches nothing
 * else: comments, blank lines, the order of keys, spellings and keys that neither version knows stay as they are.
 *
 * `before` is what the document meant, with defaults filled in, so that a default that was never written stays
 * unwritten. Returns whether anything differed.
 */
export function applyChanges(tree: Document, before: unknown, after: unknown): boolean {
  if (isDeepStrictEqual(withoutUndefined(before), withoutUndefined(after))) return false;
  tree.contents = changed(tree, tree.contents, withoutUndefined(before), withoutUndefined(after));
  return true;
}

function changed(tree: Document, node: Node | null, before: unknown, after: unknown): Node | null {
  if (node !== null && isDeepStrictEqual(before, after)) return node;
  if (isMap(node) && isRecord(before) && isRecord(after)) {
    for (const [key, value] of Object.entries(after)) {
      if (isDeepStrictEqual(before[key], value) && Object.hasOwn(before, key)) continue;
      const child = node.get(key, true) ?? null;
      const next = changed(tree, child, before[key], value);
      if (next !== child) node.set(key, next);
    }
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) node.delete(key);
    return node;
  }
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after) && node.items.length === before.length) {
    changeList(tree, node as YAMLSeq<Node>, before, after);
    return node;
  }
  if (isScalar(node) && !isRecord(after) && !Array.isArray(after)) {
    node.value = after;
    return node;
  }
  return made(tree, after, node);
}

/** A new node in the old one's place, below the same comment. */
function made(tree: Document, value: unknown, old: Node | null): Node {
  const node = tree.createNode(value);
  if (typeof old?.commentBefore === 'string') node.commentBefore = old.commentBefore;
  if (old?.spaceBefore === true) node.spaceBefore = true;
  return node;
}

/** Entries keep their node, and with it their comments, wherever they move to: they are known by id or by name. */
function changeList(
  tree: Document,
  list: YAMLSeq<Node>,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  const wasEmpty = list.items.length === 0;
  const origins = originsOf(before, after);
  const items = after.map((value, index) => {
    const origin = origins[index];
    if (origin === undefined) return tree.createNode(value);
    return changed(tree, list.items[origin] ?? null, before[origin], value) ?? tree.createNode(value);
  });
  list.items = items;
  // `sources: []` was written for want of entries, not out of love for one long line.
  if (wasEmpty && items.some((item) => isCollection(item))) list.flow = false;
}

/** For each entry of the new list the index of the old one that it was, if it was there. */
function originsOf(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const free = new Set(before.keys());
  const take = (index: number | undefined) => {
    if (index === undefined || !free.delete(index)) return undefined;
    return index;
  };
  const places = new Map<string, number[]>();
  // Backwards, so that of several that are alike the first is the one to be taken first.
  for (let index = before.length - 1; index >= 0; index--) {
    const identity = identityOf(before[index]);
    const found = places.get(identity);
    if (found === undefined) places.set(identity, [index]);
    else found.push(index);
  }
  const byIdentity = after.map((value) => take(places.get(identityOf(value))?.pop()));
  // What is left is new, or was renamed where it stands.
  return byIdentity.map((origin, index) => origin ?? take(index));
}

/** By what an entry is known, as text that is the same for equal ones. */
function identityOf(value: unknown): string {
  return JSON.stringify(isRecord(value) ? (value['id'] ?? value['name'] ?? value) : value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Plain data as a file can hold it: a key without a value is no key. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  );
}
