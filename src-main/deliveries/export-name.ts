import { createHash } from 'node:crypto';
import type { Message } from '../contract/delivery.ts';
import type { ExportFormat } from './formats.ts';

/** The parsed name of an export. Times sort as text. */
export interface ExportName {
  name: string;
  time: string;
  id: string;
  format: ExportFormat;
}

/** The limit for a source's or metric's name, in bytes of UTF-8: file systems allow 255 for the whole. */
const mostBytes = 60;

const own = /^[\p{L}\p{M}\p{N}_-]+_(\d{8}T\d{6}\.\d{3}Z)_([a-z0-9-]{8,64})\.(json|csv)(?:\.gz)?$/u;

/**
 * `<source>_<metric>_<UTC time>_<id>.<format>[.gz]`, such as `cpu_cpu_percent_20260105T120000.123Z_0a1b….json`: valid
 * on Linux, macOS and Windows whatever the source and the metric are called (no dots, slashes, spaces or reserved
 * names). The same message always gets the same name.
 */
export function exportName(message: Message, format: ExportFormat, compress: boolean): ExportName {
  const { source, metric } = message.alert.series;
  const time = new Date(message.transition.at).toISOString().replace(/[-:]/g, '');
  const id = safeId(message.id);
  const name = `${safeWord(source)}_${safeWord(metric)}_${time}_${id}.${format}${compress ? '.gz' : ''}`;
  return { name, time, id, format };
}

/** Parses the name of a file; undefined for any name that is not in our format. */
export function readExportName(name: string): ExportName | undefined {
  const [, time, id, format] = own.exec(name.normalize('NFC')) ?? [];
  if (time === undefined || id === undefined) return undefined;
  return { name, time, id, format: format === 'csv' ? 'csv' : 'json' };
}

/** Keeps letters, digits and underscores of any script; every other run of characters becomes one hyphen. */
function safeWord(text: string): string {
  const plain = text.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}_]+/gu, '-');
  let word = '';
  let bytes = 0;
  for (const sign of plain) {
    bytes += Buffer.byteLength(sign);
    if (bytes > mostBytes) break;
    word += sign;
  }
  return word.replace(/^-+|-+$/g, '') || 'unnamed';
}

/**
 * Replaces an id by its hash if it has capitals, which some file systems do not distinguish, or is not valid in a name.
 */
function safeId(id: string): string {
  return /^[a-z0-9-]{8,64}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
}
