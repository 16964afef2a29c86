import { PlimsollError } from '../../contract/error.ts';

/*
 * The Snappy block format, following its format description: the length as a varint, then literals and copies of
 * earlier output.
 */

/**
 * Decompresses a block. Throws `too_large` before it decompresses anything if the declared size exceeds `bytesAtMost`,
 * and `usage` if the block is damaged.
 */
export function fromSnappy(block: Uint8Array, bytesAtMost: number): Uint8Array {
  const { value: size, next } = lengthOf(block);
  if (size > bytesAtMost)
    throw new PlimsollError('too_large', `a body has at most ${bytesAtMost} bytes here when it is unpacked`);
  const out = new Uint8Array(size);
  let [at, end] = [next, 0];
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    if ((tag & 3) === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const bytes = length - 60;
        length = littleEndian(block, at, bytes) + 1;
        at += bytes;
      }
      if (at + length > block.length || end + length > size) throw damaged();
      out.set(block.subarray(at, at + length), end);
      at += length;
      end += length;
      continue;
    }
    const isShort = (tag & 3) === 1;
    const bytes = isShort ? 1 : (tag & 3) === 2 ? 2 : 4;
    const length = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = littleEndian(block, at, bytes) + (isShort ? (tag >>> 5) * 256 : 0);
    at += bytes;
    if (distance === 0 || distance > end || end + length > size) throw damaged();
    // Byte by byte, because a copy may overlap its own output.
    for (let copied = 0; copied < length; copied++, end++) out[end] = out[end - distance] ?? 0;
  }
  if (end !== size) throw damaged();
  return out;
}

function lengthOf(block: Uint8Array): { value: number; next: number } {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) return { value, next: at + 1 };
  }
  throw damaged();
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > block.length) throw damaged();
  let value = 0;
  for (let index = 0; index < bytes; index++) value += (block[at + index] ?? 0) * 2 ** (8 * index);
  return value;
}

function damaged(): PlimsollError {
  return new PlimsollError('usage', 'the body is not a block of Snappy');
}
