import type { ReportLanguage, ReportNote } from '../../contract/report.ts';
import { idWord, lineOf, shownInline, table } from './letter.ts';
import type { Letter } from './letter.ts';
import { reportHtml } from './letter-html.ts';

const pictureId = 'report@plimsoll';
const pictureWidth = 600;

interface Phrases {
  subject(host: string): string;
  span: string;
  about: string;
  picture(host: string, span: string): string;
}

/** The words around those of the report. */
const phrases: Readonly<Record<ReportLanguage, Phrases>> = {
  en: {
    subject: (host) => `Report for ${host}`,
    span: 'Of',
    about: 'The whole report is attached: a page that any browser opens, and that fetches nothing.',
    picture: (host, span) => `Processor, memory, disks and network of ${host}, ${span}`,
  },
  de: {
    subject: (host) => `Bericht über ${host}`,
    span: 'Zeit',
    about: 'Der ganze Bericht liegt bei: eine Seite, die jeder Browser öffnet und die nichts nachlädt.',
    picture: (host, span) => `Prozessor, Arbeitsspeicher, Datenträger und Netzwerk von ${host}, ${span}`,
  },
};

/**
 * Writes the letter with a report: a sentence, its main figures and its picture if there is one, and the whole page as
 * a file.
 */
export function reportLetterOf(
  id: string,
  { report, language = 'en', host, madeAt, level, sentence, span, rows }: ReportNote,
  page: Uint8Array,
  picture: Uint8Array | null,
): Letter {
  const words = phrases[language];
  const title = lineOf(words.subject(host));
  const subject = lineOf(`${words.subject(host)}: ${sentence}`)
    .slice(0, 200)
    .toWellFormed();
  const said = lineOf(sentence);
  const figures = [{ name: words.span, value: span }, ...rows].map(({ name, value }): [string, string] => [
    lineOf(name),
    lineOf(value),
  ]);
  const { about } = words;
  return {
    subject,
    text: [said, '', ...table(figures), '', about, ''].join('\n'),
    html: reportHtml({
      language,
      subject: title,
      said,
      picture: picture && {
        cid: pictureId,
        width: pictureWidth,
        words: words.picture(lineOf(host), lineOf(span)),
      },
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
