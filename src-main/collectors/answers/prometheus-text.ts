import type { Measurement } from '../../contract/sample.ts';

/** The samples of a page, and its malformed lines. */
export interface PrometheusPage {
  samples: Measurement[];
  /** The first malformed line (its number, from 1, and the reason) and how many there are. */
  problem: { line: number; why: string; count: number } | null;
}

type Wanted = (metric: string, labels: Readonly<Record<string, string>>) => boolean;

const labelsAtMost = 40;
const charactersAtMost = 200;

const nameAt = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelAt = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
/** A value, followed by an optional timestamp and exemplar, both ignored. */
const restAt = /\s*([^\s#]+)(?:\s+[+-]?[0-9.eE+-]+)?(?:\s+#.*)?$/sy;
const number = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const notFinite = /^(?:nan|[+-]?inf(?:inity)?)$/i;

/**
 * Parses a page in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) or in
 * OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). Histograms and summaries stay the samples
 * they are written as. NaN and infinity are left out. Unwanted samples are not kept, but malformed ones among them are
 * still counted.
 */
export function readPrometheus(text: string, isWanted: Wanted): PrometheusPage {
  const samples = new Map<string, Measurement>();
  let problem: PrometheusPage['problem'] = null;
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    try {
      const sample = sampleIn(content);
      if (sample === undefined || !isWanted(sample.metric, sample.labels)) continue;
      const key = JSON.stringify([sample.metric, Object.entries(sample.labels).sort()]);
      if (samples.has(key)) throw new BadLine('repeats a series');
      samples.set(key, sample);
    } catch (thrown) {
      if (!(thrown instanceof BadLine)) throw thrown;
      problem ??= { line: index + 1, why: thrown.message, count: 0 };
      problem.count++;
    }
  }
  return { samples: [...samples.values()], problem };
}

class BadLine extends Error {}

/** Undefined if the value is not a finite number. */
function sampleIn(line: string): Measurement | undefined {
  const [metric] = matchAt(nameAt, line, 0) ?? [];
  if (metric === undefined) throw new BadLine('does not begin with a name');
  const labels: Record<string, string> = {};
  let at = metric.length + blanks(line, metric.length);
  if (line[at] === '{') at = labelsIn(line, at + 1, labels);
  const [, value = ''] = matchAt(restAt, line, at) ?? [];
  if (metric.length > charactersAtMost)
    throw new BadLine(`has a name of more than ${charactersAtMost} characters`);
  if (notFinite.test(value)) return undefined;
  if (!number.test(value)) throw new BadLine('has no number as its value');
  const numeral = Number(value);
  return Number.isFinite(numeral) ? { metric, labels, value: numeral === 0 ? 0 : numeral } : undefined;
}

/** Parses the labels at an offset into `labels`; returns the offset after them. */
function labelsIn(line: string, from: number, labels: Record<string, string>): number {
  let at = from;
  for (;;) {
    const end = at + blanks(line, at);
    if (line[end] === '}') return end + 1;
    const [all, name, quoted = ''] = matchAt(labelAt, line, at) ?? [];
    if (all === undefined || name === undefined) throw new BadLine('has labels that cannot be read');
    if (Object.hasOwn(labels, name)) throw new BadLine('has a label twice');
    const value = quoted.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    if (value.length > charactersAtMost || Object.keys(labels).length === labelsAtMost)
      throw new BadLine('has too many or too long labels');
    Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
    at += all.length;
  }
}

function blanks(line: string, at: number): number {
  return matchAt(/[ \t]*/y, line, at)?.[0].length ?? 0;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
