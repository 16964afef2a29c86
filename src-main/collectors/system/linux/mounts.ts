import { damaged } from '../proc-files.ts';
import type { Mount } from '../system.ts';

/**
 * Real mounts in `/proc/self/mountinfo` (proc(5)): `36 35 98:0 /root /mount/point options … - type source
 * super-options`, with blanks and the like in names written as octal numbers.
 *
 * A mount is real if it is on a block device (its source is a path), on the network, or served by a program (FUSE), and
 * so is the root in any case: in a container it is an overlay. Read-only images are always full and left out. If one
 * device has several mounts (bind mounts, subvolumes), the one of its whole tree is used, otherwise the one with the
 * shortest path. If several are mounted on one path, the last one counts.
 */
export function realMounts(bytes: Buffer, path: string): RealMount[] {
  const visible = new Map<string, Line>();
  for (const text of bytes.toString().split('\n')) {
    if (text === '') continue;
    const line = readLine(text);
    if (line === null) throw damaged(path, 'a line is not that of a mount');
    visible.delete(line.path);
    visible.set(line.path, line);
  }
  const devices = new Map<string, Line>();
  for (const line of visible.values()) {
    if (!isReal(line)) continue;
    const other = devices.get(line.device);
    if (other === undefined || isBetter(line, other)) devices.set(line.device, line);
  }
  return [...devices.values()].map((line) => ({
    mount: { path: line.path, remote: isRemote(line) },
    answersAtOnce: fromMemory.has(line.type),
  }));
}

export interface RealMount {
  mount: Mount;
  /** The file system keeps its usage in memory: statfs(2) waits for no disk and no network. */
  answersAtOnce: boolean;
}

interface Line {
  device: string;
  root: string;
  path: string;
  type: string;
  source: string;
}

function readLine(text: string): Line | null {
  const words = text.split(' ');
  const dash = words.indexOf('-', 6);
  const [, , device, root, path] = words;
  const [type, source] = dash < 0 ? [] : words.slice(dash + 1);
  if (device === undefined || root === undefined || path === undefined) return null;
  if (type === undefined || source === undefined) return null;
  return { device, root, path: unescaped(path), type, source };
}

export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

const fullImages = new Set(['squashfs', 'iso9660', 'erofs', 'cramfs', 'romfs', 'udf']);
const network = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ceph', 'afs', '9p', 'lustre', 'gpfs', 'beegfs', 'glusterfs'],
  ...['ncpfs', 'coda', 'ocfs2', 'gfs2', 'orangefs', 'davfs'],
]);
/** These keep their superblock and counts in memory while they are mounted. */
const fromMemory = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'vfat', 'exfat']);
/** These have no block device of their own, but files on a disk. */
const otherReal = new Set(['zfs', 'virtiofs', 'ubifs', 'jffs2', 'vboxsf', 'prl_fs']);
/** FUSE file systems that do not show files on a disk, or that are images. */
const pseudoFuse = new Set([
  'fuse.lxcfs',
  'fuse.gvfsd-fuse',
  'fuse.portal',
  'fuse.snapfuse',
  'fuse.squashfuse',
]);
/** Files that container engines mount over the image's; each is a mount of the host's disk. */
const engineFiles = new Set(['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']);

function isReal({ type, source, path, root }: Line): boolean {
  if (fullImages.has(type) || pseudoFuse.has(type)) return false;
  if (root !== '/' && engineFiles.has(path)) return false;
  if (network.has(type) || otherReal.has(type) || type.startsWith('fuse.')) return true;
  if (path === '/') return type !== 'rootfs' && type !== 'tmpfs';
  return source.startsWith('/') && !memory.has(type);
}

/** These are in memory or nowhere, but may have any source, even a path. */
const memory = new Set([
  'tmpfs',
  'ramfs',
  'devtmpfs',
  'overlay',
  'aufs',
  'proc',
  'sysfs',
  'autofs',
  'efivarfs',
]);

function isRemote({ type }: Line): boolean {
  return network.has(type) || type.startsWith('fuse');
}

function isBetter(one: Line, other: Line): boolean {
  const whole = (line: Line) => line.root === '/';
  if (whole(one) !== whole(other)) return whole(one);
  return one.path.length < other.path.length;
}
