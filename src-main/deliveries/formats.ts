import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import type { Options } from 'csv-stringify/sync';
import type { ExportRecord } from './record.ts';

export const exportFormats = ['json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A record as the content of a file, in UTF-8. Even when compressed, the same record always gives the same bytes. */
export async function encodeRecord(
  record: ExportRecord,
  format: ExportFormat,
  compress: boolean,
): Promise<Uint8Array> {
  const bytes = Buffer.from(format === 'json' ? toJson(record) : toCsv(record));
  return compress ? await gzipped(bytes) : bytes;
}

function toJson(record: ExportRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * A header and one line, as in RFC 4180: lines end with CR LF, cells are quoted if necessary, an unknown value is an
 * empty cell, labels and metadata are JSON in one cell.
 *
 * A text that a spreadsheet could interpret as a formula gets an apostrophe in front (`formulaLike`). To undo this,
 * remove one apostrophe from every text cell that matches `formulaLike`. Numbers stay numbers, negative ones too.
 */
function toCsv(record: ExportRecord): string {
  const { metadata, labels, duration_seconds, worst_value, ...plain } = record;
  const row = {
    ...plain,
    labels: JSON.stringify(labels),
    duration_seconds,
    worst_value,
    metadata: JSON.stringify(metadata),
  };
  return stringify([row], { ...csvForm, header: true });
}

const csvForm: Options = {
  record_delimiter: '\r\n',
  quote_record_delimiter: true,
  cast: {
    string: (text, { header }) => (header ? text : escaped(text)),
    boolean: String,
    number: String,
  },
};

/** Lines of cells in the same format; null is an empty cell. Labels and the like are JSON in one cell. */
export function csvLines(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    csvForm,
  );
}

/**
 * Matches text that, after any apostrophes, starts with a sign that makes a spreadsheet calculate: those of OWASP's
 * page on CSV injection, including their full-width forms.
 */
const formulaLike = /^'*[=+\-@\t\r\n＝＋－＠]/;

function escaped(text: string): string {
  return formulaLike.test(text) ? `'${text}` : text;
}

const gzipAsync = promisify(gzip);

/** Node sets the header's time to 0, but the system's number in it would differ from machine to machine. */
async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await gzipAsync(bytes);
  const unknownSystem = 255;
  packed[9] = unknownSystem;
  return packed;
}
