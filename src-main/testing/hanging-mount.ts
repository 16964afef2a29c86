import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** The process keeps each device open, and the shell that opens them knows descriptors of one digit; 3 is the line to main. */
const descriptors = [4, 5, 6, 7, 8, 9];

/** Why no process with file systems that hang can be had here; null where one can. */
export const noHangingMounts = whyNot();

/**
 * Starts a Node program as `fork` does, for which a file system whose program never answers is mounted at each of these paths, at most
 * six, as network mounts whose servers are gone. Nobody else sees them, and they end with the process.
 */
export function forkWithHangingMounts(module: string, paths: readonly string[]): ChildProcess {
  for (const path of paths) mkdirSync(path, { recursive: true });
  const lines = paths.map((path, place) => {
    const descriptor = descriptors[place];
    if (descriptor === undefined) throw new Error('there are six descriptors');
    return `exec ${descriptor}<>/dev/fuse && ${mountCommand(descriptor, path)}`;
  });
  const script = `${lines.join(' && ')} && exec "$0" "$1"`;
  const execArgv = ['--mount', '--propagation', 'private', 'sh', '-c', script, process.execPath];
  return fork(module, {
    ...{ execPath: 'unshare', execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    serialization: 'advanced',
  });
}

function mountCommand(descriptor: number, path: string): string {
  const options = `fd=${descriptor},rootmode=40000,user_id=0,group_id=0`;
  return `mount -i -t fuse.sshfs -o ${options} nobody:/ '${path}'`;
}

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', `exec 4<>/dev/fuse && ${mountCommand(4, '/mnt')}`], {
      stdio: 'ignore',
    });
    return null;
  } catch {
    return 'needs root, /dev/fuse, and mount namespaces';
  }
}
