import { largestPlausible, samplesInBatch, senderSchema } from '../contract/ingest.ts';
import type { IngestBatch } from '../contract/ingest.ts';
import type { Labels } from '../contract/sample.ts';
import type { PostedSample } from '../monitor/hosts/ingest.ts';

/** A batch in which everything is valid. */
export interface PlainBatch extends Omit<IngestBatch, 'samples'> {
  samples: PostedSample[];
}

const [quote, backslash, del] = [0x22, 0x5c, 0x7f];
const noLabels: Labels = {};
/** Deeper nesting is left to the full validation, which explains the error. */
const levelsAtMost = 8;

/** Fields of a batch that describe its sender. */
const ofSender: ReadonlySet<string> = new Set(Object.keys(senderSchema.shape));

/**
 * Fast path for the body of `POST /api/v1/ingest` as programs usually write it: ASCII without escapes, no unknown
 * field, times in milliseconds, everything valid. The result is that of `strictJsonProblem`, `ingestBatchSchema` and
 * `ingestSampleSchema` in a tenth of the time. Undefined for all other bodies, valid or not; those three must check
 * them.
 */
export function plainBatch(bytes: Uint8Array): PlainBatch | undefined {
  const quotes = quotesIn(bytes);
  if (quotes === undefined) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (text.includes('__proto__')) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const reader = new Reader();
  const batch = reader.batch(content);
  // A duplicate key in an object shows as a difference: `JSON.parse` keeps only one.
  return batch !== undefined && reader.texts * 2 === quotes ? batch : undefined;
}

/**
 * Counts the quotation marks. Undefined if one of them might not delimit a text, or a text might contain invisible
 * characters: if there are bytes beyond ASCII, a backslash, or the one control character that JSON allows.
 */
function quotesIn(bytes: Uint8Array): number | undefined {
  let count = 0;
  for (const byte of bytes) {
    if (byte === quote) count++;
    else if (byte === backslash || byte >= del) return undefined;
  }
  return count;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return isText(value, 200) && value !== '' && !value.startsWith(' ') && !value.endsWith(' ');
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

/** Whether a number can be stored exactly. */
export function isExact(value: unknown): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value) || Object.is(value, -0)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) > largestPlausible;
}

/** Validates one batch and counts its texts, including keys. */
class Reader {
  texts = 0;

  batch(content: unknown): PlainBatch | undefined {
    if (!isObject(content)) return undefined;
    const { host, batch, sentAt, backlog, samples } = content;
    if (!isName(host) || !Array.isArray(samples) || samples.length > samplesInBatch) return undefined;
    if (batch !== undefined && !isText(batch, 100)) return undefined;
    if (sentAt !== undefined && !Number.isSafeInteger(sentAt)) return undefined;
    if (backlog !== undefined && typeof backlog !== 'boolean') return undefined;
    const sender: Record<string, unknown> = {};
    for (const key in content) {
      this.texts++;
      if (ofSender.has(key)) {
        sender[key] = content[key];
        if (!this.#count(content[key], 1)) return undefined;
      } else if (key === 'host' || key === 'batch') this.texts++;
      else if (key !== 'sentAt' && key !== 'backlog' && key !== 'samples') return undefined;
    }
    const about = senderSchema.safeParse(sender);
    if (!about.success) return undefined;
    const read: PostedSample[] = [];
    for (const one of samples as unknown[]) {
      const sample = this.#sample(one);
      if (sample === undefined) return undefined;
      read.push(sample);
    }
    return {
      ...about.data,
      ...(batch !== undefined && { batch }),
      ...(sentAt !== undefined && { sentAt: sentAt as number }),
      ...(backlog !== undefined && { backlog }),
      ...{ host, samples: read },
    };
  }

  #sample(one: unknown): PostedSample | undefined {
    if (!isObject(one)) return undefined;
    const { source, metric, labels, value, at, unit } = one;
    if (!isName(source) || !isText(metric, 200) || metric === '') return undefined;
    if (!isExact(value) || !Number.isSafeInteger(at)) return undefined;
    // Four keys and two texts.
    let known = 4;
    this.texts += 6;
    if (unit !== undefined) {
      if (!isText(unit, 32)) return undefined;
      this.texts += 2;
      known++;
    }
    if (labels !== undefined) {
      if (!this.#areLabels(labels)) return undefined;
      this.texts++;
      known++;
    }
    for (const _ in one) known--;
    if (known !== 0) return undefined;
    const sample = {
      source,
      metric,
      labels: (labels as Labels | undefined) ?? noLabels,
      value,
      at: at as number,
    };
    return unit === undefined ? sample : { ...sample, unit };
  }

  #areLabels(labels: unknown): boolean {
    if (!isObject(labels)) return false;
    let count = 0;
    for (const name in labels) {
      if (name === '' || name.length > 100 || !isText(labels[name], 500)) return false;
      count++;
    }
    this.texts += 2 * count;
    return count <= 32;
  }

  /** Counts the texts in a value. Returns whether its nesting is within the limit. */
  #count(value: unknown, level: number): boolean {
    if (typeof value === 'string') this.texts++;
    if (typeof value !== 'object' || value === null) return true;
    if (level > levelsAtMost) return false;
    const isList = Array.isArray(value);
    for (const [, inner] of Object.entries(value)) {
      if (!isList) this.texts++;
      if (!this.#count(inner, level + 1)) return false;
    }
    return true;
  }
}
