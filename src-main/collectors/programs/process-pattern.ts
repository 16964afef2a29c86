import { fitsGlob, isGlob } from '../glob.ts';
import type { ProcessInfo } from '../system/system.ts';

/**
 * Returns a test for a name or a pattern, ignoring case. A name without `*` and `?` is that of the program or of the
 * file that was started; a pattern has to match the whole name or the whole command line.
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

/** The base name of the path at the start of a command line. */
function startedFile(commandLine: string): string {
  const [path = ''] = commandLine.split(' ', 1);
  return path.slice(path.lastIndexOf('/') + 1);
}
