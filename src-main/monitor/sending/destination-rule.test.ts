import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { DestinationHealth } from '../../contract/delivery.ts';
import { headlineOf, sentenceOf } from '../../deliveries/words.ts';
import { noWitness } from '../../testing/no-witness.ts';
import { StateFolder } from '../../testing/state-folder.ts';
import { Board } from '../board.ts';
import { Judge } from '../judging/judge.ts';
import { ownReading } from '../own-source.ts';
import { Pipeline } from '../pipeline.ts';
import { parseSettings } from '../settings/schema.ts';
import type { State } from '../state/state.ts';
import { destinationBegan } from './destination-rule.ts';

const minute = 60_000;
const names = ['chat', 'mail', 'pager'] as const;

let folder: StateFolder;
let state: State;
let now: number;
let pipeline: Pipeline;
let afterMs: number;
/** Since when attempts to reach each have failed; those that gave something up. */
let failing: Partial<Record<string, number>>;
let gaveUp: Set<string>;
let networkUp: boolean | null;
/** After a start, until what failed before was tried again. */
let isUntried: boolean;
let ids: number;

beforeEach(() => {
  ({ state } = folder = new StateFolder());
  now = Date.UTC(2026, 0, 5, 12);
  [failing, gaveUp, networkUp, isUntried, ids] = [{}, new Set(), true, false, 0];
});
afterEach(() => {
  folder.remove();
});

function start(monitoring: object = {}, rules: object[] = [], pagerRoute: object = {}): void {
  const settings = parseSettings({
    version: 1,
    sources: [],
    rules,
    monitoring,
    destinations: names.map((name) => ({
      ...{ name, kind: 'webhook', url: 'http://127.0.0.1:1/' },
      route: name === 'pager' ? pagerRoute : {},
    })),
  });
  afterMs = settings.monitoring.destinationAlertSeconds * 1000;
  const newId = () => `id${++ids}`;
  const silenceFor = () => null;
  const judge = new Judge({
    ...{ host: 'box', tracks: state.alerts.tracks(), open: state.alerts.open(), silenceFor, newId },
    began: (series) => destinationBegan(series, health()),
  });
  pipeline = new Pipeline(
    {
      ...{ board: new Board(), judge, silenceFor, witness: noWitness, newId },
      ...{ deliveries: state.deliveries, commit: (change) => state.commit(change) },
      ...{ keep: () => undefined, deliver: () => undefined, publish: () => undefined },
      ...{
        host: 'box',
        unitOf: () => 'none' as const,
        titleOf: () => undefined,
        notice: () => undefined,
        log: silentLog,
      },
    },
    settings,
  );
  pipeline.configure(settings, { now, monotonic: now });
}

/** Time passes, with the sample that Plimsoll takes of itself every ten seconds. */
function pass(ms: number): void {
  for (const end = now + ms; now < end;) {
    now += 10_000;
    const cost = { at: now, cpuPercent: null, memoryBytes: null, perCore: 0 };
    const reading = ownReading('box', cost, [], health(), 1, networkUp, afterMs);
    pipeline.takeOwn(reading, { now, monotonic: now });
  }
}

function health(): DestinationHealth[] {
  return names.map((destination) => {
    const since = failing[destination] ?? null;
    return {
      ...{ destination, waiting: 0, failed: 0, arrivedAt: 1, failingSince: since },
      ...(isUntried && since !== null ? {} : { unreachedSince: since }),
      ...{ gaveUp: gaveUp.has(destination), error: null, nextAt: null },
    };
  });
}

/** What became of the alerts about destinations: `mail → chat: firing queued`. */
function told(): string[] {
  return state.alerts
    .list({ limit: 100 })
    .toReversed()
    .flatMap(({ id, series }) =>
      state.deliveries
        .ofAlert(id)
        .map(
          ({ destination, transition, state: is, reason = '' }) =>
            `${series.labels['destination'] ?? ''} → ${destination}: ${`${transition} ${is} ${reason}`.trim()}`,
        ),
    )
    .sort();
}

it('one that fails for a quarter of an hour is told to the others, once, and so is that it is back', () => {
  start();
  failing['mail'] = now;
  pass(14 * minute);
  expect(told()).toEqual([]);
  pass(30 * minute);
  expect(told()).toEqual([
    'mail → chat: firing queued',
    'mail → mail: firing suppressed about_itself',
    'mail → pager: firing queued',
  ]);
  const [delivery] = state.deliveries.list({ destination: 'chat', limit: 1 });
  const message = state.deliveries.message(delivery?.id ?? '');
  if (message === undefined) throw new Error('nothing waits for chat');
  expect(headlineOf(message)).toBe('Destination not reached: mail');
  expect(sentenceOf(message)).toMatch(/^The destination mail of box is not reached since 5 Jan 2026, /);
  delete failing['mail'];
  pass(minute);
  expect(told().filter((row) => row.includes('resolved'))).toEqual([
    'mail → chat: resolved queued',
    'mail → mail: resolved suppressed firing_not_sent',
    'mail → pager: resolved queued',
  ]);
});

it('one that goes on failing after a restart is told of no second time, and that it is back is told', () => {
  start();
  failing['mail'] = now;
  pass(16 * minute);
  const before = told();
  const [alert] = state.alerts.open();
  isUntried = true;
  start();
  pass(minute);
  isUntried = false;
  pass(10 * minute);
  expect([told(), state.alerts.open().map(({ id }) => id)]).toEqual([before, [alert?.id]]);
  delete failing['mail'];
  pass(minute);
  expect(told().filter((row) => row.includes('resolved queued'))).toHaveLength(2);
});

it('what was given up is told at once', () => {
  start();
  gaveUp.add('chat');
  pass(20_000);
  expect(told()).toContain('chat → mail: firing queued');
});

it('when all fail, each is one alert, which waits for the others once', () => {
  start();
  for (const name of names) failing[name] = now;
  pass(60 * minute);
  const rows = told();
  expect(rows.filter((row) => row.endsWith('firing queued'))).toHaveLength(6);
  expect(rows).toHaveLength(9);
});

it('a machine without a network accuses nobody', () => {
  start();
  networkUp = false;
  failing['mail'] = now;
  pass(30 * minute);
  expect(told()).toEqual([]);
});

it('routes hold for it, and its severity is that of the settings', () => {
  start({ destinationAlertSeconds: 60 }, [], { severities: ['critical'] });
  failing['mail'] = now;
  pass(2 * minute);
  expect(told()).toContain('mail → pager: firing suppressed severity');
  expect(state.alerts.list({ limit: 1 })[0]?.severity).toBe('warning');
});

it('it is switched off in the settings, and by a rule of the owner', () => {
  const own = {
    ...{ id: 'mine', name: 'Mine', source: 'plimsoll', metric: 'destination_up', comparison: 'less_than' },
    ...{ labels: { destination: '*' }, threshold: 1, consecutiveViolations: 1, forSeconds: 3600 },
  };
  start({ destinationAlerts: false });
  failing['mail'] = now;
  pass(30 * minute);
  start({}, [own]);
  pass(30 * minute);
  expect(told()).toEqual([]);
  start({}, [{ ...own, enabled: false }]);
  pass(minute);
  expect(told()).toContain('mail → chat: firing queued');
});
