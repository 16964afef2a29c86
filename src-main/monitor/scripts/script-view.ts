import { extname, isAbsolute, relative } from 'node:path';
import type { Approval } from '../../collectors/scripts/approvals.ts';
import { mannerOf, refuseUnlessRunnable } from '../../collectors/scripts/how-it-runs.ts';
import { readScript } from '../../collectors/scripts/script-file.ts';
import type { ScriptFile } from '../../collectors/scripts/script-file.ts';
import { messageOf } from '../../contract/error.ts';
import type { ScriptView } from '../../contract/script.ts';
import type { ScriptUses } from './script-uses.ts';

const scriptEndings = new Set(['.py', '.js', '.mjs', '.ts', '.mts']);

/** The view of a file that was read. Names in `folder`, the folder of scripts, are shortened. */
export function scriptView(
  script: ScriptFile,
  { sources, programs }: ScriptUses,
  approval: Approval | undefined,
  folder: string,
): ScriptView {
  const { path, sha256, bytes, modifiedAt, owner, mode } = script;
  const interpreter = (sources[0] ?? programs[0] ?? approval)?.interpreter ?? null;
  const isSame = approval?.sha256 === sha256 && approval.interpreter === interpreter;
  const problem = runProblem(script, formatOf({ sources, programs }), interpreter);
  const state =
    problem !== null ? 'refused' : approval === undefined ? 'waiting' : isSame ? 'approved' : 'changed';
  return {
    ...{ file: sources[0]?.file ?? shortName(path, folder), path, state, problem, sha256 },
    ...{ approvedSha256: approval?.sha256 ?? null, approvedAt: approval?.approvedAt ?? null },
    ...{ size: bytes.length, modifiedAt, owner, writableBy: writersOf(mode) },
    ...{ interpreter, sources: sources.map(({ name }) => name) },
    destinations: programs.map(({ destination }) => destination),
  };
}

/** The view of a file that could not be read. */
export function unreadView(
  place: { file: string; path: string },
  problem: string,
  { sources, programs }: ScriptUses,
  approval: Approval | undefined,
): ScriptView {
  return {
    ...{ ...place, state: 'refused', problem, sha256: null },
    ...{ approvedSha256: approval?.sha256 ?? null, approvedAt: approval?.approvedAt ?? null },
    ...{ size: null, modifiedAt: null, owner: null, writableBy: null },
    ...{ interpreter: approval?.interpreter ?? null, sources: sources.map(({ name }) => name) },
    destinations: programs.map(({ destination }) => destination),
  };
}

/**
 * The view of a file as `approve` would see it, wherever it is, without a running monitor. Throws like `readScript`.
 */
export async function lookAtScript(
  path: string,
): Promise<
  Pick<ScriptView, 'path' | 'owner' | 'writableBy'> & { sha256: string; size: number; modifiedAt: number }
> {
  const { path: real, sha256, bytes, owner, mode, modifiedAt } = await readScript(path, '/');
  return { path: real, sha256, size: bytes.length, owner, writableBy: writersOf(mode), modifiedAt };
}

export function isScriptName(name: string): boolean {
  return scriptEndings.has(extname(name).toLowerCase()) || /\.(?:exe|com)$/i.test(name);
}

/** Whether a file looks like a script: by its extension, its permission to be executed, or its first line. */
export function looksLikeScript({ path, mode, bytes }: ScriptFile): boolean {
  return (
    isScriptName(path) ||
    (mode !== null && (mode & 0o111) !== 0) ||
    bytes.subarray(0, 2).toString('latin1') === '#!'
  );
}

/**
 * The format of its output. A file that a destination runs is a program whatever its extension, unlike one of a source.
 */
export function formatOf({ sources, programs }: ScriptUses): string {
  return sources[0]?.format ?? (programs.length === 0 ? 'auto' : 'number');
}

/** Why the file cannot be run as it is; null if it can. */
export function runProblem(script: ScriptFile, format: string, interpreter: string | null): string | null {
  if (mannerOf(script.path, format) !== 'program') return null;
  try {
    refuseUnlessRunnable(script, interpreter ?? (/\.py$/i.test(script.path) ? 'python3' : null));
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function shortName(path: string, folder: string): string {
  const way = relative(folder, path);
  return way.startsWith('..') || isAbsolute(way) ? path : way;
}

function writersOf(mode: number | null): ScriptView['writableBy'] {
  if (mode === null) return null;
  if ((mode & 0o020) !== 0) return 'group';
  return (mode & 0o200) !== 0 ? 'owner' : 'nobody';
}
