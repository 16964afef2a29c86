import type { KeptReport, ReportContent, ReportFile, ReportLanguage } from '../contract/report.ts';
import type { SeriesRange } from '../contract/history.ts';
import { messageOf } from '../contract/error.ts';
import { keepReport } from './files.ts';
import { Format } from './format.ts';
import { reportPage } from './page.ts';
import { openPainter } from './png.ts';
import { alertSheet, processSheet, systemSheet } from './sheets.ts';
import { paperTheme } from './theme.ts';

/** A request to the process that draws reports. */
export interface ReportOrder {
  content: ReportContent;
  /** The course of every metric in few points. */
  sparks: SeriesRange[];
  language: ReportLanguage;
  directory: string;
  /** Number of reports to keep in the directory, including this one. */
  keep: number;
}

/**
 * Draws and stores a report. If pictures cannot be rendered, the report is stored without them and says so. Throws
 * file errors.
 */
export async function writeReport(order: ReportOrder): Promise<KeptReport> {
  const { content, sparks, language, directory, keep } = order;
  const format = new Format(language, content.figures.zone);
  const files = new Map<ReportFile, Uint8Array | string>([
    ['metrics_report.html', reportPage(content, sparks, format)],
  ]);
  let problem: string | null = null;
  try {
    const { font, paint } = await openPainter();
    const theme = paperTheme(font);
    files.set('system_metrics.png', await paint(systemSheet(content, format, theme)));
    files.set('process_metrics.png', await paint(processSheet(content, format, theme)));
    files.set('alerts.png', await paint(alertSheet(content, format, theme)));
    if (font === undefined)
      problem =
        'This machine has no fonts, so the pictures have no text: install one, such as fonts-dejavu-core.';
  } catch (thrown) {
    problem = `The pictures could not be drawn: ${messageOf(thrown)}`;
  }
  const { host, madeAt, from, to, alerts } = content.figures;
  const facts = { host, madeAt, from, to, alerts: alerts.count, critical: alerts.critical, problem };
  return keepReport(directory, files, facts, keep);
}
