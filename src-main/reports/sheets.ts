import type { ReportChart, ReportContent } from '../contract/report.ts';
import type { Format } from './format.ts';
import { drawAlertDays, drawChart, frameOf } from './chart.ts';
import type { Frame, Size } from './chart.ts';
import type { Theme } from './theme.ts';
import { escaped } from './words.ts';

/** Size of a drawing that stands alone. */
export const sheetSize: Size = { width: 1200, height: 600 };

const margin = 24;
const headHeight = 52;

/** Charts of the machine: four on one sheet. */
export function systemSheet(content: ReportContent, format: Format, theme: Theme): string {
  const { sheets, system } = format.phrases;
  return sheet(sheets.system, content, frameOf(content, format, theme), content.system, system.nothing);
}

/** Charts of the programs. */
export function processSheet(content: ReportContent, format: Format, theme: Theme): string {
  const { sheets, processes } = format.phrases;
  const frame = frameOf(content, format, theme);
  return sheet(sheets.processes, content, frame, content.processes, processes.nothing);
}

/** Alerts of the seven days before the end of the report. */
export function alertSheet(content: ReportContent, format: Format, theme: Theme): string {
  const frame = frameOf(content, format, theme);
  const { from } = content.figures.alertDays;
  const inner = { width: sheetSize.width - 2 * margin, height: sheetSize.height - headHeight - margin };
  const drawn = `<g transform="translate(${margin} ${headHeight})">${drawAlertDays(content.figures.alertDays, frame, inner)}</g>`;
  return document(format.phrases.alerts.byDay, { ...frame, from }, content, drawn);
}

function sheet(
  title: string,
  content: ReportContent,
  frame: Frame,
  charts: readonly ReportChart[],
  nothing: string,
): string {
  const columns = charts.length > 1 ? 2 : 1;
  const rows = Math.max(1, Math.ceil(charts.length / columns));
  const width = (sheetSize.width - margin * (columns + 1)) / columns;
  const height = (sheetSize.height - headHeight - margin * rows) / rows;
  const drawn = charts.map((chart, index) => {
    const x = margin + (index % columns) * (width + margin);
    const y = headHeight + Math.floor(index / columns) * (height + margin);
    return `<g transform="translate(${x} ${y})">${drawChart(chart, frame, { width, height }, frame.format.heading(chart))}</g>`;
  });
  const words = `<text x="${sheetSize.width / 2}" y="${sheetSize.height / 2}" font-size="15" text-anchor="middle" fill="${frame.theme.faint}">${escaped(nothing, 200)}</text>`;
  return document(title, frame, content, charts.length === 0 ? words : drawn.join(''));
}

function document(
  title: string,
  { from, to, format, theme }: Frame,
  content: ReportContent,
  drawn: string,
): string {
  const { width, height } = sheetSize;
  const font = theme.font === undefined ? '' : ` font-family="${escaped(theme.font)}"`;
  const span = `${format.phrases.stretch(format.minute(from), format.minute(to))} (${format.calendar.zone})`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"${font}>` +
    `<rect width="${width}" height="${height}" fill="${theme.paper}"/>` +
    `<text x="${margin}" y="32" font-size="18" font-weight="600" fill="${theme.ink}">${escaped(`${title}: ${content.figures.host}`, 70)}</text>` +
    `<text x="${width - margin}" y="32" font-size="12" text-anchor="end" fill="${theme.faint}">${escaped(span)}</text>` +
    `${drawn}</svg>`
  );
}
