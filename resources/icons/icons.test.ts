import { createCanvas, loadImage } from '@napi-rs/canvas';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drawAll, drawTray, folder, states } from './draw.ts';
import type { Picture } from './containers.ts';

interface Pixels {
  size: number;
  rgba: Uint8ClampedArray;
}

async function decoded(png: Uint8Array): Promise<Pixels> {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return { size: image.width, rgba: context.getImageData(0, 0, image.width, image.height).data };
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

function decodedBitmap(bytes: Buffer): Pixels {
  const size = bytes.readInt32LE(4);
  expect(bytes.readInt32LE(8)).toBe(size * 2);
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = 40 + ((size - 1 - row) * size + column) * 4;
      const [blue = 0, green = 0, red = 0, alpha = 0] = bytes.subarray(from, from + 4);
      rgba.set([red, green, blue, alpha], (row * size + column) * 4);
    }
  }
  return { size, rgba };
}

/** What a file holds, read by its own format rather than by how we wrote it. */
function parts(path: string, file: Buffer): Buffer[] {
  if (path.endsWith('.ico')) {
    return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
      const at = 6 + 16 * index;
      const offset = file.readUInt32LE(at + 12);
      return file.subarray(offset, offset + file.readUInt32LE(at + 8));
    });
  }
  if (!path.endsWith('.icns')) return [file];
  expect(file.readUInt32BE(4)).toBe(file.length);
  const found: Buffer[] = [];
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    found.push(file.subarray(at + 8, at + file.readUInt32BE(at + 4)));
  }
  return found;
}

async function pixelsOf(path: string, file: Buffer): Promise<Pixels[]> {
  return Promise.all(
    parts(path, file).map(async (part) =>
      part.subarray(0, 8).equals(pngSignature) ? await decoded(part) : decodedBitmap(part),
    ),
  );
}

/** The largest step between two pictures in any channel; what is invisible has no colour to compare. */
function largestStep(one: Pixels, other: Pixels): number {
  return one.rgba.reduce((largest, value, index) => {
    const alpha = one.rgba[index | 3] ?? 0;
    return alpha < 8 && index % 4 !== 3
      ? largest
      : Math.max(largest, Math.abs(value - (other.rgba[index] ?? 0)));
  }, 0);
}

it(
  'holds every icon as the SVGs draw it now; `npm run icons` makes them anew',
  { timeout: 60_000 },
  async () => {
    const drawn = await drawAll();
    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.(png|ico|icns)$/.test(path));
    expect(kept.sort()).toEqual([...drawn.keys()].sort());
    for (const [path, bytes] of drawn) {
      const onDisk = readFileSync(join(folder, path));
      if (onDisk.equals(bytes)) continue;
      // Another processor may round a shade differently, and pack the same pixels in other bytes.
      const [now, then] = await Promise.all([pixelsOf(path, bytes), pixelsOf(path, onDisk)]);
      expect(
        then.map(({ size }) => size),
        path,
      ).toEqual(now.map(({ size }) => size));
      now.forEach((picture, index) => {
        expect(largestStep(picture, then[index] ?? picture), path).toBeLessThanOrEqual(3);
      });
    }
  },
);

it.each([
  ['tray/windows/ok-dark.ico', [16, 20, 24, 32, 40, 48]],
  ['app/icon.ico', [16, 24, 32, 48, 64, 128, 256]],
  ['app/icon.icns', [32, 64, 128, 256, 256, 512, 512, 1024]],
  ['tray/mac/okTemplate@2x.png', [32]],
])('%s holds the sizes %j, readable by their own formats', async (path, sizes) => {
  const pictures = await pixelsOf(path, readFileSync(join(folder, path)));
  expect(pictures.map(({ size }) => size)).toEqual(sizes);
  for (const { size, rgba } of pictures) {
    expect(rgba.length).toBe(size * size * 4);
    expect(rgba.some((value, index) => index % 4 === 3 && value > 200)).toBe(true);
  }
});

it('a template is black and alpha only', async () => {
  for (const state of states) {
    const { rgba } = await decoded(readFileSync(join(folder, `tray/mac/${state}Template.png`)));
    expect(rgba.every((value, index) => index % 4 === 3 || value === 0)).toBe(true);
  }
});

/** Brightness from 0 to 255 of each pixel on its panel, by the weights of ITU-R BT.709. */
function greys({ rgba }: Picture | Pixels, ground: number): number[] {
  return Array.from({ length: rgba.length / 4 }, (_, index) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(index * 4, index * 4 + 4);
    const own = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return ground + ((own - ground) * alpha) / 255;
  });
}

/** Of 256 pixels at least so many differ by at least a quarter of the whole range. */
const margin = { pixels: 20, step: 64 };

it.each([
  ['light', 238],
  ['dark', 30],
  ['template', 238],
] as const)('on %s the five states differ pairwise in grey-scale at 16 pixels', async (panel, ground) => {
  const drawings = await Promise.all(
    states.map(async (state) => ({
      state,
      greys: greys(
        panel === 'template'
          ? await decoded(readFileSync(join(folder, `tray/mac/${state}Template.png`)))
          : await drawTray(state, panel, 16),
        ground,
      ),
    })),
  );
  const pairs = drawings.flatMap((one, index) =>
    drawings.slice(index + 1).map((other) => ({
      pair: `${one.state} and ${other.state}`,
      pixels: one.greys.filter((value, at) => Math.abs(value - (other.greys[at] ?? 0)) >= margin.step).length,
    })),
  );
  expect(pairs).toHaveLength(10);
  expect(pairs.filter(({ pixels }) => pixels < margin.pixels)).toEqual([]);
});
