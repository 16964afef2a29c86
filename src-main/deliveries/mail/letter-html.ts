import type { ReportLanguage } from '../../contract/report.ts';

type Rows = readonly (readonly [name: string, value: string])[];

/** A picture in the same mail. */
export interface Picture {
  cid: string;
  /** In pixels of the page; it is never shown wider. */
  width: number;
  /** Its content in words, for readers who do not see it. */
  words: string;
}

interface Content {
  subject: string;
  said: string;
  /** Shown below that; null if there is none. */
  picture: Picture | null;
  particulars: Rows;
  /** The circumstances when it fired; empty if unknown. */
  reasons: Rows;
  json: string;
  isOver: boolean;
}

/**
 * The mail as HTML: inline styles only and nothing loaded from elsewhere. It sets no text or background colour, so that
 * it is readable in light and dark clients; the bar at the side is visible in both, and a chart has its own background.
 */
export function letterHtml({ subject, said, picture, particulars, reasons, json, isOver }: Content): string {
  const why = reasons.length === 0 ? '' : `${title('Why it fired')}\n${table(reasons)}\n`;
  return page(
    { subject, isOver },
    `<p style="margin:0;white-space:pre-line">${escaped(said)}</p>`,
    `${picture === null ? '' : `${image(picture)}\n`}${table(particulars)}
${why}${title('Record')}
<pre style="margin:0;padding:8px;border:1px solid #8888;font:12px/1.4 monospace;white-space:pre-wrap;word-break:break-word">${escaped(json)}</pre>`,
  );
}

interface ReportMail {
  language: ReportLanguage;
  subject: string;
  said: string;
  picture: Picture | null;
  figures: Rows;
  about: string;
  isCalm: boolean;
}

/** The mail with a report, as HTML. */
export function reportHtml(mail: ReportMail): string {
  const { language, subject, said, picture, figures, about, isCalm } = mail;
  return page(
    { subject, isOver: isCalm, language },
    `<p style="margin:0">${escaped(said)}</p>`,
    `${table(figures)}
${picture === null ? '' : `${image(picture)}\n`}<p style="margin:16px 0 0">${escaped(about)}</p>`,
  );
}

interface DigestContent {
  subject: string;
  groups: readonly { title: string; lines: readonly string[] }[];
  notes: readonly string[];
  isOver: boolean;
}

/** The mail about several alerts, as HTML. */
export function digestHtml({ subject, groups, notes, isOver }: DigestContent): string {
  const sections = groups.map(({ title, lines }) => {
    const items = lines.map((line) => `<li style="margin:2px 0;word-break:break-word">${escaped(line)}</li>`);
    return `<h2 style="margin:16px 0 4px;font-size:15px">${escaped(title)}</h2>
<ul style="margin:0;padding-left:20px">
${items.join('\n')}
</ul>`;
  });
  const said = notes.map((note) => `<p style="margin:16px 0 0">${escaped(note)}</p>`);
  return page({ subject, isOver }, '', [...sections, ...said].join('\n'));
}

interface Head {
  subject: string;
  isOver: boolean;
  /** English by default. */
  language?: ReportLanguage;
}

function page({ subject, isOver, language = 'en' }: Head, head: string, rest: string): string {
  const bar = isOver ? '#2e8b57' : '#d2691e';
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
</head>
<body style="margin:0;padding:16px;font:15px/1.5 system-ui,sans-serif">
<div style="border-left:4px solid ${bar};padding-left:12px">
<h1 style="margin:0 0 4px;font-size:18px">${escaped(subject)}</h1>
${head}
</div>
${rest}
</body>
</html>
`;
}

function image({ cid, width, words }: Picture): string {
  return `<p style="margin:16px 0 0"><img src="cid:${escaped(cid)}" width="${String(width)}" alt="${escaped(words)}" style="display:block;width:100%;max-width:${String(width)}px;height:auto;border-radius:4px"></p>`;
}

function title(text: string): string {
  return `<h2 style="margin:0 0 4px;font-size:15px">${escaped(text)}</h2>`;
}

function table(rows: Rows): string {
  const lines = rows.map(
    ([name, value]) =>
      `<tr><th scope="row" align="left" valign="top" style="padding:2px 16px 2px 0;font-weight:normal;opacity:.75">${escaped(name)}</th>` +
      `<td style="padding:2px 0;word-break:break-word">${escaped(value)}</td></tr>`,
  );
  return `<table role="presentation" style="margin:16px 0;border-collapse:collapse">\n${lines.join('\n')}\n</table>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
}
