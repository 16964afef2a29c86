import type { Unit } from '../../src-main/contract/metric.ts';
import type { Severity } from '../../src-main/contract/rule.ts';
import type { Format } from '../state/format.ts';
import { timeLabel, timeTicks } from './axes.ts';
import type { ValueAxis } from './axes.ts';
import { seenBands } from './bands.ts';
import type { Colours } from './colours.ts';
import type { Columns } from './columns.ts';
import type { ChartBand, ChartLine, Plot } from './drawing.ts';
import { envelopeOf } from './envelope.ts';
import type { Envelope } from './envelope.ts';

/** One line with what surrounds it. */
export interface Trace {
  columns: Columns;
  colour: string;
  gapMs: number;
  /** By how much it is drawn later than it was: the period before lies under this one. */
  shiftMs: number;
  look: 'line' | 'before';
  /** Another one is pointed at. */
  isFaint: boolean;
}

export interface NamedGap {
  from: number;
  to: number;
  name: string;
  /** What was never sampled is hatched the other way than what could not be. */
  why: 'asleep' | 'off' | 'no_data';
}

/** A planned period, as a strip above the time axis. */
export interface Strip {
  from: number;
  to: number;
  name: string;
}

/** Everything that is in a picture. */
export interface Scene {
  from: number;
  to: number;
  axis: ValueAxis;
  unit: Unit;
  /** What stands behind the numbers where no unit of ours fits. */
  sign: string;
  traces: readonly Trace[];
  lines: readonly ChartLine[];
  bands: readonly ChartBand[];
  strips: readonly Strip[];
  gaps: readonly NamedGap[];
  colours: Colours;
  format: Format;
}

const fontFamily = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const font = `12px ${fontFamily}`;
/** A narrower band or gap could not be seen, and many of them would be a colour of their own. */
const leastPixels = 2;

/** Where the plot lies in a picture of that size. */
export function plotIn(width: number, height: number): Plot {
  return { left: 0, right: Math.max(40, width - (width < 480 ? 58 : 68)), top: 10, bottom: height - 24 };
}

/** Draws the whole picture in one go. The context is scaled so that a unit is a pixel of the page. */
export function paint(ctx: CanvasRenderingContext2D, width: number, height: number, scene: Scene): void {
  const plot = plotIn(width, height);
  const { from, to, axis, traces } = scene;
  const plotWidth = plot.right - plot.left;
  const x = (at: number): number => plot.left + ((at - from) / (to - from)) * plotWidth;
  const y = (value: number): number =>
    plot.bottom - ((value - axis.low) / (axis.high - axis.low)) * (plot.bottom - plot.top);
  ctx.clearRect(0, 0, width, height);
  ctx.font = font;

  paintGrid(ctx, scene, plot, x, y, width - plot.right - 10);
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.left, plot.top - 2, plotWidth, plot.bottom - plot.top + 4);
  ctx.clip();
  paintBands(ctx, scene, plot, x);
  paintGaps(ctx, scene, plot, x);
  const isAlone = traces.filter(({ look }) => look === 'line').length === 1;
  for (const trace of traces) {
    const { columns, gapMs, shiftMs } = trace;
    const window = { from: from - shiftMs, to: to - shiftMs, width: plotWidth, gapMs };
    paintTrace(ctx, trace, envelopeOf(columns, window), plot, y, isAlone);
  }
  paintLines(ctx, scene, plot, y);
  ctx.restore();
  paintStrips(ctx, scene, plot, x);
  paintLimits(ctx, scene, plot, y, width - plot.right - 10);
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
    const text = format.limit(value, unit);
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
  const most = Math.max(2, Math.floor((plot.right - plot.left) / 84));
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

