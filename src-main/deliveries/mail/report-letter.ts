import type { ReportNote } from '../../contract/report.ts';
import { idWord, lineOf, shownInline, table } from './letter.ts';
import type { Letter } from './letter.ts';
import { reportHtml } from './letter-html.ts';

const pictureId = 'report@plimsoll';
const pictureWidth = 600;

/** Writes the letter that brings a report: it in a sentence, its main figures and its picture where there is one, and the whole page as a file. */
export function reportLetterOf(
  id: string,
  { report, host, madeAt, level, sentence, span, rows }: ReportNote,
  page: Uint8Array,
  picture: Uint8Array | null,
): Letter {
  const subject = lineOf(`Report for ${host}: ${sentence}`).slice(0, 200).toWellFormed();
  const said = lineOf(sentence);
  const figures = [{ name: 'Of', value: span }, ...rows].map(({ name, value }): [string, string] => [
    lineOf(name),
    lineOf(value),
  ]);
  const about = 'The whole report is attached: a page that any browser opens, and that fetches nothing.';
  const words = `Processor, memory, disks and network of ${lineOf(host)}, ${lineOf(span)}`;
  return {
    subject,
    text: [said, '', ...table(figures), '', about, ''].join('\n'),
    html: reportHtml({
      subject: lineOf(`Report for ${host}`),
      said,
      picture: picture && { cid: pictureId, width: pictureWidth, words },
      figures,
      about,
      isCalm: level === 'ok',
    }),
    date: new Date(madeAt),
    messageId: `<${idWord(id)}@plimsoll>`,
    thread: null,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Plimsoll-Report': idWord(report) },
    attachments: [
      ...(picture === null ? [] : [shownInline('system_metrics.png', pictureId, picture)]),
      {
        filename: 'metrics_report.html',
        contentType: 'text/html; charset=utf-8',
        content: Buffer.from(page),
      },
    ],
  };
}
