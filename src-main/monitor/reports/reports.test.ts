import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { ChildEnd, Spawn } from '../../contract/port.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import type { FromReport, ToReport } from '../../reports/messages.ts';
import type { ReportOrder } from '../../reports/write.ts';
import type { Delivery } from '../../contract/delivery.ts';
import type { ReportNote } from '../../contract/report.ts';
import { Reports } from './reports.ts';
import { parseSettings } from '../settings/schema.ts';

const hourMs = 3_600_000;

interface Line {
  orders: ReportOrder[];
  spawn: Spawn;
  fails: boolean;
}

/** A process that draws nothing and says that it did, or dies. */
function drawer(): Line {
  const line: Line = { orders: [], fails: false, spawn: undefined as never };
  line.spawn = (() => {
    let hear: (message: FromReport) => void = () => undefined;
    let end: (end: ChildEnd) => void = () => undefined;
    return {
      pid: 1,
      send: (asked: ToReport) => {
        if (asked.type !== 'write') return;
        const { order } = asked;
        line.orders.push(order);
        if (line.fails) {
          end({ kind: 'crash', code: null, signal: 'SIGKILL' });
          return;
        }
        const { from, to } = order.content.figures;
        const facts = { host: 'box', madeAt: to, from, to, files: [], alerts: 0, critical: 0, problem: null };
        hear({ type: 'written', report: { id: `r${line.orders.length}`, ...facts } });
      },
      onMessage(listener: (message: FromReport) => void) {
        hear = listener;
        queueMicrotask(() => listener({ type: 'ready' }));
      },
      onEnd: (listener: (end: ChildEnd) => void) => (end = listener),
      kill: () => undefined,
    };
  }) as unknown as Spawn;
  return line;
}

function scheduled(schedule: object, env: Record<string, string> = { LANG: 'C' }) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'plimsoll-schedule-'));
  // A file that is being written when a test ends is written after it.
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, maxRetries: 5, retryDelay: 100 }));
  const clock = new HandClock(Date.UTC(2026, 0, 5, 6));
  const line = drawer();
  const notices: (string | null)[] = [];
  const sent: [Delivery, ReportNote][] = [];
  const mail = { name: 'mail', kind: 'email', host: 'localhost', from: 'a@b.example', to: ['c@d.example'] };
  const parse = (reports: object) => parseSettings({ version: 1, reports, destinations: [mail] });
  let settings = parse(schedule);
  const open = async () => {
    const reports = new Reports({
      ...{
        dataDirectory,
        settingsDirectory: dataDirectory,
        env,
        clock,
        log: silentLog,
        spawn: line.spawn,
      },
      settings: () => settings,
      sources: () => ({
        ...{ host: 'box', version: '1', now: clock.now(), settings },
        ask: (question: string) =>
          Promise.resolve(
            question === 'newest'
              ? { samples: [], total: 0, next: null }
              : question === 'top'
                ? { entries: [], total: 0 }
                : [],
          ),
        alerts: () => [],
        deliveries: () => [],
      }),
      notice: (_id, message) => notices.push(message),
      send: (...report) => sent.push(report),
    });
    await reports.start();
    return reports;
  };
  const spans = () =>
    line.orders.map(({ content: { figures } }) =>
      [figures.from, figures.to].map((at) => new Date(at).toISOString().slice(0, 16)),
    );
  return {
    clock,
    line,
    notices,
    sent,
    open,
    spans,
    dataDirectory,
    change: (next: object) => (settings = parse(next)),
  };
}

