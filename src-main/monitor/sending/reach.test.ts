import { beforeEach, expect, it } from 'vitest';
import { exampleMessage } from '../../testing/example-message.ts';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import { reachOf } from './reach.ts';
import { noChange } from '../judging/track.ts';

const day = 86_400_000;
const now = 100 * day;
const folder = stateFolderForEachTest();

beforeEach(() => {
  const { alert } = exampleMessage();
  const series = (host: string) => ({ ...alert.series, host });
  folder.state.commit({
    ...noChange,
    alerts: [
      { ...alert, id: 'a', firedAt: now - day, series: series('db-1'), severity: 'critical' },
      { ...alert, id: 'b', firedAt: now - day, series: series('db-2'), tags: ['production', 'eu'] },
      { ...alert, id: 'c', firedAt: now - day, series: series('web'), announced: false },
      { ...alert, id: 'd', firedAt: now - 8 * day, series: series('db-1') },
      { ...alert, id: 'e', firedAt: now - day, series: series('db-1'), drill: true },
    ],
  });
});

it.each([
  ['webhook', {}, 2, 2],
  ['webhook', { hosts: ['db-*'], severities: ['critical'] }, 2, 1],
  ['webhook', { tags: ['prod*'] }, 2, 1],
  ['webhook', { rules: ['another'] }, 2, 0],
  // Evidence is kept of what nobody was told of as well.
  ['file', {}, 3, 3],
  ['file', { hosts: ['web'] }, 3, 1],
])('counts for %s %j what was there in seven days, and what fits', (kind, route, alerts, fitting) => {
  expect(reachOf(kind, route, folder.state.alerts, now)).toEqual({
    from: now - 7 * day,
    to: now,
    alerts,
    fitting,
  });
});

it('says what is wrong with a route, and that a kind is not there', () => {
  expect(() => reachOf('webhook', { host: ['db-*'] }, folder.state.alerts, now)).toThrow(
    'Did you mean hosts',
  );
  expect(() => reachOf('pigeon', {}, folder.state.alerts, now)).toThrow('no kind of destination pigeon');
});
