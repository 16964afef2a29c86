import { coloursIn } from '../../charts/colours.ts';
import { Painter } from '../../charts/painting.ts';
import type { Scene } from '../../charts/scene.ts';

/** A chart with what stands above it. */
export interface PicturePart {
  title: string;
  names: readonly { title: string; colour: string }[];
  scene: Scene;
}

const width = 1200;
const chartHeight = 300;
const headHeight = 54;
const margin = 24;
const ratio = 2;
const fontFamily = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** All charts under each other as one PNG, in the colours of the theme at hand. `said` stands above: the time that it shows. */
export function pictureOf(parts: readonly PicturePart[], said: string, place: HTMLElement): Promise<Blob> {
  const height = 2 * margin + 24 + parts.length * (chartHeight + headHeight);
  const canvas = document.createElement('canvas');
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const ctx = canvas.getContext('2d');
  if (ctx === null) return Promise.reject(new Error('This browser cannot draw pictures.'));
  const colours = coloursIn(place);
  ctx.scale(ratio, ratio);
  ctx.fillStyle = colours.ground;
  ctx.fillRect(0, 0, width, height);
  ctx.textBaseline = 'alphabetic';
  ctx.fillStyle = colours.text;
  ctx.font = `13px ${fontFamily}`;
  ctx.fillText(`Plimsoll · ${said}`, margin, margin + 8);
  let top = margin + 24;
  for (const { title, names, scene } of parts) {
    ctx.font = `600 14px ${fontFamily}`;
    ctx.fillStyle = colours.text;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'alphabetic';
    ctx.fillText(title, margin, top + 16);
    let left = margin;
    ctx.font = `13px ${fontFamily}`;
    for (const name of names) {
      ctx.fillStyle = name.colour;
      ctx.fillRect(left, top + 29, 10, 10);
      ctx.fillStyle = colours.text;
      ctx.fillText(name.title, left + 16, top + 38);
      left += ctx.measureText(name.title).width + 40;
    }
    const part = document.createElement('canvas');
    part.width = (width - 2 * margin) * ratio;
    part.height = chartHeight * ratio;
    const own = part.getContext('2d');
    if (own !== null) {
      new Painter().paint(own, { width: width - 2 * margin, height: chartHeight, ratio }, scene);
      ctx.drawImage(part, margin, top + headHeight - 8, width - 2 * margin, chartHeight);
    }
    top += chartHeight + headHeight;
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('The picture could not be made.'));
      else resolve(blob);
    }, 'image/png');
  });
}
