import type { Severity } from '../../src-main/contract/rule.ts';
import { tickLabel, timeLabel, timeTicks } from './axes.ts';
import { seenBands } from './bands.ts';
import { gapNameAt } from './gaps.ts';
import type { NamedGap, Plot, Scene } from './scene.ts';
import { TraceLayer } from './trace-layer.ts';
import type { MakeCanvas } from './trace-layer.ts';

/** Size of a chart in CSS pixels, and the number of canvas pixels for each. */
export interface Size {
  width: number;
  height: number;
  ratio: number;
}

const fontFamily = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const font = `12px ${fontFamily}`;
/**
 * Bands and gaps are at least this wide, in pixels: narrower ones would be invisible, and many of them would mix to
 * another colour.
 */
const leastPixels = 2;

/** The plot area in a chart of that size. */
export function plotIn(width: number, height: number): Plot {
  return { left: 0, right: Math.max(40, width - (width < 480 ? 58 : 68)), top: 10, bottom: height - 24 };
}

/** The cost of a paint. */
export interface Painted {
  /** Number of line tiles that had to be drawn; the others were cached. */
  tiles: number;
}

/**
 * Paints one chart repeatedly. Everything but the lines is drawn anew each time, in less than a millisecond; of the
 * lines only the changed parts are. The result equals that of a new painter.
 */
export class Painter {
  readonly #layer: TraceLayer;

  constructor(makeCanvas: MakeCanvas = canvasOfThePage) {
    this.#layer = new TraceLayer(makeCanvas);
  }

  /** Draws the whole chart, `width` × `height` CSS pixels, each `ratio` canvas pixels wide. */
  paint(ctx: CanvasRenderingContext2D, { width, height, ratio }: Size, scene: Scene): Painted {
    const plot = plotIn(width, height);
    const { from, to, axis, traces } = scene;
    const pixels = Math.round((plot.right - plot.left) * ratio);
    const perMs = pixels / (to - from);
    // Time is aligned to whole pixels, so that drawn parts can be shifted.
    const first = Math.round(from * perMs);
    const x = (at: number): number => plot.left + (at * perMs - first) / ratio;
    const perUnit = (plot.bottom - plot.top) / (axis.high - axis.low);
    const y = (value: number): number => plot.bottom - (value - axis.low) * perUnit;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.font = font;

    const room = width - plot.right - 10;
    paintGrid(ctx, scene, plot, x, y, room);
    ctx.save();
    ctx.beginPath();
    ctx.rect(plot.left, plot.top - 2, plot.right - plot.left, plot.bottom - plot.top + 4);
    ctx.clip();
    paintBands(ctx, scene, plot, x);
    paintGaps(ctx, scene, plot, x, y);
    ctx.restore();
    ctx.setTransform(1, 0, 0, 1, Math.round(plot.left * ratio), 0);
    const tiles = this.#layer.drawInto(ctx, traces, {
      ...{ perMs, first, width: pixels, height: Math.round(height * ratio), ratio },
      ...{ top: (plot.top - 2) * ratio, bottom: (plot.bottom + 2) * ratio },
      ...{ zero: y(0) * ratio, perUnit: perUnit * ratio },
    });
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintLines(ctx, scene, plot, y);
    paintStrips(ctx, scene, plot, x);
    paintLimits(ctx, scene, plot, y, room);
    return { tiles };
  }
}

function canvasOfThePage(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d');
  if (ctx === null) throw new Error('This browser cannot draw pictures.');
  return ctx;
}

type Along = (of: number) => number;

function paintGrid(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  plot: Plot,
  x: Along,
  y: Along,
  room: number,
): void {
  const { from, to, axis, unit, sign, lines, colours, format } = scene;
  ctx.strokeStyle = colours.grid;
  ctx.fillStyle = colours.text;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const value of axis.ticks) {
    const at = Math.round(y(value)) + 0.5;
    ctx.moveTo(plot.left, at);
    ctx.lineTo(plot.right, at);
  }
  ctx.stroke();
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const value of axis.ticks) {
    const isTaken = lines.some((line) => Math.abs(y(line.value) - y(value)) < 13);
    const text = tickLabel(value, axis, unit, format);
    if (!isTaken)
      ctx.fillText(
        sign === '' || value === 0 ? text : `${text}\u00a0${sign}`,
        plot.right + 8,
        y(value),
        room,
      );
  }
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  const pixels = plot.right - plot.left;
  // On a phone the labels are closer together: three readable ones say more than one with space around it.
  const most = Math.max(2, Math.floor(pixels / (pixels < 320 ? 50 : 84)));
  for (const at of timeTicks(from, to, most)) {
    const place = x(at);
    const text = timeLabel(at, to - from, format);
    const half = ctx.measureText(text).width / 2;
    if (place - half < plot.left - 1 || place + half > plot.right + 20) continue;
    ctx.beginPath();
    ctx.moveTo(Math.round(place) + 0.5, plot.bottom);
    ctx.lineTo(Math.round(place) + 0.5, plot.bottom + 4);
    ctx.stroke();
    ctx.fillText(text, place, plot.bottom + 8);
  }
}

