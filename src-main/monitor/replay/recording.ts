import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement, Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';
import type { HistoryQuestion, HistoryQuestions } from '../../history/messages.ts';
import type { Recorded } from '../../rules/backtest.ts';
import type { PreparedRule, TagsOfHost } from '../../rules/prepare.ts';
import type { Known } from '../../rules/watched.ts';
import { ownSource, uptimeMetric } from '../own-source.ts';
import { daysAsked } from '../judging/past-questions.ts';
import { PastQuarters, knownFrom } from '../judging/past-quarters.ts';
import { isAboutHost } from '../../rules/prepare.ts';

/** Asks the history: its process, or the store itself. */
export type AskHistory = <Question extends HistoryQuestion>(
  question: Question,
  ask: HistoryQuestions[Question]['ask'],
) => Promise<HistoryQuestions[Question]['answer']>;

/** Everything recorded that a rule needs. */
export interface Recording {
  readonly records: readonly Recorded[];
  /** What the history would have answered at a time; null for a rule that does not use the past. */
  readonly known: ((series: Series, at: number) => Known) | null;
  /** Matching series beyond the limit. */
  readonly seriesLeftOut: number;
}

/** How many matching series are replayed. */
const seriesAtMost = 50;
/** How many numbers may be in memory: a week of 30 series with one every five seconds. */
const numbersAtMost = 4_000_000;
const dayMs = 86_400_000;

/**
 * Reads everything that a rule needs from `from` to before `to`, epoch milliseconds. Throws `too_large` if it exceeds
 * the memory limit, and the errors of the history.
 */
export async function readRecording(
  ask: AskHistory,
  rule: PreparedRule,
  { host, tagsOfHost }: { host: string; tagsOfHost: TagsOfHost },
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): Promise<Recording> {
  const { source, metric } = rule.rule;
  const found = await ask('series', { source, metric });
  const matching = found.filter(
    (series) => isAboutHost(rule, series.host, tagsOfHost) && rule.matchesLabels(series.labels),
  );
  const judged = matching.slice(0, seriesAtMost);
  const wanted = new Map<string, Series>(judged.map((series) => [seriesKey(series), series]));
  for (const operand of rule.operands) {
    const asked = { source: operand.source ?? source, metric: operand.metric };
    const labels = operand.labels === null ? null : JSON.stringify(operand.labels);
    for (const series of await ask('series', asked)) {
      const isOfJudged = judged.some((other) => other.host === series.host);
      const isMeant =
        labels === null
          ? Object.keys(series.labels).length === 0 ||
            judged.some((other) => JSON.stringify(other.labels) === JSON.stringify(series.labels))
          : JSON.stringify(series.labels) === labels;
      if (isOfJudged && isMeant) wanted.set(seriesKey(series), series);
    }
  }
  if (dependsOnTime(rule)) {
    const own = { host, source: ownSource, metric: uptimeMetric, labels: {} };
    wanted.set(seriesKey(own), own);
  }
  const bySource = Map.groupBy(wanted.values(), (series) => JSON.stringify([series.host, series.source]));
  const records: Recorded[] = [];
  let numbers = 0;
  for (const columns of bySource.values()) {
    const of = { host: columns[0]?.host ?? host, source: columns[0]?.source ?? source };
    const record = await readColumns(ask, of, columns, from, to, signal, (more) => {
      numbers += more;
      if (numbers <= numbersAtMost) return;
      throw new PlimsollError(
        'too_large',
        `So many samples are not replayed at once: choose a shorter stretch, or labels that fit fewer than ${judged.length} series.`,
      );
    });
    records.push(record);
  }
  return {
    records,
    known: await readKnown(ask, rule, judged, from, to, signal),
    seriesLeftOut: matching.length - judged.length,
  };
}

/**
 * Whether the times when Plimsoll ran matter to a rule: for its windows, for its comparisons with the past, and for
 * missing data. For any other rule the samples suffice, and a week is read in half the time.
 */
export function dependsOnTime({ rule, operands }: PreparedRule): boolean {
  const { noData, labels, window, comparison } = rule;
  const compares = comparison === 'changed' || comparison === 'unchanged';
  return (
    noData !== undefined || labels !== undefined || window !== undefined || operands.length > 0 || compares
  );
}

async function readColumns(
  ask: AskHistory,
  of: { host: string; source: string },
  series: readonly Series[],
  from: number,
  to: number,
  signal: AbortSignal,
  onNumbers: (count: number) => void,
): Promise<Recorded> {
  const columns: Pick<Measurement, 'metric' | 'labels'>[] = series.map(({ metric, labels }) => ({
    metric,
    labels,
  }));
  const parts: HistoryQuestions['recorded']['answer'][] = [];
  for (let next = from; next < to;) {
    stopIfAborted(signal);
    const part = await ask('recorded', { ...of, columns, from: next, to });
    onNumbers(part.at.length + part.values.length);
    parts.push(part);
    next = part.to > next ? part.to : to;
  }
  return {
    ...of,
    columns,
    at: joined(parts.map(({ at }) => at)),
    values: joined(parts.map(({ values }) => values)),
  };
}

function joined(parts: readonly Float64Array<ArrayBuffer>[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What forecasts and baselines know at each time, from the quarters of an hour that had ended by then. */
async function readKnown(
  ask: AskHistory,
  { rule }: PreparedRule,
  judged: readonly Series[],
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Recording['known']> {
  const days = daysAsked(rule);
  if (days === null) return null;
  const pasts = new Map<string, PastQuarters>();
  for (const series of judged) {
    const past = new PastQuarters();
    // Aggregated while reading: weeks of single samples are not kept in memory.
    for (let next = from - days * dayMs; next < to;) {
      stopIfAborted(signal);
      const { host, source, metric, labels } = series;
      const part = await ask('recorded', { host, source, columns: [{ metric, labels }], from: next, to });
      part.at.forEach((at, index) => past.enter(at, part.values[index] ?? NaN));
      next = part.to > next ? part.to : to;
    }
    pasts.set(seriesKey(series), past);
  }
  return knownFrom(rule, pasts);
}

export function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new PlimsollError('deadline', 'Nobody waits for this answer any more.');
}

/** How long one slice blocks everything else, in milliseconds. */
const sliceMs = 8;

/** Runs to the end in slices, between which everything else continues. */
export async function inSlices(
  work: Generator<undefined, void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let begun = clock.monotonic();
  while (work.next().done !== true) {
    if (clock.monotonic() - begun < sliceMs) continue;
    await setImmediate();
    stopIfAborted(signal);
    begun = clock.monotonic();
  }
}
