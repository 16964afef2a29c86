import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartConfiguration,
  type Plugin,
} from 'chart.js';
import annotation from 'chartjs-plugin-annotation';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import type { Unit } from '../../src-main/contract/metric.ts';
import type { Severity } from '../../src-main/contract/rule.ts';
import type { Format } from '../state/format.ts';
import { timeLabel, timeTicks } from './axes.ts';
import type { ValueAxis } from './axes.ts';
import { seenBands } from './bands.ts';
import type { Colours } from './colours.ts';
import { gapsOf, pointsOf } from './columns.ts';
import type { Columns } from './columns.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler, annotation);

export interface ChartLine {
  value: number;
  severity: Severity;
}

export interface ChartBand {
  from: number;
  to: number;
  severity: Severity;
}

/** Where the plot lies inside of its canvas, in pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Drawing {
  columns: Columns;
  from: number;
  to: number;
  gapMs: number;
  unit: Unit;
  axis: ValueAxis;
  lines: readonly ChartLine[];
  bands: readonly ChartBand[];
  /** Where the cursor is, epoch milliseconds. */
  cursor: number | null;
  colours: Colours;
  format: Format;
  /** What a gap is called. */
  gapName: string;
  onLayout: (plot: Plot) => void;
}

export type TimeLineChart = Chart<'line', { x: number; y: number }[]>;

/** The whole chart for what is to be drawn; made anew on each change, applied to the chart that exists. */
export function configurationOf(drawing: Drawing): ChartConfiguration<'line', { x: number; y: number }[]> {
  const { columns, gapMs, axis, lines, colours, format, from, to, unit } = drawing;
  const column = (values: readonly number[]) => pointsOf(columns.at, values, gapMs);
  const bare = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, hoverRadius: 0 };
  const mean = column(columns.avg);
  const range = axis.high - axis.low;
  const crowded = (value: number) => lines.some((line) => Math.abs(line.value - value) < range * 0.07);
  const font = { size: 12, family: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' };
  return {
    type: 'line',
    data: {
      datasets: [
        { ...bare, data: column(columns.max), fill: '+1', backgroundColor: colours.band },
        { ...bare, data: column(columns.min) },
        {
          ...bare,
          data: mean,
          borderColor: colours.line,
          borderWidth: 1.5,
          borderJoinStyle: 'round',
          fill: 'start',
          backgroundColor: colours.area,
          // A lone value between two gaps has no line to be seen by.
          pointRadius: mean.map((_, index) => (isLone(mean, index) ? 1.5 : 0)),
          pointBackgroundColor: colours.line,
        },
      ],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      normalized: true,
      parsing: false,
      spanGaps: false,
      events: [],
      layout: { padding: { top: 10, left: 1 } },
      scales: {
        x: {
          type: 'linear',
          min: from,
          max: to,
          grid: { display: false },
          border: { color: colours.grid },
          afterBuildTicks: (scale) => {
            const most = Math.max(2, Math.floor(scale.chart.width / 84));
            scale.ticks = timeTicks(from, to, most).map((value) => ({ value }));
          },
          ticks: {
            color: colours.text,
            font,
            maxRotation: 0,
            autoSkip: false,
            callback: (value) => timeLabel(Number(value), to - from, format),
          },
        },
        y: {
          type: 'linear',
          position: 'right',
          min: axis.low,
          max: axis.high,
          border: { display: false },
          grid: { color: colours.grid, drawTicks: false },
          // Values that move must not move the plot.
          afterFit: (scale) => {
            scale.width = 72;
          },
          afterBuildTicks: (scale) => {
            scale.ticks = axis.ticks.map((value) => ({ value }));
          },
          ticks: {
            color: colours.text,
            font,
            padding: 8,
            callback: (value) => (crowded(Number(value)) ? '' : format.limit(Number(value), unit)),
          },
        },
      },
      plugins: { annotation: { annotations: annotationsOf(drawing), clip: true } },
    },
    plugins: [extras(drawing)],
  };
}

function isLone(points: readonly { y: number }[], index: number): boolean {
  const empty = (at: number): boolean => Number.isNaN(points[at]?.y ?? Number.NaN);
  return !empty(index) && empty(index - 1) && empty(index + 1);
}

/** How many of the narrowest bands would fill a chart: each is two pixels wide or three. */
const narrowestBands = 300;

function annotationsOf({ lines, bands, cursor, colours, from, to }: Drawing): AnnotationOptions[] {
  return [
    ...seenBands(bands, (to - from) / narrowestBands).map((band): AnnotationOptions => ({
      type: 'box',
      xMin: band.from,
      xMax: band.to,
      borderWidth: 0,
      drawTime: 'beforeDatasetsDraw',
      backgroundColor: band.severity === 'critical' ? colours.criticalSoft : colours.warningSoft,
    })),
    ...lines.map((line): AnnotationOptions => ({
      type: 'line',
      scaleID: 'y',
      value: line.value,
      borderColor: line.severity === 'critical' ? colours.critical : colours.warning,
      borderWidth: 1.5,
      borderDash: line.severity === 'critical' ? [2, 4] : [6, 4],
    })),
    ...(cursor === null
      ? []
      : [{ type: 'line', scaleID: 'x', value: cursor, borderColor: colours.text, borderWidth: 1 } as const]),
  ];
}

/** What neither Chart.js nor its annotations draw: hatched gaps with their name, and the lines' values at the edge. */
function extras(drawing: Drawing): Plugin<'line'> {
  const { columns, from, to, gapMs, lines, colours, format, unit, gapName } = drawing;
  return {
    id: 'plimsoll',
    afterLayout: ({ chartArea: { left, right, top, bottom } }) =>
      drawing.onLayout({ left, right, top, bottom }),
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const { x } = scales;
      if (x === undefined) return;
      for (const gap of gapsOf(columns.at, from, to, gapMs)) {
        const start = Math.max(chartArea.left, x.getPixelForValue(gap.from));
        const end = Math.min(chartArea.right, x.getPixelForValue(gap.to));
        hatch(ctx, { ...chartArea, left: start, right: end }, colours.hatch);
        if (end - start < 90) continue;
        ctx.save();
        ctx.fillStyle = colours.text;
        ctx.font = '12px system-ui, sans-serif';
        ctx.textAlign = 'center';
        ctx.fillText(gapName, (start + end) / 2, chartArea.bottom - 8);
        ctx.restore();
      }
    },
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const { y } = scales;
      if (y === undefined) return;
      ctx.save();
      ctx.font = '600 12px system-ui, sans-serif';
      ctx.textBaseline = 'middle';
      for (const line of lines) {
        const at = y.getPixelForValue(line.value);
        if (at < chartArea.top - 1 || at > chartArea.bottom + 1) continue;
        ctx.fillStyle = line.severity === 'critical' ? colours.criticalInk : colours.warningInk;
        ctx.fillText(format.limit(line.value, unit), chartArea.right + 10, at);
      }
      ctx.restore();
    },
  };
}

function hatch(ctx: CanvasRenderingContext2D, { left, right, top, bottom }: Plot, colour: string): void {
  if (right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let x = left - (bottom - top); x < right; x += 8) {
    ctx.moveTo(x, bottom);
    ctx.lineTo(x + (bottom - top), top);
  }
  ctx.stroke();
  ctx.restore();
}
