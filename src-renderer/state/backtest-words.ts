import type {
  Backtest,
  BacktestAlternative,
  BacktestSeries,
  Suggestion,
} from '../../src-main/contract/backtest.ts';
import { m } from '../paraglide/messages.js';
import { daysOf } from './backtest.svelte.ts';
import type { BacktestSpan } from './backtest.svelte.ts';
import type { Format } from './format.ts';

/** `never`, `once`, `twice`, `11 times`. */
export function timesWords(count: number, format: Format): string {
  if (count === 0) return m.backtest_times_never();
  return count === 2
    ? m.backtest_times_twice()
    : m.backtest_times({ count: count === 1 ? count : format.number(count, 0) });
}

/** When the first of what was replayed was sampled; null where there is nothing. */
export function knownSince({ series }: Backtest): number | null {
  const first = series.map(({ firstAt }) => firstAt).filter((at) => at !== null);
  return first.length === 0 ? null : Math.min(...first);
}

/** How often it would have fired: `It would have fired 11 times in the last week, 9 of them under 2 minutes.` */
export function firedWords(backtest: Backtest, span: BacktestSpan, format: Format): string {
  const { count, short, from, to } = backtest;
  const since = knownSince(backtest) ?? from;
  const lacksMuch = since - from > 0.05 * (to - from);
  const when = lacksMuch ? m.backtest_when_since({ moment: format.moment(since, to) }) : spanWords(span);
  if (count === 0) return m.backtest_never({ when });
  const times = timesWords(count, format);
  if (short === count) return m.backtest_fired_all_short({ count, times, when });
  if (short === 0) return m.backtest_fired({ times, when });
  return m.backtest_fired_some_short({ times, when, short: format.number(short, 0) });
}

function spanWords(span: BacktestSpan): string {
  switch (span) {
    case 'day':
      return m.backtest_when_day();
    case 'week':
      return m.backtest_when_week();
    case 'month':
      return m.backtest_when_month();
  }
}

/**
 * The longer times that are worth a look: each fires less often than the one before, and still does; `never` only where
 * all that fired was short.
 */
export function worthwhile({ alternatives, count, short }: Backtest): BacktestAlternative[] {
  const found: BacktestAlternative[] = [];
  let least = count;
  for (const alternative of alternatives) {
    if (alternative.count >= least) continue;
    least = alternative.count;
    if (least > 0 || (found.length === 0 && short === count)) found.push(alternative);
  }
  return found.slice(0, 3);
}

/** What else has to be known about an answer, a sentence each. */
export function backtestNotes(backtest: Backtest, format: Format): string[] {
  const { noData, seriesLeftOut, withoutSamplesMs, periodsLeftOut } = backtest;
  return [
    noData > 0 && m.backtest_no_data({ times: timesWords(noData, format) }),
    seriesLeftOut > 0 && m.backtest_series_left_out({ count: seriesLeftOut }),
    periodsLeftOut > 0 && m.backtest_periods_left_out({ count: periodsLeftOut }),
    withoutSamplesMs > 0 && m.backtest_without_samples({ span: format.duration(withoutSamplesMs) }),
  ].filter((note) => note !== false);
}

/** One of several series, by what tells it from the others, and how often it would have fired. */
export function seriesWords(
  { host, labels, count }: BacktestSeries,
  among: readonly BacktestSeries[],
  format: Format,
): string {
  const severalHosts = among.some((other) => other.host !== host);
  const parts = [...(severalHosts ? [host] : []), ...Object.values(labels)];
  const name = parts.length === 0 ? m.backtest_series_whole() : parts.join(', ');
  return m.backtest_series_option({ name, times: timesWords(count, format) });
}

/** Why nothing is proposed. */
export function nothingWords(nothing: NonNullable<Suggestion['nothing']>): string {
  switch (nothing) {
    case 'no_samples':
      return m.backtest_suggest_no_samples();
    case 'flat':
      return m.backtest_suggest_flat();
    case 'no_threshold':
      return m.backtest_suggest_no_threshold();
    case 'already':
      return m.backtest_suggest_already();
  }
}

/** What a chart is called that shows so much of a span. */
export function chartTitle(
  subject: string,
  { from, to, span }: { from: number; to: number; span: BacktestSpan },
  format: Format,
): string {
  const day = 86_400_000;
  if (to - from >= 0.95 * daysOf[span] * day) {
    switch (span) {
      case 'day':
        return m.rule_chart_title({ subject });
      case 'week':
        return m.rule_chart_week({ subject });
      case 'month':
        return m.rule_chart_month({ subject });
    }
  }
  return to - from > 2 * day
    ? m.rule_chart_since({ subject, day: format.day(from) })
    : m.rule_chart_stretch({ subject, stretch: format.stretch(to - from) });
}
