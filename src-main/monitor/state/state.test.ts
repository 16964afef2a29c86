import { expect, it } from 'vitest';
import type { Delivery } from '../../contract/delivery.ts';
import { carriedMessage } from '../../testing/carried-message.ts';
import { exampleChange, exampleDelivery } from '../../testing/example-change.ts';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import { contextPatienceMs } from '../evidence/witness.ts';
import { noChange } from '../judging/track.ts';
import type { Change } from '../judging/track.ts';

const folder = stateFolderForEachTest();

const message = exampleMessage();
const change = exampleChange();

it('gives back after a restart what was committed', () => {
  folder.state.commit(change);
  folder.reopen();
  expect(folder.state.alerts.tracks()).toEqual(change.tracks);
  expect(folder.state.alerts.one(message.alert.id)).toEqual(message.alert);
  expect(folder.state.alerts.transitions(message.alert.id)).toEqual([message.transition]);
  expect(folder.state.deliveries.heads().map((head) => [head.delivery.id, carriedMessage(head).id])).toEqual([
    ['d1', 'd1'],
    ['d2', 'd2'],
  ]);
});

it('gives what becomes known of an alert to what waits for it, and lets that wait no longer once it is complete', () => {
  const { id: alertId } = message.alert;
  const context = exampleContext({ isComplete: false });
  const dueAt = 1000 + contextPatienceMs;
  const waiting = (id: string, destination: string, nextAt: number) => ({
    delivery: { ...exampleDelivery(id, destination), nextAt },
    message: { ...message, id, context },
  });
  const other = { delivery: exampleDelivery('other', 'sms'), message: { ...message, id: 'other' } };
  const held = waiting('held', 'mail', dueAt + 5);
  folder.state.commit({
    ...change,
    deliveries: [waiting('first', 'exports', dueAt), held, other],
    contexts: [{ alertId, context }],
  });
  const seen = () => {
    const heads = folder.state.deliveries.heads();
    return heads.map((head) => [head.delivery.nextAt, carriedMessage(head).context]);
  };
  const more = exampleContext({ isComplete: false, programs: undefined });
  folder.state.commit({ ...noChange, contexts: [{ alertId, context: more }] });
  expect(seen()).toEqual([
    [dueAt, more],
    [dueAt + 5, more],
    [1000, undefined],
  ]);
  folder.reopen();
  const complete = exampleContext();
  folder.state.commit({ ...noChange, contexts: [{ alertId, context: complete }] });
  expect(seen()).toEqual([
    [1000, complete],
    [dueAt + 5, complete],
    [1000, undefined],
  ]);
  const later = exampleContext({ at: complete.at + 1 });
  folder.state.commit({ ...noChange, contexts: [{ alertId, context: later }] });
  expect(folder.state.alerts.contexts(alertId)).toEqual([complete, later]);
  expect(seen()[0]).toEqual([1000, complete]);
});

it('commits all of a change or nothing of it', () => {
  const [first] = change.deliveries;
  const unwritable = { message: null, delivery: { ...first?.delivery, createdAt: NaN } as Delivery };
  const broken: Change = { ...change, deliveries: [...change.deliveries, unwritable] };
  expect(() => folder.state.commit(broken)).toThrow();
  expect([
    folder.state.alerts.tracks(),
    folder.state.alerts.list({ limit: 10 }),
    folder.state.deliveries.list({ limit: 10 }),
  ]).toEqual([[], [], []]);
  folder.state.commit(change);
  folder.state.commit({ ...noChange, forgottenTracks: change.tracks });
  expect(folder.state.alerts.tracks()).toEqual([]);
});

it('remembers a pause, and the recoveries that are owed after it', () => {
  expect(folder.state.pausedUntil).toBeNull();
  folder.state.pausedUntil = 90_000;
  const owed = { ...message.alert, state: 'resolved' as const, recoveryOwed: true };
  folder.state.commit({ ...change, alerts: [owed], deliveries: [] });
  folder.reopen();
  expect([folder.state.pausedUntil, folder.state.alerts.open()]).toEqual([90_000, [owed]]);
  folder.state.pausedUntil = null;
  expect(folder.state.pausedUntil).toBeNull();
});
