import type { ReportChart, ReportContent } from '../contract/report.ts';
import { drawAlertDays, drawChart, frameOf } from './chart.ts';
import type { Frame, Size } from './chart.ts';
import type { Theme } from './theme.ts';
import { escaped } from './words.ts';

/** How large a drawing is that stands by itself. */
export const sheetSize: Size = { width: 1200, height: 600 };

const margin = 24;
const headHeight = 52;

/** What the machine did: four charts side by side. */
export function systemSheet(content: ReportContent, theme: Theme): string {
  return sheet(
    'System metrics',
    content,
    theme,
    content.system,
    'No source of this machine is in the settings',
  );
}

/** What programs used. */
export function processSheet(content: ReportContent, theme: Theme): string {
  const nothing = 'No source of kind processes is in the settings: with one, programs are drawn here';
  return sheet('Process metrics', content, theme, content.processes, nothing);
}

/** What fired in the seven days up to the end of the report. */
export function alertSheet(content: ReportContent, theme: Theme): string {
  const frame = frameOf(content, theme);
  const { from } = content.figures.alertDays;
  const inner = { width: sheetSize.width - 2 * margin, height: sheetSize.height - headHeight - margin };
  const drawn = `<g transform="translate(${margin} ${headHeight})">${drawAlertDays(content.figures.alertDays, theme, inner)}</g>`;
  return document('Alerts by day', { ...frame, from }, content, drawn);
}

function sheet(
  title: string,
  content: ReportContent,
  theme: Theme,
  charts: readonly ReportChart[],
  nothing: string,
): string {
  const frame = frameOf(content, theme);
  const columns = charts.length > 1 ? 2 : 1;
  const rows = Math.max(1, Math.ceil(charts.length / columns));
  const width = (sheetSize.width - margin * (columns + 1)) / columns;
  const height = (sheetSize.height - headHeight - margin * rows) / rows;
  const drawn = charts.map((chart, index) => {
    const x = margin + (index % columns) * (width + margin);
    const y = headHeight + Math.floor(index / columns) * (height + margin);
    return `<g transform="translate(${x} ${y})">${drawChart(chart, frame, { width, height }, chart.title)}</g>`;
  });
  const words = `<text x="${sheetSize.width / 2}" y="${sheetSize.height / 2}" font-size="15" text-anchor="middle" fill="${theme.faint}">${escaped(nothing)}</text>`;
  return document(title, frame, content, charts.length === 0 ? words : drawn.join(''));
}

function document(
  title: string,
  { from, to, calendar, theme }: Frame,
  content: ReportContent,
  drawn: string,
): string {
  const { width, height } = sheetSize;
  const font = theme.font === undefined ? '' : ` font-family="${escaped(theme.font)}"`;
  const span = `${calendar.minute(from)} to ${calendar.minute(to)} (${calendar.zone})`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"${font}>` +
    `<rect width="${width}" height="${height}" fill="${theme.paper}"/>` +
    `<text x="${margin}" y="32" font-size="18" font-weight="600" fill="${theme.ink}">${escaped(`${title}: ${content.figures.host}`, 70)}</text>` +
    `<text x="${width - margin}" y="32" font-size="12" text-anchor="end" fill="${theme.faint}">${escaped(span)}</text>` +
    `${drawn}</svg>`
  );
}
