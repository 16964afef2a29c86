import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SilenceFor } from '../../alerts/announce.ts';
import { silentLog } from '../../base/log.ts';
import type { Reading } from '../../contract/sample.ts';
import { comesBackMs } from '../../deliveries/outbox.ts';
import { noWitness } from '../../testing/no-witness.ts';
import { Board } from '../board.ts';
import { Judge } from '../judging/judge.ts';
import { Pipeline } from '../pipeline.ts';
import { parseSettings } from '../settings/schema.ts';
import type { State } from '../state/state.ts';
import { carriedMessage } from '../../testing/carried-message.ts';
import { StateFolder } from '../../testing/state-folder.ts';

const minute = 60_000;
const night = { start: '22:00', end: '07:00', zone: 'UTC' };
const rule = {
  ...{ source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 },
  cooldownSeconds: 0,
};
const settingsWith = (route: object, kind = 'webhook', more: object[] = []) =>
  parseSettings({
    version: 1,
    sources: [
      { name: 'cpu', kind: 'cpu', tags: ['production', 'linux'] },
      { name: 'memory', kind: 'memory' },
    ],
    rules: [
      { ...rule, id: 'cpu-high', name: 'CPU', criticalThreshold: 95, tags: ['noisy'] },
      { ...rule, id: 'memory-high', name: 'Memory', source: 'memory', metric: 'memory_percent' },
      {
        ...{ ...rule, id: 'cpu-reminds', name: 'Reminds', threshold: 50, enabled: false },
        remindEverySeconds: 60,
      },
      ...more,
    ],
    destinations: [
      kind === 'file'
        ? { name: 'to', kind, route, onResolve: true }
        : { name: 'to', kind, url: 'http://127.0.0.1:1/', route },
    ],
  });

let folder: StateFolder;
let state: State;
let now: number;
let pipeline: Pipeline;
let settings: ReturnType<typeof settingsWith>;
let silenceFor: SilenceFor;
let ids = 0;

/** A start: what is not in the state is forgotten. */
function start(next: typeof settings): void {
  settings = next;
  const newId = () => `id${++ids}`;
  const silence: SilenceFor = (...asked) => silenceFor(...asked);
  const judge = new Judge({
    host: 'box',
    tracks: state.alerts.tracks(),
    open: state.alerts.open(),
    silenceFor: silence,
    newId,
  });
  pipeline = new Pipeline(
    {
      ...{ board: new Board(), judge, silenceFor: silence, witness: noWitness, newId },
      ...{ deliveries: state.deliveries, commit: (change) => state.commit(change) },
      ...{ keep: () => undefined, deliver: () => undefined, publish: () => undefined },
      ...{
        host: 'box',
        unitOf: () => 'percent' as const,
        titleOf: () => undefined,
        notice: () => undefined,
        log: silentLog,
      },
    },
    settings,
  );
  pipeline.configure(settings, moment());
}
/** How far somebody set the wall clock ahead. */
let aheadMs = 0;
const moment = () => ({ now: now + aheadMs, monotonic: now });

function take(value: number, metric = 'cpu_percent'): void {
  const source = metric === 'cpu_percent' ? 'cpu' : 'memory';
  const samples = [{ metric, labels: {}, value }];
  const reading: Reading = { host: 'box', source, at: now, durationMs: 1, samples, error: null };
  pipeline.take(reading, 0, moment());
  now += 1000;
}

/** Time passes to so many hours after midnight, with a look at what it changes. */
function passTo(hours: number): void {
  now = Date.UTC(2026, 0, 6, hours);
  pipeline.passTime(moment());
}

/** What became of everything that was due, oldest first. */
function rows(): string[] {
  const ids = state.alerts.list({ limit: 100 }).toReversed();
  return ids
    .flatMap(({ id }) => state.deliveries.ofAlert(id))
    .map(({ transition, state: is, reason }) =>
      [transition, is, ...(reason === undefined ? [] : [reason])].join(' '),
    );
}

beforeEach(() => {
  aheadMs = 0;
  ({ state } = folder = new StateFolder());
  silenceFor = () => null;
  now = Date.UTC(2026, 0, 5, 12);
});
afterEach(() => {
  folder.remove();
});

