import { readFileSync } from 'node:fs';

/** The page size in bytes, from the auxiliary vector (getauxval(3)): AT_PAGESZ is 6. Null if unknown. */
export function pageBytesOf(auxvPath: string): number | null {
  try {
    const vector = readFileSync(auxvPath);
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === 6n) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // Without the file memory is absent: null.
  }
  return null;
}

/**
 * How many descriptors may stay open for processes: an eighth of this process's limit, and no more than 2048. The rest
 * is for everything else that it does.
 */
export function descriptorsToKeep(limitsPath: string): number {
  let limit = 256;
  try {
    const text = readFileSync(limitsPath, 'utf8');
    limit = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? limit);
  } catch {
    // An unknown limit is treated as a small one.
  }
  return Math.min(2048, Math.floor(limit / 8));
}
