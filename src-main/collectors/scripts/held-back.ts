import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

/** Of util-linux, and of every Linux but the smallest. */
const prlimit = '/usr/bin/prlimit';

/**
 * Further processes and threads that the system lets its user have while a script runs. More than a script may have: looking at it ends
 * it before; this is for one that forks faster than anybody looks.
 */
const further = 512;

/**
 * The program and its words, started through one that has the kernel hold it back: setrlimit(2) is not in reach of Node. The limit
 * counts everything that the user runs, so it is set from what runs now. It does not bind root; where there is no such program
 * nothing is changed.
 */
export function heldBack(program: string, words: readonly string[]): [program: string, words: string[]] {
  const me = process.getuid?.();
  if (process.platform !== 'linux' || me === undefined || me === 0 || !existsSync(prlimit))
    return [program, [...words]];
  return [prlimit, [`--nproc=${threadsOf(me) + further}`, '--core=0', program, ...words]];
}

/** How many threads a user has, all programs together. */
function threadsOf(user: number): number {
  let threads = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (statSync(`/proc/${name}`).uid !== user) continue;
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      threads += Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[17]) || 1;
    } catch {
      // It has just ended.
    }
  }
  return threads;
}
