import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

/** Part of util-linux, which all but the smallest Linux systems have. */
const prlimit = '/usr/bin/prlimit';

/**
 * How many more processes and threads the system allows this user while a script runs. It is more than a script may
 * have, because the regular check ends such a script first: this stops one that forks faster than the check runs.
 */
const further = 512;

/**
 * Wraps a command in `prlimit`, so that the kernel limits its processes, because Node cannot call setrlimit(2). The
 * kernel's limit counts everything that the user runs, so it is set relative to what runs now. It does not apply to
 * root. Without `prlimit` the command is returned unchanged.
 */
export function heldBack(program: string, words: readonly string[]): [program: string, words: string[]] {
  const me = process.getuid?.();
  if (process.platform !== 'linux' || me === undefined || me === 0 || !existsSync(prlimit))
    return [program, [...words]];
  return [prlimit, [`--nproc=${threadsOf(me) + further}`, '--core=0', program, ...words]];
}

/** How many threads all programs of a user have. */
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
