import { describe, expect, it } from 'vitest';
import { exampleMessage } from '../testing/example-message.ts';
import { FakeMonitor } from '../testing/fake-monitor.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Kinds } from '../contract/kind.ts';
import { alertText, describeAlert } from './alert-words.ts';
import { trayView } from './tray-view.ts';
import { wordsFor } from './words.ts';

const at = new Date(2026, 0, 5, 12).getTime();
const kinds: Kinds = {
  ...new FakeMonitor().kinds(),
  sources: [
    {
      kind: 'cpu',
      title: 'CPU',
      description: '',
      intervalSeconds: 5,
      metrics: { cpu_percent: { title: 'CPU', unit: 'percent', help: '' } },
      anyMetric: false,
      fed: false,
      schema: {},
    },
  ],
};
const vocabulary = {
  host: 'anchor',
  kinds,
  settings: new FakeMonitor({ sources: [{ name: 'cpu_usage', kind: 'cpu', enabled: true }] }).settings.view()
    .settings,
};
const alert = {
  ...exampleMessage({ alert: { since: at } }).alert,
  acknowledgedAt: null,
  snoozedUntil: null,
};
const en = wordsFor(['en-GB']);
const view = (status: Partial<Parameters<typeof trayView>[0]>, words = en) =>
  trayView({ level: 'ok', alerts: [], pausedUntil: null, ...status }, at, vocabulary, words);

describe('the tray', () => {
  it.each([
    ['ok', { level: 'ok' }, 'All below the line'],
    ['warning', { level: 'warning', alerts: [alert] }, '1 line crossed'],
    ['critical', { level: 'critical', alerts: [alert, alert] }, '2 lines crossed'],
    ['unknown', { level: 'unknown' }, 'Nothing is known yet'],
    ['paused', { pausedUntil: at + 3_600_000 }, 'Paused until 13:00'],
    [
      'paused',
      { level: 'critical', alerts: [alert], pausedUntil: at + 1 },
      'Paused until 12:00 · 1 line crossed',
    ],
    ['ok', { pausedUntil: at }, 'All below the line'],
  ] as const)('says %s of %j', (state, status, sentence) => {
    expect(view({ ...status, alerts: 'alerts' in status ? [...status.alerts] : [] })).toMatchObject({
      state,
      sentence,
    });
  });

  it('tells of each alert without the value, which moves, and of how it was answered', () => {
    const snoozed = { ...alert, acknowledgedAt: at, snoozedUntil: at + 60_000 };
    expect(view({ level: 'warning', alerts: [alert, snoozed] }).alerts).toEqual([
      {
        id: 'alert-1',
        label: 'CPU (cpu_usage) above 80 % since 12:00',
        isAcknowledged: false,
        snoozed: null,
      },
      {
        id: 'alert-1',
        label: 'CPU (cpu_usage) above 80 % since 12:00',
        isAcknowledged: true,
        snoozed: 'Snoozed until 12:01',
      },
    ]);
  });
});

it('names the host of an alert about another machine, by the name that it sends', () => {
  const other = { ...alert, series: { ...alert.series, host: 'agent-001' }, tags: ['agent_name:Web one'] };
  expect(alertText(other, vocabulary, en)).toMatchObject({
    sentence: 'Web one: CPU (cpu_usage) at 91.5 %, above 80 % since 12:00',
    brief: 'Web one: CPU (cpu_usage) above 80 % since 12:00',
  });
});

it('an alert is told with value, limit and time, in the reader’s own way', () => {
  const de = wordsFor(['fr-FR', 'de-AT']);
  expect(alertText(alert, vocabulary, de)).toMatchObject({
    title: 'CPU above 80 %',
    sentence: 'CPU (cpu_usage) bei 91,5 %, über 80 % seit 12:00',
  });
  expect(alertText({ ...alert, state: 'resolved', worstValue: 97 }, vocabulary, de)).toMatchObject({
    title: 'Vorbei: CPU above 80 %',
    sentence: 'CPU (cpu_usage) war über 80 %, schlimmster Wert 97 %',
  });
  const unknown = { ...alert, series: { ...alert.series, source: 'gone', metric: 'x' } };
  expect(alertText(unknown, vocabulary, en).sentence).toBe('x (gone) at 91.5, above 80 since 12:00');
});

it.each([
  [79.97, '79.97 %', '79,97 %'],
  [79.4321, '79.4 %', '79,4 %'],
  [80, '80 %', '80 %'],
])('a value of %d stands on its own side of the limit of 80: %s', (lastValue, english, german) => {
  const below = { ...alert, comparison: 'less_than', lastValue, worstValue: lastValue } as const;
  const de = wordsFor(['de-DE']);
  expect(alertText(below, vocabulary, en).sentence).toContain(` at ${english}, below 80 %`);
  expect(alertText(below, vocabulary, de).sentence).toContain(` bei ${german}, unter 80 %`);
  const over = { ...below, state: 'resolved' } as const;
  expect(alertText(over, vocabulary, de).sentence).toContain(`Wert ${german}`);
});

it('a notification needs only what is known of the alert, and never a whole status', () => {
  const engine = new FakeMonitor({ sources: [{ name: 'cpu_usage', kind: 'cpu', enabled: true }] });
  engine.alerts.one = (id) => {
    if (id !== alert.id) throw new PlimsollError('not_found', `No alert ${id}.`);
    return { alert, transitions: [], deliveries: [], contexts: [] };
  };
  engine.status = () => expect.fail('a whole status was asked for');
  expect(describeAlert({ engine, host: 'anchor' }, 'alert-1', en)).toEqual({
    title: 'CPU above 80 %',
    body: 'cpu_percent (cpu_usage) at 91.5, above 80 since 12:00',
  });
  expect(describeAlert({ engine, host: 'anchor' }, 'gone', en)).toBeUndefined();
});
