import type { ReportFigures, ReportNote } from '../contract/report.ts';
import { headline } from './verdict.ts';
import { reportTiles } from './tiles.ts';
import { Calendar, oneLine, spanText } from './words.ts';

/** What a mail says of a report that it brings. `report` is the id of the kept one. */
export function reportNote(figures: ReportFigures, report: string): ReportNote {
  const { host, from, to, zone, failedDeliveries } = figures;
  const calendar = new Calendar(zone);
  const { level, sentence } = headline(figures);
  const given = failedDeliveries.reduce((sum, { count }) => sum + count, 0);
  const rows = reportTiles(figures).map(({ name, value, more }) => ({ name, value: `${value} (${more})` }));
  return {
    report,
    host: oneLine(host, 80),
    madeAt: figures.madeAt,
    level,
    sentence: oneLine(sentence, 400),
    span: `${calendar.minute(from)} to ${calendar.minute(to)} (${calendar.zone}), ${spanText(to - from)}`,
    rows: [...rows, { name: 'Deliveries given up', value: given === 0 ? 'none' : String(given) }].map(
      (row) => ({
        ...row,
        value: oneLine(row.value, 200),
      }),
    ),
  };
}
