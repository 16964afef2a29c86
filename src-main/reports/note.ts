import type { ReportFigures, ReportLanguage, ReportNote } from '../contract/report.ts';
import { Format } from './format.ts';
import { reportTiles } from './tiles.ts';
import { headline } from './verdict.ts';
import { oneLine } from './words.ts';

/** The text of a mail about a report. `report` is the id of the kept report, `language` the language of the text. */
export function reportNote(figures: ReportFigures, report: string, language: ReportLanguage): ReportNote {
  const { host, from, to, zone, failedDeliveries } = figures;
  const format = new Format(language, zone);
  const { stretch, tiles } = format.phrases;
  const { level, sentence } = headline(figures, format);
  const given = failedDeliveries.reduce((sum, { count }) => sum + count, 0);
  const rows = reportTiles(figures, format).map(({ name, value, more }) => ({
    name,
    value: `${value} (${more})`,
  }));
  return {
    ...{ report, language },
    host: oneLine(host, 80),
    madeAt: figures.madeAt,
    level,
    sentence: oneLine(sentence, 400),
    span: `${stretch(format.minute(from), format.minute(to))} (${zone}), ${format.span(to - from)}`,
    rows: [...rows, { name: tiles.givenUp, value: given === 0 ? tiles.none : format.number(given) }].map(
      (row) => ({
        ...row,
        value: oneLine(row.value, 200),
      }),
    ),
  };
}