describe('a route', () => {
  it.each([
    [{}, 'sent'],
    [{ severities: ['warning'] }, 'sent'],
    [{ severities: ['critical'] }, 'severity'],
    [{ hosts: ['b?x'] }, 'sent'],
    [{ hosts: ['db-*', '!box'] }, 'host'],
    [{ tags: ['prod*'] }, 'sent'],
    [{ tags: ['noisy'] }, 'sent'],
    [{ tags: ['!noisy'] }, 'tag'],
    [{ tags: ['windows'] }, 'tag'],
    [{ rules: ['cpu-high'] }, 'sent'],
    [{ rules: ['memory-high'] }, 'rule'],
    [{ events: ['firing'] }, 'sent'],
    [{ events: ['recovery'] }, 'firing_unwanted'],
  ])('%j: %s', (route, becomes) => {
    start(settingsWith(route));
    take(90);
    expect(rows()).toEqual([becomes === 'sent' ? 'firing queued' : `firing suppressed ${becomes}`]);
  });

  it('lets a recovery through exactly where the firing went', () => {
    start(settingsWith({ severities: ['critical'] }));
    take(90);
    take(70);
    expect(rows()).toEqual(['firing suppressed severity', 'resolved suppressed firing_not_sent']);
  });

  it('tells of what became bad enough, and that it is over although it was less bad by then', () => {
    start(settingsWith({ severities: ['critical'] }));
    take(90);
    take(99);
    take(90);
    start(settings);
    take(70);
    expect(rows()).toEqual(['firing suppressed severity', 'firing queued', 'resolved queued']);
  });

  it('tells only of recoveries where only these are wanted, and of no firing that did not fit', () => {
    start(settingsWith({ events: ['recovery'], rules: ['cpu-high'] }));
    take(90);
    take(70);
    take(90, 'memory_percent');
    take(70, 'memory_percent');
    expect(rows()).toEqual([
      'firing suppressed firing_unwanted',
      'resolved queued',
      'firing suppressed rule',
      'resolved suppressed firing_not_sent',
    ]);
  });

  it('tells a destination that was added meanwhile of no end of what it never heard of', () => {
    start({ ...settingsWith({}), destinations: [] });
    take(90);
    pipeline.configure(settingsWith({}), moment());
    take(70);
    expect(rows()).toEqual(['resolved suppressed firing_not_sent']);
  });

  it('reminds whom it may', () => {
    const reminding = (route: object) => {
      const settings = settingsWith(route);
      return {
        ...settings,
        rules: settings.rules.map((each) => ({ ...each, enabled: each.id === 'cpu-reminds' })),
      };
    };
    start(reminding({ events: ['firing', 'recovery'] }));
    take(60);
    now += 2 * minute;
    take(60);
    take(40);
    expect(rows()).toEqual(['firing queued', 'firing suppressed reminder_unwanted', 'resolved queued']);
  });

  it('is kept by files too, which have no quiet hours', () => {
    start(settingsWith({ severities: ['critical'] }, 'file'));
    take(90);
    take(70);
    expect(rows()).toEqual(['firing suppressed severity', 'resolved suppressed firing_not_sent']);
    expect(() => settingsWith({ quietHours: [night] }, 'file')).toThrow('unknown key quietHours');
  });

  it('lets nobody be told that they are not reached', () => {
    const about = { id: 'down', name: 'Down', source: 'plimsoll', metric: 'destination_up' };
    const down = {
      ...{ ...about, labels: { destination: '*' }, comparison: 'less_than', threshold: 1 },
    };
    start(settingsWith({}, 'webhook', [down]));
    const samples = ['to', 'elsewhere'].map((destination) => ({
      ...{ metric: 'destination_up', labels: { destination }, value: 0 },
    }));
    pipeline.takeOwn(
      { host: 'box', source: 'plimsoll', at: now, durationMs: 0, samples, error: null },
      moment(),
    );
    expect(rows().toSorted()).toEqual(['firing queued', 'firing suppressed about_itself']);
  });
});

