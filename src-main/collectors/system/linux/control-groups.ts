import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ByteCursor } from '../byte-cursor.ts';
import { ProcFiles } from '../proc-files.ts';
import type { CpuLimit, MemoryLimit } from '../system.ts';
import { unescaped } from './mounts.ts';

/** In version 1, this value or more means no limit (`PAGE_COUNTER_MAX`, rounded down to pages). */
const unlimitedBytes = 2 ** 62;

/** Folders of one process's groups in one hierarchy: its own, and the visible ones above it. */
interface Hierarchy {
  version: 1 | 2;
  folders: readonly string[];
}

interface Found {
  memory: Hierarchy | null;
  cpu: Hierarchy | null;
  /** For version 1, where processor time is counted separately from where it is limited. */
  accounting: Hierarchy | null;
}

/**
 * The limits of the control groups that this process is in (cgroups(7); Documentation/admin-guide/cgroup-v2 and
 * cgroup-v1 of the kernel): those of its container, or of its service. Limits of several levels apply at once; the
 * tightest is used, with the usage counted on its level. A level without the file, or with `max`, has no limit.
 */
export class ControlGroups {
  readonly #proc: ProcFiles;
  readonly #files = new ProcFiles('/');
  readonly #sysRoot: string;
  #membership = Buffer.alloc(0);
  #found: Found = { memory: null, cpu: null, accounting: null };

  /** Reads `self/cgroup` and `self/mountinfo` from `proc`; groups mounted below `/sys` are read below `sysRoot`. */
  constructor(proc: ProcFiles, sysRoot: string) {
    this.#proc = proc;
    this.#sysRoot = sysRoot;
  }

  /**
   * Used memory excludes inactive file pages, which could be given back at once; container engines count the same way.
   */
  memory(): MemoryLimit | null {
    const hierarchy = this.#look().memory;
    if (hierarchy === null) return null;
    const [limitFile, usedFile, inactiveWord] =
      hierarchy.version === 2
        ? ['memory.max', 'memory.current', 'inactive_file ']
        : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file '];
    const tightest = this.#tightest(hierarchy, (folder) => this.#number(folder, limitFile));
    if (tightest === null || tightest.limit >= unlimitedBytes) return null;
    const used = this.#number(tightest.folder, usedFile);
    const inactive = this.#entry(tightest.folder, 'memory.stat', inactiveWord);
    const known = used !== null && inactive !== null && inactive <= used;
    return { bytes: tightest.limit, usedBytes: known ? used - inactive : null };
  }

  cpu(): CpuLimit | null {
    const { cpu: hierarchy, accounting } = this.#look();
    if (hierarchy === null) return null;
    const tightest = this.#tightest(hierarchy, (folder) =>
      hierarchy.version === 2 ? this.#quota(folder, 'cpu.max') : this.#oldQuota(folder),
    );
    if (tightest === null) return null;
    const { folder, limit: cores, level } = tightest;
    const isSameGroup = accounting?.folders.length === hierarchy.folders.length;
    const accounted = isSameGroup ? accounting.folders[level] : undefined;
    const [used, unitsPerMs] =
      hierarchy.version === 2
        ? [this.#entry(folder, 'cpu.stat', 'usage_usec '), 1e3]
        : [accounted === undefined ? null : this.#number(accounted, 'cpuacct.usage'), 1e6];
    const periods = this.#entry(folder, 'cpu.stat', 'nr_periods ');
    const throttled = this.#entry(folder, 'cpu.stat', 'nr_throttled ');
    return {
      cores,
      usedMs: used === null ? null : used / unitsPerMs,
      periods: periods === null || throttled === null ? null : { all: periods, throttled },
    };
  }

  close(): void {
    this.#files.close();
  }

  #tightest(
    { folders }: Hierarchy,
    limitOf: (folder: string) => number | null,
  ): { folder: string; limit: number; level: number } | null {
    let tightest: { folder: string; limit: number; level: number } | null = null;
    for (const [level, folder] of folders.entries()) {
      const limit = limitOf(folder);
      if (limit !== null && limit > 0 && (tightest === null || limit < tightest.limit))
        tightest = { folder, limit, level };
    }
    return tightest;
  }

