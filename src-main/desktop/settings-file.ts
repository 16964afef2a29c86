import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { messageOf, PlimsollError } from '../contract/error.ts';
import { parseSettings } from '../monitor/settings/schema.ts';

/** A file whose content holds as settings. The revision is the hash of its bytes. */
export interface GoodFile {
  is: 'good';
  bytes: Uint8Array;
  content: Record<string, unknown>;
  revision: string;
}

/** What a path holds; `reason` says in words why it is not valid settings. */
export type Finding = GoodFile | { is: 'missing' } | { is: 'bad'; reason: string };

/** Settings at their limits (10,000 rules, 1,000 sources) stay below half of this. */
const bytesAtMost = 16 * 1024 * 1024;

/** Looks at a settings file in JSON. Never throws, never waits for a pipe, changes nothing. */
export function lookAt(path: string): Finding {
  try {
    // Before the link is followed: one that leads nowhere is something, and must be moved away before we write.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { is: 'missing' };
    const stats = statSync(path);
    if (stats.isDirectory()) return { is: 'bad', reason: 'it is a directory' };
    if (!stats.isFile()) return { is: 'bad', reason: 'it is not an ordinary file' };
    if (stats.size > bytesAtMost)
      return { is: 'bad', reason: `${stats.size} bytes are more than settings may have` };
    return goodFile(readFileSync(path));
  } catch (thrown) {
    return { is: 'bad', reason: reasonOf(thrown) };
  }
}

/** Throws when the bytes are not valid settings. */
function goodFile(bytes: Uint8Array): GoodFile {
  // electron-store does not read a byte order mark either.
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const content: unknown = JSON.parse(text);
  parseSettings(content);
  return {
    is: 'good',
    bytes,
    content: content as Record<string, unknown>,
    revision: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** A part of the file must not end up in a message: it may hold what is private. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof SyntaxError) return 'it is not JSON, or not all of it is there';
  if (thrown instanceof TypeError) return 'it is not UTF-8 text';
  if (!(thrown instanceof PlimsollError)) return messageOf(thrown);
  return thrown.problems[0] === undefined
    ? thrown.message
    : `${thrown.problems[0].path} ${thrown.problems[0].message}`.trim();
}
