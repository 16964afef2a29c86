import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { MountUsage, Volume } from './system.ts';

/**
 * The file system that holds `path`, by statfs(2), as psutil 5.9.4 does (`_psposix.disk_usage`): total = f_blocks ×
 * f_frsize; used = (f_blocks − f_bfree) × f_frsize, which counts the blocks reserved for root as free; available =
 * f_bavail × f_frsize, which does not. On macOS these are the numbers of the APFS container that all its volumes share.
 *
 * Throws `unreadable` when the path can not be asked, `unsupported` when its file system has no size, as `/proc`. The call
 * waits as long as a dead network file system lets it wait: deadlines are the scheduler's.
 */
export async function readVolume(path: string): Promise<Volume> {
  return volumeOf(await ask(path), path);
}

/** Like `readVolume`, with f_files and f_ffree. File systems that make inodes as they need them say 0: they have none here. */
export async function readMountUsage(path: string): Promise<MountUsage> {
  const stats = await ask(path);
  const volume = volumeOf(stats, path);
  return stats.files > 0 ? { ...volume, inodes: { total: stats.files, free: stats.ffree } } : volume;
}

async function ask(path: string): Promise<StatsFs> {
  return await statfs(path).catch((cause: unknown) => {
    throw new PlimsollError(
      'unreadable',
      `The file system of ${path} can not be read: ${messageOf(cause)}. Check that the path exists and is mounted.`,
      { retry: true, cause },
    );
  });
}

function volumeOf(stats: StatsFs, path: string): Volume {
  if (stats.blocks === 0) {
    throw new PlimsollError(
      'unsupported',
      `The file system of ${path} has no size. Choose a path on a real disk.`,
    );
  }
  return {
    total: stats.blocks * stats.frsize,
    used: (stats.blocks - stats.bfree) * stats.frsize,
    available: stats.bavail * stats.frsize,
  };
}
