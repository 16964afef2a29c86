import { readdirSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';
import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';
import type { DeviceCounters } from '../system.ts';

/** Always, whatever the device's own sector size (Documentation/block/stat.rst). */
const sectorBytes = 512;
/** The numbers of one line; shared, so that a reading does not create an array for each device. */
const columns = new Float64Array(10);
/** Devices backed by files or memory. */
const notADevice = /^(?:loop|ram|zram)\d+$/;

/**
 * From `/proc/diskstats` (Documentation/admin-guide/iostats.rst): `major minor name`, then reads, merged reads, sectors
 * read, ms reading, writes, merged writes, sectors written, ms writing, requests under way, ms busy. Kernels before
 * 2.6.25 had four columns for partitions; newer ones only add columns at the end. Whole devices are those in
 * `/sys/block`, where a `/` in a name is written as `!`. Devices that were never used are left out: a machine may have
 * dozens that are only prepared.
 */
export function readDeviceCounters(
  bytes: Buffer,
  path: string,
  whole: Pick<WholeDevices, 'has'>,
): DeviceCounters[] {
  const cursor = new ByteCursor(bytes);
  const devices: DeviceCounters[] = [];
  while (!cursor.atEnd) {
    if (cursor.number() === null || cursor.number() === null) {
      throw damaged(path, 'a line does not begin with two numbers');
    }
    cursor.skipSpaces();
    const nameAt = cursor.position;
    cursor.skipWord();
    let count = 0;
    for (; count < columns.length; count++) {
      const value = cursor.number();
      if (value === null) break;
      columns[count] = value;
    }
    const isCut = count < columns.length;
    const at = (column: number): number => columns[column] ?? NaN;
    const [reads, writes] = [at(0), at(4)];
    // Looking up the name costs more than reading the numbers, and most devices were never used.
    if (isCut || reads + writes > 0) {
      cursor.moveTo(nameAt);
      const device = cursor.word();
      if (!notADevice.test(device) && whole.has(device)) {
        if (isCut) throw damaged(path, `the line of ${device} has fewer than ten numbers`);
        devices.push({
          device,
          readBytes: at(2) * sectorBytes,
          writtenBytes: at(6) * sectorBytes,
          reads,
          writes,
          busyMs: at(9),
        });
      }
    }
    cursor.nextLine();
  }
  return devices;
}

/** Knows which names of `/proc/diskstats` are whole devices. It reads `/sys/block` when it is asked for a new name. */
export class WholeDevices {
  readonly #sysRoot: string;
  readonly #known = new Map<string, boolean>();

  /** Throws `unsupported` if there is no `/sys/block`, and so does `has`. */
  constructor(sysRoot: string) {
    this.#sysRoot = sysRoot;
    for (const device of wholeDevices(sysRoot)) this.#known.set(device, true);
  }

  has(device: string): boolean {
    let isWhole = this.#known.get(device);
    if (isWhole === undefined) {
      isWhole = wholeDevices(this.#sysRoot).has(device);
      this.#known.set(device, isWhole);
    }
    return isWhole;
  }
}

/** Names as `/proc/diskstats` writes them. */
function wholeDevices(sysRoot: string): Set<string> {
  try {
    return new Set(readdirSync(`${sysRoot}/block`).map((name) => name.replaceAll('!', '/')));
  } catch (cause) {
    throw new PlimsollError(
      'unsupported',
      `${sysRoot}/block cannot be read: ${messageOf(cause)}. Without it devices cannot be told from partitions.`,
      { cause },
    );
  }
}
