import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';

/** Why no file system that hangs can be had here; null where one can. */
export const noHangingMount =
  process.platform !== 'linux' || process.getuid?.() !== 0 || !canBeOpened('/dev/fuse')
    ? 'needs Linux, root and /dev/fuse'
    : null;

/**
 * Mounts a file system at `path` whose program never answers, as a network mount whose server is gone. What is returned ends it: all
 * who wait for it get an error.
 */
export function mountHanging(path: string): () => void {
  mkdirSync(path, { recursive: true });
  const device = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  execFileSync('mount', ['-i', '-t', 'fuse.sshfs', '-o', options, 'nobody:/', path], {
    stdio: ['ignore', 'ignore', 'inherit', device],
  });
  return () => {
    closeSync(device);
    execFileSync('umount', ['-l', path]);
  };
}

function canBeOpened(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return true;
  } catch {
    return false;
  }
}
