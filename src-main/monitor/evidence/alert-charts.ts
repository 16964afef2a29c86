import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Message } from '../../contract/delivery.ts';
import type { SeriesRange } from '../../contract/history.ts';
import { messageOf } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { ReportChart } from '../../contract/report.ts';
import type { Chart } from '../../deliveries/destination-kind.ts';
import { seriesText, timeText } from '../../deliveries/words.ts';
import { alertChartSize } from '../../reports/messages.ts';
import type { AlertChart } from '../../reports/alert-chart.ts';
import { Format } from '../../reports/format.ts';
import { oneLine } from '../../reports/words.ts';
import type { HistoryQuestions } from '../../history/messages.ts';
import { drawAlertChart } from '../reports/report-drawing.ts';

/**
 * How long a message waits for its chart before it is sent without one: alerts fire when machines are busy, and
 * painting takes longer then.
 */
export const chartPatienceMs = 10_000;
/** How long no chart is tried after one that failed or was late, so that mails do not wait for each of them. */
const pauseMs = 60_000;
/** The least time shown of what led to an alert and of how it continued; a week at most. */
const shortestMs = 3_600_000;
const longestMs = 7 * 86_400_000;
const points = 240;
/** The same message goes to several destinations, and may be retried. */
const remembered = 20;

interface AlertChartsParts {
  spawn: Spawn;
  clock: Clock;
  log: Log;
  ask(query: HistoryQuestions['ranges']['ask'], signal: AbortSignal): Promise<SeriesRange[]>;
}

/**
 * Draws the charts of messages. The history supplies the data, and a separate process paints, one chart at a time. Only
 * the message waits for them, ten seconds at most.
 */
export class AlertCharts {
  readonly #parts: AlertChartsParts;
  readonly #drawn = new Map<string, Promise<Chart | null>>();
  #last: Promise<unknown> = Promise.resolve();
  #notBefore = -Infinity;

  constructor(parts: AlertChartsParts) {
    this.#parts = parts;
  }

  /** See `DrawChart`. */
  readonly draw = (message: Message): Promise<Chart | null> => {
    const { alert, transition } = message;
    if (alert.drill === true) return Promise.resolve(null);
    const key = `${alert.id} ${transition.at} ${transition.to}`;
    const known = this.#drawn.get(key);
    if (known !== undefined) return known;
    const drawn = this.#within(message).then((chart) => {
      if (chart === null) this.#drawn.delete(key);
      return chart;
    });
    this.#drawn.set(key, drawn);
    for (const oldest of this.#drawn.keys()) {
      if (this.#drawn.size <= remembered) break;
      this.#drawn.delete(oldest);
    }
    return drawn;
  };

  async #within(message: Message): Promise<Chart | null> {
    const { clock, log } = this.#parts;
    if (clock.monotonic() < this.#notBefore) return null;
    const ending = new AbortController();
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(chartPatienceMs, () => {
        ending.abort();
        reject(new Error(`It was not there within ${chartPatienceMs / 1000} s.`));
      });
    });
    try {
      const turn = this.#last.then(() => (ending.signal.aborted ? null : this.#make(message, ending.signal)));
      this.#last = turn.catch(() => undefined);
      return await Promise.race([turn, late]);
    } catch (thrown) {
      this.#notBefore = clock.monotonic() + pauseMs;
      log.warn('a message goes without its chart', { alert: message.alert.id, error: messageOf(thrown) });
      return null;
    } finally {
      cancel();
    }
  }

  async #make(message: Message, signal: AbortSignal): Promise<Chart | null> {
    const { spawn, clock, ask } = this.#parts;
    const { series } = message.alert;
    const { from, to } = stretchOf(message);
    const [range] = await ask({ series: [series], from, to: to + 1, points }, signal);
    if (range === undefined || range.summary === null || signal.aborted) return null;
    const chart = chartOf(message, range, from, to);
    const png = await drawAlertChart(spawn, chart, chartPatienceMs, (ms, call) => clock.after(ms, call));
    return { png, width: alertChartSize.width, words: wordsOf(chart, range.summary) };
  }
}

/** From some time before it crossed the threshold until now, or until it was over. */
function stretchOf({ alert, transition }: Message): { from: number; to: number } {
  const to = transition.at;
  const before = Math.max(shortestMs, (to - alert.since) / 4);
  return { from: Math.max(to - longestMs, Math.min(alert.since, to) - before), to };
}

function chartOf(message: Message, range: SeriesRange, from: number, to: number): AlertChart {
  const { alert, unit } = message;
  const title = oneLine(seriesText(message), 70);
  return {
    chart: {
      title,
      unit,
      // An axis up to 100 shows at once how full it is.
      ...(unit === 'percent' && range.max.every((value) => value <= 100) ? { full: 100 } : {}),
      lines: linesOf(message),
      series: [{ name: title, range }],
      more: 0,
    },
    ...{ from, to, severity: alert.severity },
    firedAt: alert.firedAt,
    resolvedAt: alert.resolvedAt,
  };
}

/** The thresholds, if the samples that are drawn are what was evaluated. */
function linesOf({ alert }: Message): ReportChart['lines'] {
  const { threshold, upperThreshold, severity, expression, window, cause, baseline } = alert;
  const isOther = window !== undefined && ['rate', 'delta', 'sum'].includes(window.function);
  if (cause !== undefined || expression !== undefined || isOther) return [];
  return [threshold, upperThreshold].flatMap((value) =>
    // The digits of a learned threshold mean nothing.
    typeof value === 'number'
      ? [{ value: baseline === undefined ? value : Number(value.toPrecision(4)), severity }]
      : [],
  );
}

/** English, like the mail around it. Created for the first mail, because the tables of a language take megabytes. */
let english: Format | undefined;

function wordsOf(
  { chart, from, to, firedAt, resolvedAt }: AlertChart,
  summary: { min: number; max: number },
): string {
  const format = (english ??= new Format('en', 'UTC'));
  const [least, most, ...lines] = [summary.min, summary.max, ...chart.lines.map(({ value }) => value)].map(
    (value) => format.value(value, chart.unit),
  );
  const course = least === most ? `at ${most ?? ''} throughout` : `between ${least ?? ''} and ${most ?? ''}`;
  const limit = lines.length === 0 ? '' : `, the line at ${lines.join(' and ')}`;
  const end = resolvedAt === null ? '' : `, over at ${timeText(resolvedAt)}`;
  return `${chart.title} from ${timeText(from)} to ${timeText(to)}: ${course}${limit}; fired at ${timeText(firedAt)}${end}.`;
}
