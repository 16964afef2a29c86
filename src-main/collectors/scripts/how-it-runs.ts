import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import type { ScriptFile } from './script-file.ts';

/** How a file is run: as Python or JavaScript with a function `collect`, or as a program that prints. */
export type Manner = 'python' | 'module' | 'program';

const pythonEndings = new Set(['.py']);
const moduleEndings = new Set(['.js', '.mjs', '.ts', '.mts']);

/** Decides by the file's extension. A file whose output has a declared format is a program whatever its extension. */
export function mannerOf(path: string, format: string): Manner {
  if (format !== 'auto') return 'program';
  const ending = extname(path).toLowerCase();
  if (pythonEndings.has(ending)) return 'python';
  return moduleEndings.has(ending) ? 'module' : 'program';
}

/** Whether the text of a script seems to define `check(metrics)`. The script is not run to find out. */
export function seemsToCheck({ path, bytes }: Pick<ScriptFile, 'path' | 'bytes'>): boolean {
  const manner = mannerOf(path, 'auto');
  if (manner === 'program') return false;
  const text = bytes.toString('utf8');
  return manner === 'python'
    ? /^(?:async\s+)?def\s+check\s*\(/m.test(text)
    : /^\s*export\s+(?:(?:async\s+)?function\s+|const\s+|let\s+)check\b/m.test(text);
}

/** Magic numbers of files that the system can start directly: ELF, Mach-O (thin and fat), PE. */
const programStarts = ['7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe', '4d5a'];

/**
 * Throws `unsupported`, with a remedy, for a file that cannot be run as it is. The system would hand a file without an
 * interpreter line to a shell, which nobody asked for.
 */
export function refuseUnlessRunnable({ path, bytes, mode }: ScriptFile, interpreter: string | null): void {
  if (interpreter !== null) return;
  const refuse = (why: string) => new PlimsollError('unsupported', `${path} ${why}`);
  const isWindows = process.platform === 'win32';
  if (isWindows && !/\.(?:exe|com)$/i.test(path))
    throw refuse(
      'cannot be started by Windows itself. Say in the settings which program runs it (interpreter).',
    );
  if (mode !== null && (mode & 0o111) === 0) throw refuse('is not executable. Make it so: chmod u+x.');
  const start = bytes.subarray(0, 4).toString('hex');
  if (programStarts.some((known) => start.startsWith(known))) return;
  const [first = ''] = bytes.subarray(0, 256).toString('latin1').split('\n');
  const [, program] = /^#![ \t]*(\S+)/.exec(first) ?? [];
  if (program === undefined)
    throw refuse(
      'does not say what runs it. Begin it with a line such as #!/bin/sh, or set its interpreter.',
    );
  // The system would look for a program whose name ends with it.
  if (first.endsWith('\r'))
    throw refuse('has the line ends of Windows. Save it with line ends of Unix (LF).');
  if (!isExecutable(program))
    throw refuse(`names ${program} in its first line, which is not there. Correct the line.`);
}

const pythons = process.platform === 'win32' ? ['py', 'python3', 'python'] : ['python3', 'python'];

/** The Python to use: the one that is named, or the one on PATH. Throws `unsupported` if there is none. */
export function findPython(interpreter: string | null, env: NodeJS.ProcessEnv = process.env): string {
  if (interpreter !== null) return findProgram(interpreter, env);
  const found = pythons.map((name) => onPath(name, env)).find((path) => path !== undefined);
  if (found !== undefined) return found;
  throw new PlimsollError(
    'unsupported',
    `There is no Python on this machine: neither ${pythons.join(' nor ')} is in PATH. Install it, or say where it is (interpreter).`,
  );
}

/** The full path of a program, given as a path or as a name on PATH. Throws `unsupported`. */
export function findProgram(program: string, env: NodeJS.ProcessEnv = process.env): string {
  const found = isAbsolute(program) ? (isExecutable(program) ? program : undefined) : onPath(program, env);
  if (found !== undefined) return found;
  throw new PlimsollError(
    'unsupported',
    isAbsolute(program)
      ? `There is no program ${program}. Correct the interpreter of this source.`
      : `There is no program ${program} in PATH. Install it, or give its full path as the interpreter.`,
  );
}

/** Relative entries of PATH are skipped, because they would depend on our working directory. */
function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const path = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  const endings = process.platform === 'win32' ? ['.exe', '.com'] : [''];
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
