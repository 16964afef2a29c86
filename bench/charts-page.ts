/** What `bench/charts.ts` runs in the browser: the same picture by our own painting and by uPlot, measured by the same hand. */
import uPlot from 'uplot';
import { valueAxis } from '../src-renderer/charts/axes.ts';
import { paint } from '../src-renderer/charts/painting.ts';
import type { Scene } from '../src-renderer/charts/painting.ts';
import { Format } from '../src-renderer/state/format.ts';

const seriesCount = 4;
const points = 100_000;
const [width, height] = [1200, 300];
const stepMs = 5000;
const end = Date.UTC(2026, 0, 5, 12);
const rounds = 21;
const strokes = ['#2563eb', '#059669', '#9333ea', '#db2777'];

/** Milliseconds: of each round, the fastest first. */
export interface Drawn {
  first: number[];
  live: number[];
  /** How many pixels are not blank, so that nobody is quick by drawing nothing. */
  painted: number;
}

declare global {
  interface Window {
    benchCharts: () => Promise<{ own: Drawn; uPlot: Drawn }>;
  }
}

let seed = 1;
const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

function made(): { at: number[]; values: number[][] } {
  const at = Array.from({ length: points }, (_, index) => end - (points - index) * stepMs);
  const values = Array.from({ length: seriesCount }, (_, series) =>
    at.map((_, index) => 15 + 20 * series + 8 * Math.sin(index / (900 * (series + 1))) + 6 * random()),
  );
  return { at, values };
}

/** Reading a pixel waits until all that was drawn is drawn. */
function flush(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
}

function paintedPixels(canvas: HTMLCanvasElement): number {
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  let count = 0;
  for (let index = 3; index < data.length; index += 4) if ((data[index] ?? 0) > 0) count++;
  return count;
}

const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);

const format = new Format('en');
const noColour = 'rgb(120 120 120)';
const colours: Scene['colours'] = {
  ...{
    line: noColour,
    area: noColour,
    band: noColour,
    grid: '#ddd',
    text: '#333',
    hatch: '#ddd',
    ground: '#fff',
  },
  ...{ warning: '#b45309', warningInk: '#b45309', warningSoft: '#fef3c7' },
  ...{ critical: '#b91c1c', criticalInk: '#b91c1c', criticalSoft: '#fee2e2' },
  series: strokes,
};

function own(): Drawn {
  const first: number[] = [];
  const live: number[] = [];
  let painted = 0;
  for (let round = 0; round < rounds; round++) {
    const { at, values } = made();
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    document.body.replaceChildren(canvas);
    const ctx = canvas.getContext('2d');
    if (ctx === null) throw new Error('This browser has no canvas.');
    const draw = (): void => {
      let highest = 0;
      for (const column of values) for (const value of column) if (value > highest) highest = value;
      const last = at.at(-1) ?? end;
      paint(ctx, width, height, {
        ...{ from: last - points * stepMs, to: last, unit: 'percent', sign: '', format, colours },
        axis: valueAxis(undefined, highest, 0, 'percent'),
        traces: values.map((column, index) => ({
          columns: { at, min: column, avg: column, max: column },
          colour: strokes[index] ?? noColour,
          ...{ gapMs: 60_000, shiftMs: 0, look: 'line', isFaint: false },
        })),
        ...{ lines: [{ value: 85, severity: 'warning' }], bands: [], strips: [], gaps: [] },
      });
      flush(canvas);
    };
    let begin = performance.now();
    draw();
    first.push(performance.now() - begin);
    begin = performance.now();
    at.push((at.at(-1) ?? end) + stepMs);
    for (const column of values) column.push(50);
    draw();
    live.push(performance.now() - begin);
    painted = paintedPixels(canvas);
  }
  return { first: sorted(first), live: sorted(live), painted };
}

async function peer(): Promise<Drawn> {
  const first: number[] = [];
  const live: number[] = [];
  let painted = 0;
  for (let round = 0; round < rounds; round++) {
    const { at, values } = made();
    const seconds = at.map((time) => time / 1000);
    document.body.replaceChildren();
    let begin = performance.now();
    const chart = new uPlot(
      {
        ...{ width, height, pxAlign: 0, legend: { show: false }, cursor: { show: false } },
        series: [{}, ...strokes.map((stroke) => ({ stroke, width: 1.5 }))],
      },
      [seconds, ...values],
      document.body,
    );
    // It draws in a microtask.
    await Promise.resolve();
    flush(chart.ctx.canvas);
    first.push(performance.now() - begin);
    begin = performance.now();
    seconds.push((seconds.at(-1) ?? 0) + stepMs / 1000);
    for (const column of values) column.push(50);
    chart.setData([seconds, ...values]);
    await Promise.resolve();
    flush(chart.ctx.canvas);
    live.push(performance.now() - begin);
    painted = paintedPixels(chart.ctx.canvas);
    chart.destroy();
  }
  return { first: sorted(first), live: sorted(live), painted };
}

window.benchCharts = async () => {
  // Once each before it counts, so that neither pays for what the other has had compiled.
  own();
  await peer();
  return { own: own(), uPlot: await peer() };
};
