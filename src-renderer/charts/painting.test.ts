import { createCanvas } from '@napi-rs/canvas';
import { expect, test } from 'vitest';
import { Format } from '../state/format.ts';
import { Painter, plotIn } from './painting.ts';
import type { Scene, Trace } from './scene.ts';

const [width, height] = [400, 200];
/** A canvas as browsers have it. */
const canvasOf = (wide: number, high: number): CanvasRenderingContext2D =>
  createCanvas(wide, high).getContext('2d') as unknown as CanvasRenderingContext2D;
const grey = '#808080';
const trace: Omit<Trace, 'columns'> = {
  ...{ colour: '#0000ff', gapMs: 150, shiftMs: 0, look: 'line', isFaint: false },
};

function columns(at: number[], value: number) {
  const values = at.map(() => value);
  return { at, min: values, avg: values, max: values };
}

function scene(change: Partial<Scene>): Scene {
  return {
    ...{ from: 0, to: 1000, axis: { low: 0, high: 100, ticks: [0, 100] }, unit: 'percent', sign: '' },
    ...{ traces: [], lines: [], bands: [], strips: [], gaps: [], format: new Format('en') },
    colours: {
      ...{ line: grey, area: grey, band: grey, grid: grey, text: grey, hatch: '#00ff00', ground: '#ffffff' },
      ...{ warning: '#ffaa00', warningInk: grey, warningSoft: '#ffff00' },
      ...{ critical: '#ff0000', criticalInk: grey, criticalSoft: grey, series: [] },
    },
    ...change,
  };
}

/** The colours at moments of time, at a value: `b` for the series, `g` for a hatch, `y` for a band, `.` for nothing of these. */
function look(change: Partial<Scene>, moments: readonly number[], value: number): string {
  const ctx = canvasOf(width, height);
  new Painter(canvasOf).paint(ctx, { width, height, ratio: 1 }, scene(change));
  const plot = plotIn(width, height);
  const y = Math.round(plot.bottom - (value / 100) * (plot.bottom - plot.top));
  return moments
    .map((at) => {
      const x = Math.round((at / 1000) * (plot.right - plot.left));
      const { data } = ctx.getImageData(x - 6, y - 4, 12, 8);
      let found = '.';
      for (let i = 0; i < data.length; i += 4) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(i, i + 4);
        if (alpha < 120) continue;
        if (blue > 200 && red < 60) return 'b';
        if (green > 200 && red < 120 && blue < 60) found = 'g';
        if (red > 200 && green > 200 && blue < 60) found = 'y';
      }
      return found;
    })
    .join('');
}

test('a line is where the values are, and not across a gap, which is hatched', () => {
  const at = [0, 100, 200, 300, 700, 800, 900, 1000];
  const traces = [{ ...trace, columns: columns(at, 50) }];
  const gaps = [{ from: 300, to: 700, name: 'off', why: 'off' as const }];
  expect(look({ traces, gaps }, [50, 250, 450, 550, 750, 950], 50)).toBe('bbggbb');
  expect(look({ traces, gaps }, [50, 250, 750], 80)).toBe('...');
});

test('a lone value is seen, and the period before lies under this one', () => {
  expect(look({ traces: [{ ...trace, columns: columns([500], 50) }] }, [400, 500, 600], 50)).toBe('.b.');
  const before = { ...trace, shiftMs: 1000, columns: columns([-1000, -900, -800, -700], 20) };
  expect(look({ traces: [before] }, [50, 150, 250, 600], 20)).toBe('bbb.');
});

test('a band fills its time from the top to the bottom', () => {
  const bands = [{ from: 200, to: 400, severity: 'warning' as const }];
  expect(look({ bands }, [100, 300, 500], 60)).toBe('.y.');
});

/** The same numbers each time, between 0 and 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Two series that go on as live samples make them: new entries, a bucket that grows, and now and then a gap. */
function liveSeries(next: () => number) {
  const lists = [0, 1].map(() => ({ at: [0], min: [20], avg: [20], max: [20] }));
  const add = (): void => {
    for (const { at, min, avg, max } of lists) {
      const last = at.length - 1;
      const value = 10 + 80 * next();
      if (next() < 0.3) {
        min[last] = Math.min(min[last]!, value);
        max[last] = Math.max(max[last]!, value);
        avg[last] = (min[last] + max[last]) / 2;
        continue;
      }
      at.push(at[last]! + Math.ceil(3 + (next() < 0.05 ? 900 : 30) * next()));
      for (const list of [min, avg, max]) list.push(value);
    }
  };
  return { lists, add };
}

test.each([1, 1.25, 2])(
  'what moves and grows is drawn as if it were drawn anew, at %s pixels each',
  (ratio) => {
    const next = random(7);
    const { lists, add } = liveSeries(next);
    const painter = new Painter(canvasOf);
    const size = { width, height, ratio };
    const shown = canvasOf(width * ratio, height * ratio);
    const live: number[] = [];
    let to = 1000;
    for (let round = 0; round < 40; round++) {
      for (let more = 0; more < 4 * next(); more++) add();
      to = Math.max(to, ...lists.map(({ at }) => at.at(-1)!));
      const isPointed = round === 20;
      const traces = lists.map((columns, index): Trace => ({
        ...trace,
        columns,
        gapMs: 400,
        colour: index === 0 ? '#0000ff' : '#aa00aa',
        ...(index === 1 && { look: 'before', shiftMs: 250 }),
        isFaint: isPointed && index === 0,
      }));
      const wanted = scene({
        ...{ from: to - 1000, to, traces, lines: [{ value: 70, severity: 'warning' }] },
        bands: [{ from: to - 500, to: to - 300, severity: 'warning' }],
        gaps: [{ from: to - 300, to: to - 200, name: 'off', why: 'off' }],
      });
      const { tiles } = painter.paint(shown, size, wanted);
      const whole = canvasOf(width * ratio, height * ratio);
      const all = new Painter(canvasOf).paint(whole, size, wanted).tiles;
      if (round > 0 && !isPointed && round !== 21) live.push(tiles / all);
      const [some, other] = [shown, whole].map((ctx) =>
        Buffer.from(ctx.getImageData(0, 0, width * ratio, height * ratio).data.buffer),
      );
      expect(some!.equals(other!), `round ${round}`).toBe(true);
    }
    // Time leaps by half a plot and by a few pixels.
    expect(live.reduce((sum, one) => sum + one, 0) / live.length).toBeLessThan(0.8);
    expect(Math.min(...live)).toBeLessThan(0.5);
  },
);

test('a live sample costs the tiles that it changes, and what is the same costs none', () => {
  const at = Array.from({ length: 20_000 }, (_, index) => index * 50);
  const values = at.map((time) => 50 + 20 * Math.sin(time / 9000));
  const lists = { at, min: [...values], avg: values, max: [...values] };
  const painter = new Painter(canvasOf);
  const size = { width: 1200, height, ratio: 1 };
  const ctx = canvasOf(1200, height);
  const paint = (): number => {
    const to = at.at(-1)!;
    return painter.paint(
      ctx,
      size,
      scene({ from: to - 1_000_000, to, traces: [{ ...trace, columns: lists }] }),
    ).tiles;
  };
  expect(paint()).toBeGreaterThan(17);
  expect(paint()).toBe(0);
  const live = Array.from({ length: 100 }, () => {
    at.push(at.at(-1)! + 50);
    for (const list of [lists.min, lists.avg, lists.max]) list.push(55);
    return paint();
  });
  expect(Math.max(...live)).toBeLessThanOrEqual(2);
  // Seven pixels go by in this time: one tile at most comes into sight.
  expect(live.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(110);
});
