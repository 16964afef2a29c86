/*
 * The block format of Snappy, written as its format description says: the length as a varint, then literals and copies of what
 * came before. Remote write demands it. See docs/decisions/0052-snappy-and-one-protobuf-message-are-written-by-us.md.
 */

/** Copies are searched within one such block, so that their distance always fits. */
const blockBytes = 65_536;
const hashBits = 14;
const shortestCopy = 4;
const longestCopy = 64;

/** Repeating text of labels shrinks to about a tenth. */
export function snappyBlock(bytes: Buffer): Buffer {
  // The worst case is one literal for each block.
  const out = Buffer.allocUnsafe(10 + bytes.length + Math.ceil(bytes.length / blockBytes) * 5);
  let end = writeVarint(out, 0, bytes.length);
  const table = new Uint32Array(1 << hashBits);
  for (let start = 0; start < bytes.length; start += blockBytes) {
    table.fill(0);
    end = writeBlock(bytes, start, Math.min(start + blockBytes, bytes.length), out, end, table);
  }
  return out.subarray(0, end);
}

function writeBlock(
  bytes: Buffer,
  start: number,
  stop: number,
  out: Buffer,
  from: number,
  table: Uint32Array,
): number {
  let end = from;
  let literalFrom = start;
  let at = start;
  while (at + shortestCopy <= stop) {
    const word = bytes.readUInt32LE(at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits);
    // Positions are stored plus one, so that 0 means none.
    const candidate = (table[slot] ?? 0) - 1;
    table[slot] = at + 1;
    if (candidate < start || bytes.readUInt32LE(candidate) !== word) {
      at++;
      continue;
    }
    end = writeLiteral(bytes, literalFrom, at, out, end);
    let length = shortestCopy;
    while (at + length < stop && bytes[candidate + length] === bytes[at + length]) length++;
    end = writeCopy(at - candidate, length, out, end);
    at += length;
    literalFrom = at;
  }
  return writeLiteral(bytes, literalFrom, stop, out, end);
}

function writeLiteral(bytes: Buffer, from: number, to: number, out: Buffer, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  let end = at;
  if (length <= 60) end = out.writeUInt8((length - 1) << 2, end);
  else if (length <= 256) end = out.writeUInt8(length - 1, out.writeUInt8(60 << 2, end));
  else end = out.writeUInt16LE(length - 1, out.writeUInt8(61 << 2, end));
  return end + bytes.copy(out, end, from, to);
}

/** Copies with a distance of two bytes; a copy of 1 to 64 bytes takes three bytes. */
function writeCopy(distance: number, length: number, out: Buffer, at: number): number {
  let end = at;
  for (let left = length; left > 0;) {
    const part = Math.min(left, longestCopy);
    end = out.writeUInt16LE(distance, out.writeUInt8(((part - 1) << 2) | 2, end));
    left -= part;
  }
  return end;
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let [end, left] = [at, value];
  while (left >= 128) {
    out[end++] = (left % 128) + 128;
    left = Math.floor(left / 128);
  }
  out[end++] = left;
  return end;
}
