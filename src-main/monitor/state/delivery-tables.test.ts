import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { carriedMessage } from '../../testing/carried-message.ts';
import { exampleChange } from '../../testing/example-change.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import { noChange } from '../judging/track.ts';

const folder = stateFolderForEachTest();

const message = exampleMessage();
const change = exampleChange();

it('keeps the order of deliveries to each destination, and the log of those that arrived', () => {
  folder.state.commit(change);
  folder.state.deliveries.markRetry(['d1'], 9000, 1, 'disk full');
  expect(folder.state.deliveries.heads()[0]?.delivery).toMatchObject({
    id: 'd1',
    attempts: 1,
    nextAt: 9000,
    error: 'disk full',
  });
  folder.state.deliveries.markSent(['d1'], 9001, 2, 'written');
  folder.state.deliveries.markFailed(['d2'], 9002, 1, 'refused');
  expect(folder.state.deliveries.heads().map((head) => head.delivery.id)).toEqual(['d3']);
  expect(folder.state.deliveries.ofAlert(message.alert.id).map(({ id, state: at }) => `${id} ${at}`)).toEqual(
    ['d1 sent', 'd2 failed', 'd3 queued'],
  );
});

it('writes a reading that many messages carry once, and forgets it when nobody carries it any more', () => {
  const measurements = Array.from({ length: 1000 }, (_, index) => ({
    ...{ metric: 'cpu_percent', labels: { core: String(index) }, value: index },
  }));
  const deliveries = change.deliveries.map((each) => ({
    ...each,
    message: each.message && { ...each.message, measurements },
  }));
  folder.state.commit({ ...change, deliveries });
  folder.state.deliveries.hurry('exports', 77);
  expect(folder.state.deliveries.heads()[0]?.delivery.nextAt).toBe(77);
  const carried = () =>
    folder.state.deliveries.waiting('exports', null, 10).map((each) => each.message.measurements);
  expect(carried()).toEqual([measurements, measurements]);
  folder.state.deliveries.forget(0, 10);
  expect(carried()).toHaveLength(2);
  folder.state.deliveries.markSent(['d1'], 9000, 1, 'written');
  folder.state.deliveries.markFailed(['d2'], 9000, 1, 'refused');
  folder.state.deliveries.forget(0, 10);
  expect(carried()).toEqual([measurements]);
  folder.state.deliveries.markSent(['d3'], 9000, 1, 'written');
  folder.state.deliveries.retryFailed({ id: 'd2' }, 9001);
  expect(carriedMessage(folder.state.deliveries.heads()[0]).measurements).toEqual(measurements);
  folder.state.deliveries.markSent(['d2'], 9002, 1, 'written');
  folder.state.deliveries.forget(0, 10);
  folder.reopen(() => {
    const file = new DatabaseSync(join(folder.directory, 'state.sqlite'));
    expect(file.prepare('SELECT count(*) AS rows FROM measurements').get()).toEqual({ rows: 0 });
    file.close();
  });
});

it('tries again by hand what was given up, with all that went in the same message', () => {
  folder.state.commit(change);
  folder.state.deliveries.putTogether(['d1', 'd3'], 'm1');
  expect(
    folder.state.deliveries
      .waiting('exports', 'm1', 10)
      .map(({ delivery: { id, together } }) => [id, together]),
  ).toEqual([
    ['d1', 2],
    ['d3', 2],
  ]);
  folder.state.deliveries.markFailed(['d1', 'd3'], 9000, 3, 'refused');
  expect(folder.state.deliveries.tally('exports')).toMatchObject({
    waiting: 0,
    failed: 2,
    lastFailed: { error: 'refused' },
  });
  expect(() => folder.state.deliveries.retryFailed({ id: 'd2' }, 9001)).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
  expect(() => folder.state.deliveries.retryFailed({ id: 'd9' }, 9001)).toThrow(
    expect.objectContaining({ code: 'not_found' }),
  );
  expect(folder.state.deliveries.retryFailed({ id: 'd3' }, 9001).map(({ id }) => id)).toEqual(['d1', 'd3']);
  expect(
    folder.state.deliveries.heads().map(({ delivery }) => [delivery.id, delivery.messageId, delivery.nextAt]),
  ).toContainEqual([...['d1', 'm1', 9001]]);
  folder.state.deliveries.markFailed(['d1', 'd3'], 9002, 1, 'refused');
  folder.state.deliveries.markFailed(['d2'], 9002, 1, 'refused');
  expect(folder.state.deliveries.retryFailed({ destination: 'exports' }, 9003)).toHaveLength(2);
  expect(folder.state.deliveries.list({ state: 'failed', limit: 10 }).map(({ id }) => id)).toEqual(['d2']);
});

it('forgets deliveries that are done with, and no other', () => {
  folder.state.commit(change);
  folder.state.deliveries.markSent(['d1'], 9000, 1, 'written');
  // Who was told of what fires still is told when it is over, however long that takes.
  expect(folder.state.deliveries.forget(1001, 10)).toBe(0);
  const over = { ...message.alert, state: 'resolved' as const };
  folder.state.commit({ ...noChange, alerts: [over] });
  expect(folder.state.deliveries.forget(1000, 10)).toBe(0);
  expect(folder.state.deliveries.forget(1001, 10)).toBe(1);
  expect(folder.state.deliveries.ofAlert(message.alert.id).map(({ id }) => id)).toEqual(['d2', 'd3']);
  expect(folder.state.alerts.one(message.alert.id)).toEqual(over);
});