function paintGaps(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, x: Along): void {
  const { gaps, colours } = scene;
  for (const gap of gaps) {
    const left = Math.max(plot.left, x(gap.from));
    const right = Math.min(plot.right, x(gap.to));
    if (right - left < leastPixels) continue;
    hatch(ctx, { ...plot, left, right }, gap.why, colours.hatch);
    const { width } = ctx.measureText(gap.name);
    if (right - left < width + 16) continue;
    const middle = (left + right) / 2;
    ctx.fillStyle = colours.ground;
    ctx.beginPath();
    ctx.roundRect(middle - width / 2 - 6, plot.bottom - 27, width + 12, 19, 5);
    ctx.fill();
    ctx.fillStyle = colours.text;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(gap.name, middle, plot.bottom - 17);
  }
}

/** Asleep leans one way, off lies crossed, and what is missing without a reason leans the other way. */
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

function paintTrace(
  ctx: CanvasRenderingContext2D,
  trace: Trace,
  envelope: Envelope,
  plot: Plot,
  y: Along,
  isAlone: boolean,
): void {
  const { length, x, avg, breaks } = envelope;
  if (length === 0) return;
  const before = trace.look === 'before';
  ctx.save();
  ctx.translate(plot.left, 0);
  ctx.fillStyle = trace.colour;
  ctx.strokeStyle = trace.colour;
  const strength = (trace.isFaint ? 0.22 : 1) * (before ? 0.6 : 1);
  for (let start = 0; start < length;) {
    let end = start + 1;
    while (end < length && breaks[end] === 0) end++;
    if (!before) {
      if (isAlone && end - start > 1) {
        ctx.globalAlpha = strength * 0.08;
        ctx.beginPath();
        ctx.moveTo(x[start] ?? 0, y(0));
        for (let at = start; at < end; at++) ctx.lineTo(x[at] ?? 0, y(avg[at] ?? 0));
        ctx.lineTo(x[end - 1] ?? 0, y(0));
        ctx.closePath();
        ctx.fill();
      }
      ctx.globalAlpha = strength * 0.2;
      paintExtremes(ctx, envelope, start, end, y);
    }
    ctx.globalAlpha = strength;
    ctx.beginPath();
    if (end - start === 1) {
      // A lone value between two gaps has no line to be seen by.
      ctx.arc(x[start] ?? 0, y(avg[start] ?? 0), 1.75, 0, 2 * Math.PI);
      ctx.fill();
    } else {
      ctx.lineWidth = before ? 1.25 : 1.5;
      // Corners of a crowded line are smaller than a pixel, and round ones cost as much as the rest of the picture.
      ctx.lineJoin = end - start > 200 ? 'bevel' : 'round';
      ctx.setLineDash(before ? [3, 3] : []);
      for (let at = start; at < end; at++) ctx.lineTo(x[at] ?? 0, y(avg[at] ?? 0));
      ctx.stroke();
    }
    start = end;
  }
  ctx.restore();
}

/**
 * From the smallest to the largest: a bar for each pixel where there is something for each, and a shape where the values are
 * further apart. Bars are drawn in a tenth of the time.
 */
function paintExtremes(
  ctx: CanvasRenderingContext2D,
  { x, min, max }: Envelope,
  start: number,
  end: number,
  y: Along,
): void {
  const isCrowded = end - start > 2 && (x[end - 1] ?? 0) - (x[start] ?? 0) < 1.5 * (end - start);
  if (isCrowded) {
    for (let at = start; at < end; at++) {
      const top = y(max[at] ?? 0);
      const height = y(min[at] ?? 0) - top;
      if (height > 0.5) ctx.fillRect(Math.floor(x[at] ?? 0), top, 1, height);
    }
    return;
  }
  ctx.beginPath();
  for (let at = start; at < end; at++) ctx.lineTo(x[at] ?? 0, y(max[at] ?? 0));
  for (let at = end - 1; at >= start; at--) ctx.lineTo(x[at] ?? 0, y(min[at] ?? 0));
  ctx.closePath();
  ctx.fill();
}

function paintLines(ctx: CanvasRenderingContext2D, scene: Scene, plot: Plot, y: Along): void {
  const { lines, colours } = scene;
  ctx.lineWidth = 1.5;
  for (const { value, severity } of lines) {
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

/** The lines' values at the edge, each once and none over another. */
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
