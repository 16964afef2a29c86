import { Envelope } from './envelope.ts';
import type { Folding } from './envelope.ts';
import type { Trace } from './scene.ts';

/** Coordinates of a chart's traces, in canvas pixels. */
export interface Ground {
  /** Pixels per millisecond, counted from the epoch. */
  perMs: number;
  /** Pixel at the left edge, counted from the epoch. */
  first: number;
  width: number;
  height: number;
  /** The area to draw in. */
  top: number;
  bottom: number;
  /** Canvas pixels per CSS pixel. */
  ratio: number;
  /** Position of the value 0, and pixels per unit: `y = zero − value × perUnit`. */
  zero: number;
  perUnit: number;
}

/** Creates an empty canvas and returns its context. */
export type MakeCanvas = (width: number, height: number) => CanvasRenderingContext2D;

/** Width of a tile in pixels. New data changes only one or two tiles. */
const tileWidth = 64;
/** How far lines extend beyond their centre, in CSS pixels. */
const reach = 3;

/**
 * The lines of a chart on a canvas of their own, in tiles that are cached while the time window moves. A tile is drawn
 * from the data in it and at its edges, always at the same place of its canvas, so the result is the same, pixel for
 * pixel, whether it is drawn alone or with all others.
 */
export class TraceLayer {
  readonly #makeCanvas: MakeCanvas;
  #ctx: CanvasRenderingContext2D | null = null;
  /** The tile drawn at each place of the canvas. */
  #tiles: number[] = [];
  #envelopes: Envelope[] = [];
  /** Everything that all tiles depend on, as text. */
  #look = '';

  constructor(makeCanvas: MakeCanvas) {
    this.#makeCanvas = makeCanvas;
  }

  /** Draws the traces into `ctx`, aligned to its left edge. Returns the number of tiles that had to be drawn. */
  drawInto(ctx: CanvasRenderingContext2D, traces: readonly Trace[], ground: Ground): number {
    const { first, width, height } = ground;
    const ring = Math.ceil(width / tileWidth) + 1;
    const { first: _, ...lasting } = ground;
    const look = JSON.stringify([lasting, traces.map(({ columns: __, ...how }) => how)]);
    let own = this.#ctx;
    if (own === null || own.canvas.width !== ring * tileWidth || own.canvas.height !== height) {
      own = this.#ctx = this.#makeCanvas(ring * tileWidth, height);
      this.#look = '';
    }
    let changed = this.#follow(traces, ground.perMs);
    if (look !== this.#look) changed = -Infinity;
    this.#look = look;
    if (changed === -Infinity || this.#tiles.length !== ring) this.#tiles = Array<number>(ring).fill(NaN);
    const from = Math.floor(first / tileWidth);
    const to = Math.floor((first + width - 1) / tileWidth);
    const placeIn = (tile: number): number => ((tile % ring) + ring) % ring;
    let drawn = 0;
    for (let tile = from; tile <= to; tile++) {
      const place = placeIn(tile);
      if (this.#tiles[place] === tile && (tile + 1) * tileWidth < changed - reach * ground.ratio) continue;
      this.#drawTile(own, tile, place * tileWidth, traces, ground);
      this.#tiles[place] = tile;
      drawn++;
    }
    // Changed tiles that are not visible are drawn when they become visible.
    for (const [place, tile] of this.#tiles.entries())
      if ((tile < from || tile > to) && (tile + 1) * tileWidth >= changed - reach * ground.ratio)
        this.#tiles[place] = NaN;
    const start = placeIn(from) * tileWidth + first - from * tileWidth;
    const whole = ring * tileWidth;
    const untilEnd = Math.min(width, whole - start);
    const { canvas } = own;
    ctx.drawImage(canvas, start, 0, untilEnd, height, 0, 0, untilEnd, height);
    if (untilEnd < width)
      ctx.drawImage(canvas, 0, 0, width - untilEnd, height, untilEnd, 0, width - untilEnd, height);
    return drawn;
  }

  /** Updates the envelope of each trace. Returns the first pixel at which any of them changed. */
  #follow(traces: readonly Trace[], perMs: number): number {
    const before = this.#envelopes;
    let changed = traces.length === before.length ? Infinity : -Infinity;
    this.#envelopes = traces.map(({ columns, shiftMs, gapMs }, index) => {
      const folding: Folding = { perMs, shiftMs, gapMs };
      const place = before.findIndex((one) => isOf(one, columns, folding));
      const known = before[place];
      if (place !== index) changed = -Infinity;
      if (known === undefined) return new Envelope(columns, folding);
      changed = Math.min(changed, known.follow());
      return known;
    });
    return changed;
  }

  #drawTile(
    ctx: CanvasRenderingContext2D,
    tile: number,
    left: number,
    traces: readonly Trace[],
    ground: Ground,
  ): void {
    const { height, top, bottom } = ground;
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, left, 0);
    ctx.clearRect(0, 0, tileWidth, height);
    ctx.beginPath();
    ctx.rect(0, top, tileWidth, bottom - top);
    ctx.clip();
    const isAlone = traces.filter(({ look }) => look === 'line').length === 1;
    for (const [index, trace] of traces.entries()) {
      const envelope = this.#envelopes[index];
      if (envelope !== undefined) drawTrace(ctx, trace, envelope, tile * tileWidth, isAlone, ground);
    }
    ctx.restore();
  }
}

