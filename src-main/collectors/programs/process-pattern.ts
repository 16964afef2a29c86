import type { ProcessInfo } from '../system/system.ts';

/**
 * Whether a process is meant by a name or a pattern. A name without `*` and `?` is that of the program, or of the file
 * that was started; a pattern has to match the whole name or the whole command line. Upper and lower case are the same.
 */
export function processMatcher(pattern: string): (process: ProcessInfo) => boolean {
  const wanted = pattern.toLowerCase();
  if (!/[*?]/.test(wanted)) {
    return ({ name, commandLine }) =>
      name.toLowerCase() === wanted || startedFile(commandLine).toLowerCase() === wanted;
  }
  return ({ name, commandLine }) =>
    matches(wanted, name.toLowerCase()) || (commandLine !== '' && matches(wanted, commandLine.toLowerCase()));
}

/** The last part of the path that a command line begins with. */
function startedFile(commandLine: string): string {
  const [path = ''] = commandLine.split(' ', 1);
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * `*` is any number of characters, `?` one. Goes back to the last `*` only, so that no pattern takes longer than the product
 * of both lengths: command lines are written by anybody.
 */
function matches(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  let [starPlace, starAt] = [-1, 0];
  while (at < text.length) {
    const wanted = pattern[place];
    if (wanted === '*') {
      starPlace = place++;
      starAt = at;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[at])) {
      place++;
      at++;
    } else if (starPlace >= 0) {
      place = starPlace + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}
