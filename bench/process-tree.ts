import { readFileSync, readdirSync } from 'node:fs';

/** The process and everything that it has started, by parent id. */
export function treeOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, after] = /^\d+ \(.*\) . (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
        return [{ pid: Number(name), parent: Number(after) }];
      } catch {
        return [];
      }
    });
  const found = [root];
  for (const pid of found)
    found.push(...parents.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return found;
}

/** Proportional set size in MB (10^6 bytes), shared pages counted once. */
export function pssOf(pid: number): number {
  const kibibytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
  return (kibibytes * 1024) / 1e6;
}