function isOf(envelope: Envelope, { at, min, avg, max }: Trace['columns'], folding: Folding): boolean {
  const { columns, folding: own } = envelope;
  return (
    columns.at === at &&
    columns.min === min &&
    columns.avg === avg &&
    columns.max === max &&
    own.perMs === folding.perMs &&
    own.shiftMs === folding.shiftMs &&
    own.gapMs === folding.gapMs
  );
}

/** Draws the part of a trace in the tile that begins at pixel `left`, with the segments that lead in and out. */
function drawTrace(
  ctx: CanvasRenderingContext2D,
  trace: Trace,
  envelope: Envelope,
  left: number,
  isAlone: boolean,
  { zero, perUnit, ratio }: Ground,
): void {
  const { x, min, avg, max, breaks, length } = envelope;
  const start = Math.max(0, envelope.placeAt(left - reach * ratio) - 1);
  const end = Math.min(length, envelope.placeAt(left + tileWidth + reach * ratio) + 1);
  if (start >= end) return;
  const isBefore = trace.look === 'before';
  const strength = (trace.isFaint ? 0.22 : 1) * (isBefore ? 0.6 : 1);
  ctx.fillStyle = trace.colour;
  ctx.strokeStyle = trace.colour;
  if (!isBefore) {
    if (isAlone) {
      ctx.globalAlpha = strength * 0.08;
      ctx.beginPath();
      for (let at = start; at < end; at++) {
        const place = (x[at] ?? 0) - left;
        if (at === start || breaks[at] === 1) ctx.moveTo(place, zero);
        ctx.lineTo(place, zero - (avg[at] ?? 0) * perUnit);
        if (at === end - 1 || breaks[at + 1] === 1) ctx.lineTo(place, zero);
      }
      ctx.fill();
    }
    // From minimum to maximum: a bar for each pixel with values, and an area between neighbours.
    ctx.globalAlpha = strength * 0.2;
    let isShaped = false;
    for (let at = start; at < end; at++) {
      const upper = zero - (max[at] ?? 0) * perUnit;
      const height = zero - (min[at] ?? 0) * perUnit - upper;
      const pixel = Math.floor(x[at] ?? 0) - left;
      if (height > 0.5 * ratio) ctx.fillRect(pixel, upper, 1, height);
      const next = Math.floor(x[at + 1] ?? 0) - left;
      if (at + 1 === end || breaks[at + 1] === 1 || next <= pixel + 1) continue;
      const nextUpper = zero - (max[at + 1] ?? 0) * perUnit;
      const nextHeight = zero - (min[at + 1] ?? 0) * perUnit - nextUpper;
      if (height <= 0.5 * ratio && nextHeight <= 0.5 * ratio) continue;
      if (!isShaped) ctx.beginPath();
      isShaped = true;
      ctx.moveTo(pixel + 1, upper);
      ctx.lineTo(next, nextUpper);
      ctx.lineTo(next, nextUpper + nextHeight);
      ctx.lineTo(pixel + 1, upper + height);
    }
    if (isShaped) ctx.fill();
  }
  ctx.globalAlpha = strength;
  ctx.lineWidth = (isBefore ? 1.25 : 1.5) * ratio;
  // Corners of a dense line are smaller than a pixel, and round joins would cost as much as the rest of the chart.
  ctx.lineJoin = end - start > tileWidth / 4 ? 'bevel' : 'round';
  ctx.beginPath();
  for (let at = start; at < end; at++) {
    const place = (x[at] ?? 0) - left;
    const y = zero - (avg[at] ?? 0) * perUnit;
    if (at === start || breaks[at] === 1) ctx.moveTo(place, y);
    else if (isBefore)
      dash(ctx, x[at - 1] ?? 0, zero - (avg[at - 1] ?? 0) * perUnit, x[at] ?? 0, y, left, 3 * ratio);
    else ctx.lineTo(place, y);
  }
  ctx.stroke();
  // A single value between two gaps has no line, so it gets a dot.
  for (let at = start; at < end; at++) {
    if (breaks[at] !== 1 || (at + 1 < length && breaks[at + 1] !== 1)) continue;
    ctx.beginPath();
    ctx.arc((x[at] ?? 0) - left, zero - (avg[at] ?? 0) * perUnit, 1.75 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  }
}

/** A segment of a dashed line. Its dashes are positioned by time, independent of where the drawing began. */
function dash(
  ctx: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  left: number,
  size: number,
): void {
  const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
  const lowest = Math.max(x0, left - 2 * size);
  const highest = Math.min(x1, left + tileWidth + 2 * size);
  for (let begin = Math.floor(lowest / size); begin * size < highest; begin++) {
    if (begin % 2 !== 0) continue;
    const from = Math.max(x0, begin * size);
    const to = Math.min(x1, (begin + 1) * size);
    ctx.moveTo(from - left, y0 + (from - x0) * slope);
    ctx.lineTo(to - left, y0 + (to - x0) * slope);
  }
}