  /** Finds the folders again if the process was moved to another group. */
  #look(): Found {
    const membership = this.#proc.readShort('self/cgroup');
    if (membership.equals(this.#membership)) return this.#found;
    this.#membership = Buffer.from(membership);
    this.#files.close();
    const mounts = groupMounts(this.#proc.read('self/mountinfo').toString());
    const groups = groupsIn(this.#membership.toString());
    this.#found = {
      memory: this.#hierarchy('memory', groups, mounts),
      cpu: this.#hierarchy('cpu', groups, mounts),
      accounting: this.#hierarchy('cpuacct', groups, mounts),
    };
    return this.#found;
  }

  /** A controller belongs to one hierarchy: one of version 1 that names it, otherwise the one of version 2. */
  #hierarchy(
    controller: string,
    groups: ReadonlyMap<string, string>,
    mounts: readonly GroupMount[],
  ): Hierarchy | null {
    const old = groups.get(controller);
    const group = old ?? groups.get('');
    const mount = mounts.find(({ controllers }) =>
      old === undefined ? controllers === null : controllers?.includes(controller) === true,
    );
    if (group === undefined || mount === undefined) return null;
    const below = pathBelow(mount.root, group);
    const parts = below.split('/').filter((part) => part !== '');
    const top = mount.path.startsWith('/sys/') ? join(this.#sysRoot, mount.path.slice(4)) : mount.path;
    const folders = [...parts.keys(), parts.length]
      .map((count) => join(top, ...parts.slice(0, count)))
      .reverse();
    if (old !== undefined) return { version: 1, folders };
    const limits = controller === 'memory' ? 'memory.max' : 'cpu.max';
    return { version: 2, folders: folders.filter((folder) => existsSync(join(folder, limits))) };
  }

  /** Null for `max`, a missing file, and -1. Roots of hierarchies have no limits. */
  #number(folder: string, file: string): number | null {
    return this.#in(folder, file, (cursor) => cursor.number());
  }

  #quota(folder: string, file: string): number | null {
    return this.#in(folder, file, (cursor) => share(cursor.number(), cursor.number()));
  }

  #oldQuota(folder: string): number | null {
    return share(this.#number(folder, 'cpu.cfs_quota_us'), this.#number(folder, 'cpu.cfs_period_us'));
  }

  #entry(folder: string, file: string, word: string): number | null {
    const wanted = Buffer.from(word);
    return this.#in(folder, file, (cursor) => {
      while (!cursor.atEnd) {
        if (cursor.take(wanted)) return cursor.number();
        cursor.nextLine();
      }
      return null;
    });
  }

  #in(folder: string, file: string, read: (cursor: ByteCursor) => number | null): number | null {
    try {
      return read(new ByteCursor(this.#files.read(join(folder, file))));
    } catch {
      // Roots of hierarchies have no limits, and a kernel has no file for something it does not count.
      return null;
    }
  }
}

interface GroupMount {
  /** For version 1; null for version 2. */
  controllers: readonly string[] | null;
  /** The group that is visible at `path`. */
  root: string;
  path: string;
}

/** See `realMounts` for the format. */
function groupMounts(mountinfo: string): GroupMount[] {
  return mountinfo.split('\n').flatMap((line): GroupMount[] => {
    const words = line.split(' ');
    const dash = words.indexOf('-', 6);
    const [, , , root, path] = words;
    const type = words[dash + 1];
    if (dash < 0 || root === undefined || path === undefined) return [];
    const at = { root: unescaped(root), path: unescaped(path) };
    if (type === 'cgroup2') return [{ controllers: null, ...at }];
    if (type === 'cgroup') return [{ controllers: (words[dash + 3] ?? '').split(','), ...at }];
    return [];
  });
}

/** This process's group by controller, `''` for version 2, from lines such as `4:memory:/a/b` and `0::/a/b`. */
function groupsIn(membership: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of membership.split('\n')) {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined) continue;
    for (const controller of controllers.split(',')) groups.set(controller, path.join(':'));
  }
  return groups;
}

/**
 * The path of a group below the mounted one. A container may see the host's group names while only its own group is
 * mounted: a group that is not below the mounted root is that root.
 */
function pathBelow(root: string, group: string): string {
  if (root === '/') return group.includes('..') ? '/' : group;
  return group.startsWith(`${root}/`) ? group.slice(root.length) : '/';
}

function share(quota: number | null, period: number | null): number | null {
  return quota === null || period === null || period === 0 ? null : quota / period;
}