describe('quiet hours of a destination', () => {
  beforeEach(() => {
    now = Date.UTC(2026, 0, 5, 23);
    start(settingsWith({ quietHours: [night] }));
  });

  it('hold what is not critical, and tell at their end what fires still', () => {
    take(90);
    expect(rows()).toEqual(['firing held quiet_hours']);
    expect(state.deliveries.heads()).toEqual([]);
    start(settings);
    take(91);
    passTo(6);
    expect(rows()).toEqual(['firing held quiet_hours']);
    passTo(7);
    const [head] = state.deliveries.heads();
    expect(head?.delivery).toMatchObject({ state: 'queued', createdAt: now, nextAt: now });
    expect(carriedMessage(head)).toMatchObject({
      alert: { lastValue: 91, state: 'firing' },
      transition: { at: now, value: 91, announcement: { reason: 'quiet_hours_over' } },
    });
    take(70);
    expect(rows()).toEqual(['firing queued', 'resolved queued']);
  });

  it('say nothing of what came and went', () => {
    take(90);
    take(70);
    passTo(8);
    const overWithin = 'suppressed over_in_quiet_hours';
    expect(rows()).toEqual([`firing ${overWithin}`, `resolved ${overWithin}`]);
  });

  it('let what is critical through, its end too, and what becomes critical', () => {
    take(90);
    take(99);
    expect(rows()).toEqual(['firing suppressed told_since', 'firing queued']);
    take(70);
    expect(rows().at(-1)).toBe('resolved queued');
  });

  it('hold a recovery of what was told before, and tell it at the end', () => {
    now = Date.UTC(2026, 0, 5, 21);
    take(90);
    now = Date.UTC(2026, 0, 5, 23);
    take(70);
    expect(rows()).toEqual(['firing queued', 'resolved held quiet_hours']);
    passTo(7);
    expect(rows()).toEqual(['firing queued', 'resolved queued']);
  });

  it('say nothing where nothing changed: it was over and came back', () => {
    now = Date.UTC(2026, 0, 5, 21);
    take(90);
    now = Date.UTC(2026, 0, 5, 23);
    take(70);
    take(90);
    passTo(7);
    expect(rows()).toEqual([
      'firing queued',
      'resolved suppressed told_before',
      'firing suppressed told_before',
    ]);
    take(70);
    expect(rows().at(-1)).toBe('resolved queued');
  });

  it('are followed by a downtime that holds on', () => {
    take(90);
    silenceFor = () => ({ reason: 'downtime', until: null });
    passTo(7);
    expect(rows()).toEqual(['firing held quiet_hours']);
    silenceFor = () => null;
    passTo(8);
    expect(rows()).toEqual(['firing queued']);
  });

  it('end for a destination that is removed, and wait for one that is switched off', () => {
    take(90);
    const off = { ...settings, destinations: settings.destinations.map((to) => ({ ...to, enabled: false })) };
    pipeline.configure(off, moment());
    passTo(7);
    expect(rows()).toEqual(['firing held quiet_hours']);
    pipeline.configure({ ...settings, destinations: [] }, moment());
    passTo(8);
    now += comesBackMs;
    pipeline.passTime(moment());
    expect(rows()).toEqual(['firing suppressed destination_removed']);
  });

  it('wait for a destination that was removed while that can be taken back', () => {
    take(90);
    pipeline.configure({ ...settings, destinations: [] }, moment());
    const pass = (ms: number): void => {
      now += ms;
      pipeline.passTime(moment());
    };
    pass(1000);
    aheadMs = 3_600_000;
    pass(comesBackMs - 1);
    expect(rows()).toEqual(['firing held quiet_hours']);
    aheadMs = 0;
    pipeline.configure(settings, moment());
    pass(1000);
    pipeline.configure({ ...settings, destinations: [] }, moment());
    pass(comesBackMs);
    expect(rows()).toEqual(['firing held quiet_hours']);
    expect(state.deliveries.tally('to')).toMatchObject({ waiting: 0, held: 1 });
    pass(comesBackMs);
    expect(rows()).toEqual(['firing suppressed destination_removed']);
  });
});

describe('an acknowledgement', () => {
  const withPager = (route: object = {}) =>
    parseSettings({
      version: 1,
      sources: [{ name: 'cpu', kind: 'cpu' }],
      rules: [{ ...rule, id: 'cpu-high', name: 'CPU' }],
      destinations: [
        { name: 'to', kind: 'webhook', url: 'http://127.0.0.1:1/' },
        { name: 'pager', kind: 'pagerduty', routingKey: { env: 'KEY' }, route },
      ],
    });
  const acknowledge = (): void => {
    const [alert] = state.alerts.list({ limit: 1 });
    pipeline.acknowledge(alert?.id ?? '', null, 'on it', moment());
  };

  it('is told at once where the alert was told and it is wanted, and once', () => {
    start(withPager());
    take(90);
    acknowledge();
    acknowledge();
    expect(rows()).toEqual(['firing queued', 'firing queued', 'acknowledged queued']);
    const told = state.deliveries.list({ destination: 'pager', limit: 1 })[0];
    expect(state.deliveries.message(told?.id ?? '')).toMatchObject({
      alert: { note: 'on it', acknowledgedAt: expect.any(Number) as number },
      transition: { to: 'firing' },
    });
    take(10);
    expect(rows().filter((row) => row.startsWith('resolved'))).toEqual([
      'resolved queued',
      'resolved queued',
    ]);
  });

  it('is not told where nobody heard of the alert', () => {
    start(withPager({ severities: ['critical'] }));
    take(90);
    acknowledge();
    expect(rows()).not.toContain('acknowledged queued');
  });
});