function paintBands(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, x: Along): void {
  const { bands, colours, from, to } = scene;
  const leastMs = ((to - from) / (plot.right - plot.left)) * leastPixels;
  for (const band of seenBands(bands, leastMs)) {
    ctx.fillStyle = band.severity === 'critical' ? colours.criticalSoft : colours.warningSoft;
    ctx.fillRect(x(band.from), plot.top, x(band.to) - x(band.from), plot.bottom - plot.top);
  }
}

function paintGaps(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, x: Along, y: Along): void {
  const { gaps, lines, colours } = scene;
  const nameAt = gapNameAt(
    plot,
    lines.map(({ value }) => y(value)),
  );
  for (const gap of gaps) {
    const left = Math.max(plot.left, x(gap.from));
    const right = Math.min(plot.right, x(gap.to));
    if (right - left < leastPixels) continue;
    hatch(ctx, { ...plot, left, right }, gap.why, colours.hatch);
    const { width } = ctx.measureText(gap.name);
    // A label that does not fit is drawn vertically.
    const isUpright = right - left < width + 16;
    if (isUpright && (right - left < 21 || plot.bottom - plot.top < width + 24)) continue;
    ctx.save();
    ctx.translate((left + right) / 2, isUpright ? plot.bottom - width / 2 - 14 : nameAt);
    if (isUpright) ctx.rotate(-Math.PI / 2);
    ctx.fillStyle = colours.ground;
    ctx.beginPath();
    ctx.roundRect(-width / 2 - 6, -9.5, width + 12, 19, 5);
    ctx.fill();
    ctx.fillStyle = colours.text;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(gap.name, 0, 0);
    ctx.restore();
  }
}

/** Hatching by reason: diagonal for asleep, crossed for off, and the opposite diagonal for unknown. */
function hatch(
  ctx: CanvasRenderingContext2D,
  { left, right, top, bottom }: Plot,
  why: NamedGap['why'],
  colour: string,
): void {
  const height = bottom - top;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  const step = why === 'off' ? 10 : 8;
  for (let at = Math.floor((left - height) / step) * step; at < right; at += step) {
    if (why !== 'no_data') {
      ctx.moveTo(at, bottom);
      ctx.lineTo(at + height, top);
    }
    if (why !== 'asleep') {
      ctx.moveTo(at, top);
      ctx.lineTo(at + height, bottom);
    }
  }
  ctx.stroke();
  ctx.restore();
}

function paintLines(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, y: Along): void {
  const { lines, colours } = scene;
  ctx.lineWidth = 1.5;
  for (const { value, severity } of lines) {
    if (y(value) < plot.top - 1 || y(value) > plot.bottom + 1) continue;
    ctx.strokeStyle = severity === 'critical' ? colours.critical : colours.warning;
    ctx.setLineDash(severity === 'critical' ? [2, 4] : [6, 4]);
    ctx.beginPath();
    ctx.moveTo(plot.left, y(value));
    ctx.lineTo(plot.right, y(value));
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

function paintStrips(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, x: Along): void {
  const { strips, colours } = scene;
  ctx.fillStyle = colours.line;
  for (const strip of strips) {
    const left = Math.max(plot.left, x(strip.from));
    const right = Math.min(plot.right, Math.max(x(strip.to), left + leastPixels));
    if (right <= left) continue;
    ctx.globalAlpha = 0.07;
    ctx.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    ctx.globalAlpha = 0.75;
    ctx.fillRect(left, plot.bottom - 3, right - left, 3);
  }
  ctx.globalAlpha = 1;
}

/** Labels of the lines' values at the edge, without duplicates or overlaps. */
function paintLimits(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, y: Along, room: number): void {
  const { lines, colours, format, unit } = scene;
  ctx.font = `600 ${font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const taken: number[] = [];
  for (const line of [...lines].sort((a, b) => severityRank(b.severity) - severityRank(a.severity))) {
    const at = y(line.value);
    if (at < plot.top - 1 || at > plot.bottom + 1 || taken.some((other) => Math.abs(other - at) < 13))
      continue;
    taken.push(at);
    ctx.fillStyle = line.severity === 'critical' ? colours.criticalInk : colours.warningInk;
    ctx.fillText(format.limit(line.value, unit), plot.right + 8, at, room);
  }
}

function severityRank(severity: Severity): number {
  return severity === 'critical' ? 1 : 0;
}
