import type { ReportChart } from '../contract/report.ts';
import type { Severity } from '../contract/rule.ts';
import { drawChart } from './chart.ts';
import { Format } from './format.ts';
import { alertChartSize } from './messages.ts';
import { openPainter } from './png.ts';
import { paperTheme } from './theme.ts';
import type { Theme } from './theme.ts';

/** What the chart of an alert is drawn from. Times are epoch milliseconds. */
export interface AlertChart {
  /** The one series, with the lines of its rule; its title stands above it. */
  chart: ReportChart;
  from: number;
  to: number;
  severity: Severity;
  firedAt: number;
  /** Null while it fires. */
  resolvedAt: number | null;
}

/** The picture has more pixels than it is meant to be wide, for screens that have them. */
const pixelsPerPoint = 2;
const margin = 10;

/** Draws and paints the chart as a PNG. Throws `unsupported` where pictures can not be painted. */
export async function paintAlertChart(chart: AlertChart): Promise<Uint8Array> {
  const { font, paint } = await openPainter();
  return paint(alertChartDrawing(chart, paperTheme(font)));
}

/** On light paper: what fired is a band, and when it did, and was over, a line with that word. Times are UTC, as in the text around it. */
export function alertChartDrawing(
  { chart, from, to, severity, firedAt, resolvedAt }: AlertChart,
  theme: Theme,
): string {
  const { width, height } = alertChartSize;
  const font = theme.font === undefined ? '' : ` font-family="${theme.font}"`;
  // In English, as the mail around it.
  const format = new Format('en', 'UTC');
  const { fired, over } = format.phrases.moments;
  const frame = {
    ...{ from, to, theme, gaps: [] },
    bands: [{ from: firedAt, to: resolvedAt ?? to, severity }],
    moments: [
      { at: firedAt, name: fired, severity },
      ...(resolvedAt === null ? [] : [{ at: resolvedAt, name: over, severity }]),
    ],
    format,
  };
  const inner = { width: width - 2 * margin, height: height - margin };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width * pixelsPerPoint}" height="${height * pixelsPerPoint}" viewBox="0 0 ${width} ${height}"${font}>` +
    `<rect width="${width}" height="${height}" fill="${theme.paper}"/>` +
    `<g transform="translate(${margin} ${margin / 2})">${drawChart(chart, frame, inner, `${chart.title} (times in UTC)`)}</g></svg>`
  );
}
