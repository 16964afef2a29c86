import { expect, test } from 'vitest';
import type { RecordLogName } from '../../base/log.ts';
import type { AlertContext } from '../../contract/alert-context.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { RecordLogs } from './record-logs.ts';
import { checkSettings } from '../settings/schema.ts';

const sources = [
  { name: 'cpu', kind: 'cpu' },
  { name: 'programs', kind: 'processes', watch: ['postgres'] },
  { name: 'site', kind: 'http', url: 'http://example.org' },
];

function opened(monitoring: Record<string, unknown> = {}) {
  const clock = new HandClock(Date.UTC(2026, 0, 5, 12));
  const written: [RecordLogName, Record<string, unknown>][] = [];
  const contexts = new Map<string, AlertContext>();
  let settings: Settings = checkSettings({ version: 1, sources, monitoring }).settings;
  const logs = new RecordLogs({
    host: 'anchor',
    clock,
    settings: () => settings,
    contextOf: (id) => contexts.get(id),
    open: (name) => ({
      write: (record) => void written.push([name, { ...record }]),
      close: () => Promise.resolve(),
    }),
  });
  const change = (to: Record<string, unknown>) => {
    settings = checkSettings({ version: 1, sources, monitoring: to }).settings;
  };
  const reading = (source: string, changes: Partial<Reading> = {}): Reading => ({
    ...{ host: 'anchor', source, at: clock.now(), durationMs: 1.234, error: null },
    samples: [
      { metric: 'cpu_percent', labels: {}, value: 12.5 },
      { metric: 'cpu_percent', labels: { core: '0' }, value: 25 },
    ],
    ...changes,
  });
  const hear = (read: Reading) =>
    logs.hear({ type: 'reading', reading: read, health: {} as never, rules: [] });
  return { clock, logs, written, contexts, change, reading, hear };
}

test('each source of this machine has a line as often as wanted, in the log of its kind; no other has one', async () => {
  const { clock, logs, written, reading, hear } = opened({ logMetricsSeconds: 30 });
  for (let second = 0; second < 60; second += 5) {
    for (const { name } of sources) hear(reading(name));
    hear(reading('cpu', { host: 'another machine' }));
    logs.noteOwn(reading('plimsoll'));
    await clock.turn(5000);
  }
  expect(written.map(([log, { data_source, time }]) => [log, data_source, time])).toEqual(
    ['2026-01-05T12:00:00.000Z', '2026-01-05T12:00:30.000Z'].flatMap((time) => [
      ['system_metrics', 'cpu', time],
      ['app_metrics', 'programs', time],
      ['app_metrics', 'plimsoll', time],
    ]),
  );
  expect(written[0]?.[1]).toEqual({
    ...{
      level: 'info',
      time: '2026-01-05T12:00:00.000Z',
      msg: 'reading',
      host: 'anchor',
      data_source: 'cpu',
    },
    duration_ms: 1.2,
    metrics: { cpu_percent: 12.5, 'cpu_percent{core="0"}': 25 },
  });
});

test('a reading that failed says why, one of thousands of series says how many it leaves out, and a switch ends it', async () => {
  const { clock, written, change, reading, hear } = opened();
  hear(reading('cpu', { samples: [], error: { code: 'unreadable', message: 'no /proc' } }));
  await clock.turn(60_000);
  const many = Array.from({ length: 2000 }, (_, index) => ({
    metric: `m${index}`,
    labels: {},
    value: index,
  }));
  hear(reading('cpu', { samples: many }));
  await clock.turn(60_000);
  change({ logMetrics: false });
  hear(reading('cpu'));
  expect(written).toMatchObject([
    ['system_metrics', { level: 'warn', msg: 'no /proc', error: 'unreadable', metrics: {} }],
    ['system_metrics', { left_out: 1500 }],
  ]);
});

test('a firing waits until it is known why, what else moves does not; nothing is left behind at the end', async () => {
  const { clock, logs, written, contexts, change } = opened();
  const { alert, transition } = exampleMessage({ alert: { severity: 'critical' } });
  const known: AlertContext = {
    ...{ at: transition.at, rule: 'cpu above 80 %', values: [], others: [], host: {}, isComplete: false },
  };
  const move = (id: string, changes: Partial<typeof transition> = {}) =>
    logs.hear({
      type: 'alert',
      alert: { ...alert, id },
      transition: { ...transition, alertId: id, ...changes },
    });
  contexts.set('a', known).set('b', known).set('c', known);
  for (const id of ['a', 'b', 'c']) move(id);
  expect(written).toEqual([]);

  contexts.set('a', {
    ...known,
    isComplete: true,
    programs: { at: transition.at, measure: 'cpu', byCpu: [] } as never,
  });
  logs.hear({ type: 'context', alertId: 'a' });
  expect(written).toMatchObject([
    [
      'alerts',
      {
        ...{
          level: 'error',
          event: 'firing',
          from: 'pending',
          alert_id: 'a',
          rule_name: 'CPU above 80 %',
          value: 91.5,
        },
        ...{ announced: true, announcement: 'first', msg: 'firing: CPU above 80 %' },
        context: { rule: 'cpu above 80 %', top_programs: {} },
      },
    ],
  ]);
  await clock.turn(2000);
  expect(written.map(([, { alert_id }]) => alert_id)).toEqual(['a', 'b', 'c']);

  move('a', { from: 'firing', to: 'resolved' });
  expect(written.at(-1)?.[1]).toMatchObject({ level: 'info', event: 'resolved' });
  expect(written.at(-1)?.[1]).not.toHaveProperty('context');
  contexts.set('d', known);
  move('d');
  await logs.stop();
  expect(written.at(-1)?.[1]).toMatchObject({ alert_id: 'd', context: { rule: 'cpu above 80 %' } });
  const before = written.length;
  change({ logAlerts: false });
  move('e');
  expect(written).toHaveLength(before);
});