/** Until what was begun is done: files are written meanwhile. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

test('a daily report is of the day that ended when it is due, and is made once', async () => {
  const { clock, open, spans } = scheduled({ every: 'day', at: '07:00', zone: 'Europe/Berlin' });
  const reports = await open();
  reports.passTime(clock.now());
  await settled();
  // 07:00 in Berlin was at 06:00 UTC, when it started: what came before is not made up for.
  expect(spans()).toEqual([]);
  await clock.turn(24 * hourMs);
  reports.passTime(clock.now());
  await settled();
  reports.passTime(clock.now());
  await settled();
  expect(spans()).toEqual([['2026-01-05T06:00', '2026-01-06T06:00']]);
});

test('of those missed, asleep or off, the last is made once, also by a later start', async () => {
  const { clock, open, spans, dataDirectory } = scheduled({ every: 'day', at: '12:00', zone: 'UTC' });
  await open();
  await clock.turn(4 * 24 * hourMs);
  const later = await open();
  later.passTime(clock.now());
  await settled();
  later.passTime(clock.now());
  await settled();
  expect(spans()).toEqual([['2026-01-07T12:00', '2026-01-08T12:00']]);
  await expect
    .poll(() => JSON.parse(readFileSync(join(dataDirectory, 'reports.json'), 'utf8')) as unknown, {
      timeout: 10_000,
    })
    .toMatchObject({ doneUntil: Date.UTC(2026, 0, 8, 12) });
});

test('a weekly report is of seven days, an hour more or less where clocks change', async () => {
  const { clock, open, spans } = scheduled({
    every: 'week',
    day: 'mon',
    at: '08:00',
    zone: 'Europe/Berlin',
  });
  await clock.turn(Date.UTC(2026, 2, 24) - clock.now());
  const reports = await open();
  await clock.turn(7 * 24 * hourMs);
  reports.passTime(clock.now());
  await settled();
  expect(spans()).toEqual([['2026-03-23T07:00', '2026-03-30T06:00']]);
});

test('what a new schedule would have had is not made up for', async () => {
  const { clock, open, spans, change } = scheduled({});
  const reports = await open();
  await clock.turn(30 * hourMs);
  change({ every: 'day', at: '07:00', zone: 'UTC' });
  reports.passTime(clock.now());
  await settled();
  expect(spans()).toEqual([]);
});

test('one that fails is said, and tried again after ten minutes', async () => {
  const { clock, open, line, notices, spans } = scheduled({ every: 'day', at: '07:00', zone: 'UTC' });
  const reports = await open();
  line.fails = true;
  await clock.turn(2 * hourMs);
  reports.passTime(clock.now());
  await settled();
  expect(notices.at(-1)).toContain('could not be made');
  line.fails = false;
  reports.passTime(clock.now());
  await settled();
  expect(spans()).toHaveLength(1);
  await clock.turn(10 * 60_000);
  reports.passTime(clock.now());
  await settled();
  expect(spans()).toHaveLength(2);
  expect(notices.at(-1)).toBe(null);
});

test('a report that is due goes to the destination that is named, once, with all clear said in words', async () => {
  const { clock, open, sent, dataDirectory } = scheduled({
    every: 'day',
    at: '07:00',
    zone: 'UTC',
    sendTo: 'mail',
  });
  const reports = await open();
  await clock.turn(2 * hourMs);
  reports.passTime(clock.now());
  await expect.poll(() => sent.length, { timeout: 10_000 }).toBe(1);
  await settled();
  const [[delivery, note] = []] = sent;
  expect(delivery).toMatchObject({
    destination: 'mail',
    transition: 'report',
    alertId: 'r1',
    state: 'queued',
  });
  expect(note).toMatchObject({
    ...{ report: 'r1', language: 'en', host: 'box', level: 'unknown' },
    sentence: 'Nothing is known of these 24\u00a0h: Plimsoll did not watch.',
    span: '4 Jan 2026, 07:00 to 5 Jan 2026, 07:00 (UTC), 24\u00a0h',
  });
  expect(note?.rows.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Watched: 0\u00a0% (0\u00a0s of 24\u00a0h)',
    'Alerts: 0 (none critical)',
    'Longest alert: — (nothing fired)',
    'Busiest hour: — (no samples)',
    'Deliveries given up: none',
  ]);
  await reports.make({ from: clock.now() - hourMs, to: clock.now() });
  expect(sent).toHaveLength(1);
  // It was made and could not be remembered: the same delivery comes again, which the outbox knows.
  rmSync(join(dataDirectory, 'reports.json'));
  const again = await open();
  await clock.turn(24 * hourMs);
  again.passTime(clock.now());
  await settled();
  expect(new Set(sent.map(([{ id }]) => id)).size).toBe(sent.length);
});

test.each([
  [{ language: 'de' }, {}, 'de'],
  [{}, { LANG: 'de_DE.UTF-8' }, 'de'],
  [{ language: 'en' }, { LANG: 'de_DE.UTF-8' }, 'en'],
] as const)(
  'with %o in the settings and %o around it, one that comes by itself is in %s',
  async (named, env, language) => {
    const { clock, open, sent, line } = scheduled(
      { every: 'day', at: '07:00', zone: 'UTC', sendTo: 'mail', ...named },
      env,
    );
    const reports = await open();
    await clock.turn(2 * hourMs);
    reports.passTime(clock.now());
    await expect.poll(() => sent.length, { timeout: 10_000 }).toBe(1);
    expect([line.orders[0]?.language, sent[0]?.[1].language]).toEqual([language, language]);
    if (language === 'de')
      expect(sent[0]?.[1]).toMatchObject({
        sentence: 'Von diesen 24\u00a0h ist nichts bekannt: Plimsoll hat nicht beobachtet.',
        span: '4. Jan. 2026, 07:00 bis 5. Jan. 2026, 07:00 (UTC), 24\u00a0h',
      });
    // Who asks for one may have it in another.
    await reports.make({ from: clock.now() - hourMs, to: clock.now(), language: 'en' });
    expect(line.orders[1]?.language).toBe('en');
  },
);

test('a report can only be sent to a destination that takes reports', () => {
  const parse = (sendTo: string) =>
    parseSettings({
      version: 1,
      reports: { sendTo },
      destinations: [
        { name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:1/' },
        { name: 'mail', kind: 'email', host: 'localhost', from: 'a@b.example', to: ['c@d.example'] },
      ],
    });
  expect(parse('mail').reports?.sendTo).toBe('mail');
  expect(() => parse('hook')).toThrow('hook takes no reports; name mail, or leave it out');
  expect(() => parse('gone')).toThrow('there is no destination gone; name mail, or leave it out');
});