describe('further violations while an alert fires', () => {
  const recording = (options: object, route: object = {}) => {
    const withFile = settingsWith(route, 'file');
    return { ...withFile, destinations: withFile.destinations.map((each) => ({ ...each, ...options })) };
  };
  const whereItStands = () => state.deliveries.heads().map(({ delivery }) => delivery);

  it('are not recorded unless somebody asks', () => {
    start(recording({}));
    for (const value of [90, 91, 92, 70]) take(value);
    expect(rows()).toEqual(['firing queued', 'resolved queued']);
  });

  it('are recorded each, with the value and the readings of their moment', () => {
    start(recording({ everyViolation: true }));
    for (const value of [90, 91, 92, 70]) take(value);
    expect(rows()).toEqual(['firing queued', 'violation queued', 'violation queued', 'resolved queued']);
    const [, second] = state.deliveries.ofAlert(state.alerts.list({ limit: 1 })[0]?.id ?? '');
    expect(state.deliveries.message(second?.id ?? '')).toMatchObject({
      transition: { value: 91, at: second?.createdAt, reason: 'still_firing' },
      measurements: [{ metric: 'cpu_percent', value: 91 }],
    });
  });

  it('are recorded as often as somebody says, counted from the firing, and from a sample that is a little early', () => {
    start(recording({ everySeconds: 3 }));
    take(90);
    for (const value of [91, 92, 93, 94, 94]) take(value);
    now -= 200;
    take(95);
    const values = state.deliveries
      .ofAlert(state.alerts.open()[0]?.id ?? '')
      .map(({ id }) => state.deliveries.message(id)?.transition.value);
    expect(values).toEqual([90, 93, 95]);
  });

  it('are evidence: a downtime does not hold them back, and a route does', () => {
    silenceFor = () => ({ reason: 'downtime', until: null });
    start(recording({ everyViolation: true }));
    for (const value of [90, 91]) take(value);
    expect(rows()).toEqual(['firing queued', 'violation queued']);
    pipeline.configure(recording({ everyViolation: true }, { severities: ['critical'] }), moment());
    take(92);
    expect(rows()).toHaveLength(2);
    take(99);
    take(98);
    expect(rows().slice(2)).toEqual(['violation queued', 'violation queued']);
  });

  it('are not kept once they are written, and go on after a restart', () => {
    start(recording({ everySeconds: 60 }));
    take(90);
    now += 60_000;
    take(91);
    for (const { id } of [...whereItStands(), ...state.deliveries.ofAlert(state.alerts.open()[0]?.id ?? '')])
      state.deliveries.markSent([id], now, 1, 'written');
    expect(rows()).toEqual(['firing sent']);
    now += 60_000;
    start(settings);
    take(92);
    expect(rows()).toEqual(['firing sent', 'violation queued']);
  });

  it('are recorded where the severity changes by them, and not where the series is back', () => {
    start(recording({ everyViolation: true }));
    for (const value of [90, 99, 90, 70]) take(value);
    expect(rows()).toEqual(['firing queued', 'violation queued', 'violation queued', 'resolved queued']);
  });

  it('are left out where a thousand were given up, and where nobody can say how many', () => {
    start(recording({ everyViolation: true }));
    for (const value of [90, 91]) take(value);
    const [, second] = state.deliveries.ofAlert(state.alerts.open()[0]?.id ?? '');
    const tally = vi.spyOn(state.deliveries, 'tally');
    tally.mockReturnValueOnce({
      waiting: 0,
      held: 0,
      failed: 1000,
      lastSent: null,
      lastFailed: second ?? null,
    });
    take(92);
    tally.mockImplementationOnce(() => {
      throw new Error('disk I/O error');
    });
    take(93);
    expect(rows()).toEqual(['firing queued', 'violation queued']);
    take(94);
    expect(rows()).toHaveLength(3);
  });

  it('are left out while a thousand records wait, and transitions are not', () => {
    start(recording({ everyViolation: true, onResolve: true }));
    for (let sample = 0; sample < 1010; sample++) take(90);
    take(70);
    expect(rows().filter((row) => row === 'violation queued')).toHaveLength(999);
    expect(rows().at(-1)).toBe('resolved queued');
  });
});
