import { fitsGlob, isGlob } from '../glob.ts';
import type { ProcessInfo } from '../system/system.ts';

/**
 * Whether a process is meant by a name or a pattern. A name without `*` and `?` is that of the program, or of the file
 * that was started; a pattern has to match the whole name or the whole command line. Upper and lower case are the same.
 */
export function processMatcher(pattern: string): (process: ProcessInfo) => boolean {
  const wanted = pattern.toLowerCase();
  if (!isGlob(wanted)) {
    return ({ name, commandLine }) =>
      name.toLowerCase() === wanted || startedFile(commandLine).toLowerCase() === wanted;
  }
  return ({ name, commandLine }) =>
    fitsGlob(wanted, name.toLowerCase()) ||
    (commandLine !== '' && fitsGlob(wanted, commandLine.toLowerCase()));
}

/** The last part of the path that a command line begins with. */
function startedFile(commandLine: string): string {
  const [path = ''] = commandLine.split(' ', 1);
  return path.slice(path.lastIndexOf('/') + 1);
}
