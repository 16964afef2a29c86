import { ownZone } from '../base/time-zone.ts';
import type { ReportChart } from '../contract/report.ts';
import type { Severity } from '../contract/rule.ts';
import { drawChart } from './chart.ts';
import { Format } from './format.ts';
import { alertChartSize } from './messages.ts';
import { openPainter } from './png.ts';
import { paperTheme } from './theme.ts';
import type { Theme } from './theme.ts';

/** Data of an alert's chart. Times are epoch milliseconds. */
export interface AlertChart {
  /** One series with the thresholds of its rule; its title is drawn above. */
  chart: ReportChart;
  from: number;
  to: number;
  severity: Severity;
  firedAt: number;
  /** Null while it fires. */
  resolvedAt: number | null;
}

/** More pixels than the display width, for high-density screens. */
const pixelsPerPoint = 2;
const margin = 10;

/** Draws the chart as a PNG. Throws `unsupported` if pictures cannot be rendered. */
export async function paintAlertChart(chart: AlertChart): Promise<Uint8Array> {
  const { font, paint } = await openPainter();
  return paint(alertChartDrawing(chart, paperTheme(font)));
}

/** Light theme. The alert is a band, with labelled lines where it began and ended. Times are by the clock of this machine, as in the text around it. */
export function alertChartDrawing(
  { chart, from, to, severity, firedAt, resolvedAt }: AlertChart,
  theme: Theme,
): string {
  const { width, height } = alertChartSize;
  const font = theme.font === undefined ? '' : ` font-family="${theme.font}"`;
  // In English, like the mail that contains it.
  const zone = ownZone();
  const format = new Format('en', zone);
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
    `<g transform="translate(${margin} ${margin / 2})">${drawChart(chart, frame, inner, `${chart.title} (times in ${zone})`)}</g></svg>`
  );
}
