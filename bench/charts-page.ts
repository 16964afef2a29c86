/** What `bench/charts.ts` runs in the browser: the same picture by our own painting and by uPlot, measured by the same hand. */
import uPlot from 'uplot';
import { valueAxis } from '../src-renderer/charts/axes.ts';
import { extremesOf } from '../src-renderer/charts/columns.ts';
import { Painter } from '../src-renderer/charts/painting.ts';
import type { Scene } from '../src-renderer/charts/scene.ts';
import { Format } from '../src-renderer/state/format.ts';

const seriesCount = 4;
const points = 100_000;
const [width, height] = [1200, 300];
const size = { width, height, ratio: 1 };
const stepMs = 5000;
const end = Date.UTC(2026, 0, 5, 12);
const rounds = 21;
/** Live updates in a round. The first is not counted, on neither side: it copies the lists to where they have room to grow. */
const updates = 6;
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

function context(): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d');
  if (ctx === null) throw new Error('This browser has no canvas.');
  return ctx;
}

/** What a live update made must be what somebody sees who opens the chart now. */
function expectSamePicture(shown: CanvasRenderingContext2D, scene: Scene): void {
  const afresh = context();
  new Painter().paint(afresh, size, scene);
  const [some, other] = [shown, afresh].map((ctx) => ctx.getImageData(0, 0, width, height).data);
  const different = some?.findIndex((value, index) => value !== other?.[index]);
  if (different !== -1) throw new Error(`Pixel ${(different ?? 0) >> 2} is not the one of a whole picture.`);
}

function own(): Drawn {
  const first: number[] = [];
  const live: number[] = [];
  let painted = 0;
  for (let round = 0; round < rounds; round++) {
    const { at, values } = made();
    // As history answers: three lists for each series, also where each entry is one sample.
    const columns = values.map((avg) => ({ at, min: [...avg], avg, max: [...avg] }));
    const ctx = context();
    document.body.replaceChildren(ctx.canvas);
    const painter = new Painter();
    const scene = (): Scene => {
      const highest = Math.max(...columns.map((one) => extremesOf(one).high));
      const last = at.at(-1) ?? end;
      return {
        ...{ from: last - points * stepMs, to: last, unit: 'percent', sign: '', format, colours },
        axis: valueAxis(undefined, highest, 0, 'percent'),
        traces: columns.map((own, index) => ({
          columns: own,
          colour: strokes[index] ?? noColour,
          ...{ gapMs: 60_000, shiftMs: 0, look: 'line', isFaint: false },
        })),
        ...{ lines: [{ value: 85, severity: 'warning' }], bands: [], strips: [], gaps: [] },
      };
    };
    const draw = (): void => {
      painter.paint(ctx, size, scene());
      flush(ctx.canvas);
    };
    let begin = performance.now();
    draw();
    first.push(performance.now() - begin);
    for (let update = 0; update < updates; update++) {
      begin = performance.now();
      at.push((at.at(-1) ?? end) + stepMs);
      for (const { min, avg, max } of columns) for (const list of [min, avg, max]) list.push(50);
      draw();
      if (update > 0) live.push(performance.now() - begin);
    }
    painted = paintedPixels(ctx.canvas);
    expectSamePicture(ctx, scene());
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
    for (let update = 0; update < updates; update++) {
      begin = performance.now();
      seconds.push((seconds.at(-1) ?? 0) + stepMs / 1000);
      for (const column of values) column.push(50);
      chart.setData([seconds, ...values]);
      await Promise.resolve();
      flush(chart.ctx.canvas);
      if (update > 0) live.push(performance.now() - begin);
    }
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
