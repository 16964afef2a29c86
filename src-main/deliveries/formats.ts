import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import type { Options } from 'csv-stringify/sync';
import type { ExportRecord } from './record.ts';

export const exportFormats = ['json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A record as the content of a file, UTF-8. Compressed, the same record gives the same bytes at any time. */
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
 * A header and one line, as RFC 4180 has it: lines end with CR LF, cells are quoted where they must be, an unknown value is
 * an empty cell, labels and metadata are JSON in one cell.
 *
 * A text that a spreadsheet could take for a formula gets an apostrophe in front (`formulaLike`). To undo it, take one
 * apostrophe away from every text cell that matches `formulaLike`. Numbers stay numbers, negative ones too.
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

/** Lines of cells in the same form; null is an empty cell. Labels and the like are JSON in one cell. */
export function csvLines(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    csvForm,
  );
}

/**
 * Begins, after any apostrophes, with what makes a spreadsheet calculate: the signs that OWASP's page on CSV
 * injection lists, their full-width forms included.
 */
const formulaLike = /^'*[=+\-@\t\r\n＝＋－＠]/;

function escaped(text: string): string {
  return formulaLike.test(text) ? `'${text}` : text;
}

const gzipAsync = promisify(gzip);

/** Node leaves the header's time at 0; the system's number in it would differ from machine to machine. */
async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await gzipAsync(bytes);
  const unknownSystem = 255;
  packed[9] = unknownSystem;
  return packed;
}
