import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';
import type { ProcFiles } from '../proc-files.ts';
import type { Memory } from '../system.ts';

const lineFeed = 0x0a;
const meminfoNames = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SReclaimable',
  'SwapTotal',
  'SwapFree',
] as const;
type MeminfoName = (typeof meminfoNames)[number];
const meminfoWords = meminfoNames.map((name) => ({ name, word: Buffer.from(`${name}:`) }));

/** Bytes; null if the line is missing. */
type MeminfoLines = Record<MeminfoName, number | null>;

/** How much memory there is and how much is used, from `/proc/meminfo`. */
export class MemoryUse {
  readonly #files: ProcFiles;
  readonly #path: string;
  /** Where each line began in the reading before: their lengths hardly ever change. */
  readonly #starts = new Map<MeminfoName, number>();

  constructor(files: ProcFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /**
   * From `/proc/meminfo`, whose kB are KiB, as psutil 5.9.4 does (`virtual_memory`): available = MemAvailable; used =
   * MemTotal − MemFree − Buffers − Cached − SReclaimable, or MemTotal − MemFree if that is negative, as in containers
   * that show distorted values. For the same reason an available beyond the total is replaced by MemFree.
   *
   * Without MemAvailable (kernels before 3.14, emulated kernels), available = MemFree + Cached, psutil's coarse
   * estimate. Its finer one needs zone watermarks in units of the page size, which Node does not expose.
   *
   * If a line is missing, whatever is computed from it is absent. Only a missing SReclaimable (kernels before 2.6.19)
   * counts as 0, because there Cached stands alone. Swap: used = SwapTotal − SwapFree, as in `swap_memory`.
   */
  read(): Memory {
    const lines = this.#lines();
    const total = lines.MemTotal;
    if (total === null || total === 0) throw damaged(this.#path, 'it has no MemTotal');
    const free = lines.MemFree;
    const available = availableMemory(lines, total);
    if (available === null) {
      throw damaged(this.#path, 'it has neither MemAvailable nor both MemFree and Cached');
    }
    const { SwapTotal: swapTotal, SwapFree: swapFree } = lines;
    return {
      total,
      available,
      used: usedMemory(lines, total),
      free,
      // Distorted values of a container count as no swap.
      ...(swapTotal !== null &&
        swapFree !== null &&
        swapFree <= swapTotal && { swap: { total: swapTotal, used: swapTotal - swapFree, free: swapFree } }),
    };
  }

  #lines(): MeminfoLines {
    const lines: MeminfoLines = {
      MemTotal: null,
      MemFree: null,
      MemAvailable: null,
      Buffers: null,
      Cached: null,
      SReclaimable: null,
      SwapTotal: null,
      SwapFree: null,
    };
    const bytes = this.#files.readShort('meminfo');
    const cursor = new ByteCursor(bytes);
    for (const { name, word } of meminfoWords) {
      if (!this.#find(name, word, bytes, cursor)) continue;
      const kibibytes = cursor.number();
      if (kibibytes === null) throw damaged(this.#path, `${name} is not a number`);
      lines[name] = kibibytes * 1024;
    }
    return lines;
  }

  /** Moves past the word at the beginning of the line with this name; false if there is no such line. */
  #find(name: MeminfoName, word: Buffer, bytes: Buffer, cursor: ByteCursor): boolean {
    const known = this.#starts.get(name);
    if (known !== undefined && (known === 0 || bytes[known - 1] === lineFeed)) {
      cursor.moveTo(known);
      if (cursor.take(word)) return true;
    }
    cursor.moveTo(0);
    while (!cursor.atEnd) {
      const start = cursor.position;
      if (cursor.take(word)) {
        this.#starts.set(name, start);
        return true;
      }
      cursor.nextLine();
    }
    return false;
  }
}

function availableMemory({ MemAvailable, MemFree, Cached }: MeminfoLines, total: number): number | null {
  const available = MemAvailable ?? (MemFree === null || Cached === null ? null : MemFree + Cached);
  return available !== null && available > total ? MemFree : available;
}

function usedMemory({ MemFree, Buffers, Cached, SReclaimable }: MeminfoLines, total: number): number | null {
  if (MemFree === null || Buffers === null || Cached === null) return null;
  const used = total - MemFree - Buffers - Cached - (SReclaimable ?? 0);
  return used < 0 ? total - MemFree : used;
}
