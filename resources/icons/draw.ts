import { createCanvas, loadImage } from '@napi-rs/canvas';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { icnsFile, icoFile } from './containers.ts';
import type { Picture } from './containers.ts';

export const states = ['ok', 'warning', 'critical', 'unknown', 'paused'] as const;
export type MarkState = (typeof states)[number];

/** What the drawing lies on. */
export type Panel = 'light' | 'dark';

/** Ink of a drawing, and the colour that the level takes where a line is crossed. */
interface Inks {
  ink: string;
  level: Partial<Record<MarkState, string>>;
}

const inks: Readonly<Record<Panel, Inks>> = {
  light: { ink: '#1d2730', level: { warning: '#b86e00', critical: '#d3303a' } },
  dark: { ink: '#f2f5f7', level: { warning: '#f5b03e', critical: '#ff6660' } },
};

/** macOS colours a template itself and looks at nothing but its alpha. */
const template: Inks = { ink: '#000000', level: {} };

/** Where this file is: the icons lie beside it. */
export const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * Which master suits a size, and how much of it is shown. On the 24-grid the outer pixel is free, so 22 is the same
 * drawing without its margin, pixel on pixel.
 */
function masterOf(size: number): { grid: 16 | 24; view: string } {
  if (size === 22 || size === 44) return { grid: 24, view: '1 1 22 22' };
  return size % 24 === 0 ? { grid: 24, view: '0 0 24 24' } : { grid: 16, view: '0 0 16 16' };
}

async function rasterised(svg: string, size: number, view?: string): Promise<Picture> {
  const sized = svg
    .replace(/ width="\d+" height="\d+"/, ` width="${size}" height="${size}"`)
    .replace(/viewBox="[^"]*"/, (own) => (view === undefined ? own : `viewBox="${view}"`));
  const canvas = createCanvas(size, size);
  const context = canvas.getContext('2d');
  context.drawImage(await loadImage(Buffer.from(sized)), 0, 0);
  return { size, rgba: context.getImageData(0, 0, size, size).data, png: canvas.toBuffer('image/png') };
}

async function drawMark(state: MarkState, size: number, { ink, level }: Inks): Promise<Picture> {
  const { grid, view } = masterOf(size);
  const svg = readFileSync(`${folder}marks/${state}-${grid}.svg`, 'utf8')
    .replaceAll('class="level" fill="currentColor"', `fill="${level[state] ?? ink}"`)
    .replaceAll('currentColor', ink);
  return rasterised(svg, size, view);
}

/** The tray image of a state for the panel that it lies on. `size` in pixels. */
export async function drawTray(state: MarkState, panel: Panel, size: number): Promise<Picture> {
  return drawMark(state, size, inks[panel]);
}

/** macOS keeps a margin of a tenth around the body of an icon, by Apple's template: 824 of 1024. */
const macView = '-124 -124 1272 1272';

async function drawApplication(size: number, view?: string): Promise<Picture> {
  const name = size <= 32 ? 'icon-small' : 'icon';
  return rasterised(
    readFileSync(`${folder}app/${name}.svg`, 'utf8'),
    size,
    name === 'icon' ? view : undefined,
  );
}

const linuxSizes = [16, 22, 24, 32, 48];
const windowsSizes = [16, 20, 24, 32, 40, 48];
const linuxApplicationSizes = [16, 24, 32, 48, 64, 128, 256, 512];

/** Every icon file by its path below this folder. The same SVGs give the same pixels. */
export async function drawAll(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const state of states) {
    for (const panel of ['light', 'dark'] as const) {
      for (const size of linuxSizes) {
        files.set(`tray/linux/${state}-${panel}-${size}.png`, (await drawTray(state, panel, size)).png);
      }
      const sizes = await Promise.all(windowsSizes.map((size) => drawTray(state, panel, size)));
      files.set(`tray/windows/${state}-${panel}.ico`, icoFile(sizes));
    }
    files.set(`tray/mac/${state}Template.png`, (await drawMark(state, 16, template)).png);
    files.set(`tray/mac/${state}Template@2x.png`, (await drawMark(state, 32, template)).png);
  }
  for (const size of linuxApplicationSizes) {
    files.set(`app/linux/${size}x${size}.png`, (await drawApplication(size)).png);
  }
  files.set('tray/window.png', (await drawApplication(256)).png);
  files.set('app/icon.png', (await drawApplication(1024)).png);
  files.set(
    'app/icon.ico',
    icoFile(await Promise.all([16, 24, 32, 48, 64, 128, 256].map((size) => drawApplication(size)))),
  );
  const mac = [32, 64, 128, 256, 512, 1024].map((size) => drawApplication(size, macView));
  files.set('app/icon.icns', icnsFile(await Promise.all(mac)));
  return files;
}
