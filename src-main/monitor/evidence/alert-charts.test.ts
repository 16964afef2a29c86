import { expect, test } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { SeriesRange } from '../../contract/history.ts';
import type { ChildEnd, Spawn } from '../../contract/port.ts';
import type { AlertChart } from '../../reports/alert-chart.ts';
import type { FromReport, ToReport } from '../../reports/messages.ts';
import { timeText } from '../../deliveries/words.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { AlertCharts, chartPatienceMs } from './alert-charts.ts';

const noon = Date.UTC(2026, 0, 5, 12);

/** Charts whose painter answers as it is told to: at once, never, or by dying. */
function charts(range?: Partial<SeriesRange>) {
  const clock = new HandClock(noon);
  const drawn: AlertChart[] = [];
  const asked: { from: number; to: number }[] = [];
  const painter = { how: 'paints' as 'paints' | 'hangs' | 'dies', started: 0, killed: 0 };
  const spawn = (() => {
    let hear: (message: FromReport) => void = () => undefined;
    let end: (end: ChildEnd) => void = () => undefined;
    painter.started++;
    return {
      pid: 1,
      send(order: ToReport) {
        if (order.type !== 'paint') return;
        drawn.push(order.chart);
        if (painter.how === 'paints') hear({ type: 'painted', png: new Uint8Array([1]) });
        if (painter.how === 'dies') end({ kind: 'crash', code: null, signal: 'SIGKILL' });
      },
      onMessage(listener: (message: FromReport) => void) {
        hear = listener;
        queueMicrotask(() => listener({ type: 'ready' }));
      },
      onEnd: (listener: (end: ChildEnd) => void) => (end = listener),
      kill: () => painter.killed++,
    };
  }) as unknown as Spawn;
  const { draw } = new AlertCharts({
    ...{ spawn, clock, log: silentLog },
    ask: ({ series, from, to }) => {
      asked.push({ from, to });
      const [one] = series;
      if (one === undefined) return Promise.resolve([]);
      const at = [noon - 3_600_000, noon - 60_000];
      const summary = { min: 20, avg: 55, max: 91.5, last: 91.5, lastAt: noon - 60_000 };
      const values = { at, min: [20, 91.5], avg: [20, 91.5], max: [20, 91.5] };
      return Promise.resolve([{ series: one, from, to, bucketMs: 0, ...values, summary, ...range }]);
    },
  });
  return { clock, draw, drawn, asked, painter };
}

/** Until what has been asked has come as far as it can. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a chart has the line of its rule, an hour before, the moment of the firing, and its content in words', async () => {
  const { draw, drawn, asked } = charts();
  const message = exampleMessage({ transition: { at: noon }, alert: { firedAt: noon, since: noon - 5000 } });
  const chart = await draw(message);
  expect(chart?.words).toBe(
    `CPU (cpu_usage) on anchor from ${timeText(Date.UTC(2026, 0, 5, 10, 59, 55))} to ${timeText(noon)}: between 20\u00a0% and 91.5\u00a0%, the line at 80\u00a0%; fired at ${timeText(noon)}.`,
  );
  expect(asked).toEqual([{ from: noon - 3_605_000, to: noon + 1 }]);
  expect(drawn[0]).toMatchObject({
    ...{ firedAt: noon, resolvedAt: null, severity: 'warning' },
    chart: { lines: [{ value: 80, severity: 'warning' }], full: 100, unit: 'percent' },
  });
});

test('the same message is drawn once, whoever asks for it; a drill, and what nothing is known of, not at all', async () => {
  const { draw, painter } = charts();
  const [first, second] = await Promise.all([draw(exampleMessage()), draw(exampleMessage({ id: 'other' }))]);
  expect(first).toBe(second);
  expect(painter.started).toBe(1);
  expect(await draw(exampleMessage({ alert: { id: 'drill', drill: true } }))).toBeNull();
  const empty = charts({ summary: null, at: [] });
  expect(await empty.draw(exampleMessage())).toBeNull();
  expect([painter.started, empty.painter.started]).toEqual([1, 0]);
});

test('a painter that hangs is ended after four seconds, and messages go without it for a minute', async () => {
  const { clock, draw, painter } = charts();
  painter.how = 'hangs';
  const one = draw(exampleMessage());
  const other = draw(exampleMessage({ alert: { id: 'behind-it' } }));
  await settled();
  await clock.turn(chartPatienceMs);
  expect(await Promise.all([one, other])).toEqual([null, null]);
  expect([painter.started, painter.killed]).toEqual([1, 1]);
  painter.how = 'paints';
  expect(await draw(exampleMessage())).toBeNull();
  await clock.turn(60_000);
  expect(await draw(exampleMessage())).not.toBeNull();
});

test('a painter that dies costs a message its chart, and nothing else', async () => {
  const { draw, painter } = charts();
  painter.how = 'dies';
  expect(await draw(exampleMessage())).toBeNull();
});

test('samples that were not judged themselves get no line', async () => {
  const { draw, drawn } = charts();
  await draw(exampleMessage({ alert: { expression: 'a / b' } }));
  await draw(exampleMessage({ alert: { id: '2', window: { function: 'rate', seconds: 60 } } }));
  await draw(exampleMessage({ alert: { id: '3', window: { function: 'avg', seconds: 60 } } }));
  expect(drawn.map(({ chart }) => chart.lines.length)).toEqual([0, 0, 1]);
});
