/** A square picture: pixels as RGBA with straight alpha, row by row from the top, and the same as a PNG file. */
export interface Picture {
  size: number;
  rgba: Uint8ClampedArray;
  png: Buffer;
}

/** From this edge on Windows reads PNG inside an icon everywhere; below, old readers want a bitmap. */
const pngFrom = 256;

/**
 * A Windows icon with all these sizes, at most 256. Format: ICONDIR and ICONDIRENTRY as in Microsoft's "Icons", bitmaps as
 * BITMAPINFOHEADER of double height, rows from the bottom, BGRA, followed by a 1-bit mask.
 */
export function icoFile(pictures: readonly Picture[]): Buffer {
  const images = pictures.map((picture) => (picture.size >= pngFrom ? picture.png : bitmap(picture)));
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  pictures.forEach(({ size }, index) => {
    const at = 6 + 16 * index;
    const bytes = images[index]?.length ?? 0;
    // One byte has no 256: it is written as 0.
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(bytes, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += bytes;
  });
  return Buffer.concat([head, ...images]);
}

function bitmap({ size, rgba }: Picture): Buffer {
  const maskRow = Math.ceil(size / 32) * 4;
  const bytes = Buffer.alloc(40 + size * size * 4 + maskRow * size);
  bytes.writeUInt32LE(40, 0);
  bytes.writeInt32LE(size, 4);
  bytes.writeInt32LE(size * 2, 8);
  bytes.writeUInt16LE(1, 12);
  bytes.writeUInt16LE(32, 14);
  bytes.writeUInt32LE(size * size * 4, 20);
  for (let row = 0; row < size; row++) {
    const fromBottom = size - 1 - row;
    for (let column = 0; column < size; column++) {
      const from = (row * size + column) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4);
      bytes.set([blue, green, red, alpha], 40 + (fromBottom * size + column) * 4);
      // The mask is for readers that know no alpha: 1 is see-through.
      if (alpha === 0) {
        const at = 40 + size * size * 4 + fromBottom * maskRow + (column >> 3);
        bytes[at] = (bytes[at] ?? 0) | (0x80 >> (column & 7));
      }
    }
  }
  return bytes;
}

/** Types of PNG elements by edge; the second of two is the same edge for a screen of double density. */
const icnsTypes: Readonly<Record<number, readonly string[]>> = {
  32: ['ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** A macOS icon. Format: "Apple Icon Image": the file's length, then elements of type, length and PNG, all big-endian. */
export function icnsFile(pictures: readonly Picture[]): Buffer {
  const elements = pictures.flatMap(({ size, png }) => {
    const types = icnsTypes[size];
    if (types === undefined) throw new Error(`An icns file has no element of ${size} pixels`);
    return types.flatMap((type) => [head(type, png.length), png]);
  });
  const length = elements.reduce((sum, element) => sum + element.length, 0);
  return Buffer.concat([head('icns', length), ...elements]);
}

function head(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(length + 8, 4);
  return bytes;
}
