import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import type { AlertFilter } from '../records/alerts-api.ts';
import { noChange } from '../judging/track.ts';

const folder = stateFolderForEachTest();

const base = exampleMessage().alert;
const alert = (id: string, firedAt: number, changes: Partial<Alert> = {}): Alert => ({
  ...base,
  id,
  firedAt,
  ...changes,
});
const found = (filter: Omit<AlertFilter, 'limit'>, limit = 10) =>
  folder.state.alerts.list({ ...filter, limit }).map(({ id }) => id);

test('every filter narrows what is found, and several do so together', () => {
  const series = { ...base.series, source: 'disk', host: 'other', labels: { mount: '/srv/Müll' } };
  folder.state.commit({
    ...noChange,
    alerts: [
      alert('a', 1000),
      alert('b', 2000, { severity: 'critical', ruleId: 'disk-high', series }),
      alert('c', 3000, { state: 'resolved', note: 'Kabel gezogen: 100 %_sure' }),
      alert('d', 3000, { ruleName: hostileText }),
    ],
  });
  expect(found({})).toEqual(['d', 'c', 'b', 'a']);
  expect(found({ state: 'resolved' })).toEqual(['c']);
  expect(found({ severity: 'critical' })).toEqual(['b']);
  expect(found({ ruleId: 'cpu-high' })).toEqual(['d', 'c', 'a']);
  expect(found({ source: 'disk' })).toEqual(['b']);
  expect(found({ host: 'anchor', from: 1001 })).toEqual(['d', 'c']);
  expect(found({ from: 1000, to: 3000 })).toEqual(['b', 'a']);
  expect(found({ text: 'MÜLL srv' })).toEqual(['b']);
  expect(found({ text: '100 %_sure' })).toEqual(['c']);
  expect(found({ text: '%' })).toEqual(['c', 'b', 'a']);
  expect(found({ text: "'; DROP TABLE alerts; --" })).toEqual(['d']);
  expect(found({ text: 'nobody is called so' })).toEqual([]);
  expect(found({ state: 'firing', text: 'cpu', to: 3000 })).toEqual(['b', 'a']);
});

test('the next page begins after the last one of the page before, also among alerts that fired together', () => {
  folder.state.commit({ ...noChange, alerts: ['a', 'b', 'c', 'd'].map((id) => alert(id, 1000)) });
  expect(found({}, 2)).toEqual(['d', 'c']);
  expect(found({ before: 1000, beforeId: 'c' }, 2)).toEqual(['b', 'a']);
  expect(found({ before: 1000 })).toEqual([]);
});

test('alerts of the format before are found as well', () => {
  folder.state.commit({ ...noChange, alerts: [alert('old', 1000, { severity: 'critical' })] });
  folder.reopen(() => {
    const older = new DatabaseSync(join(folder.directory, 'state.sqlite'));
    older.exec(`
      DROP TABLE host;
      DROP TABLE host_tags;
      DROP TABLE untold;
      DROP INDEX alert_found;
      ALTER TABLE alert DROP COLUMN severity; ALTER TABLE alert DROP COLUMN source;
      ALTER TABLE alert DROP COLUMN host; ALTER TABLE alert DROP COLUMN search;
      CREATE INDEX alert_by_time ON alert (fired_at);
      PRAGMA user_version = 3;
    `);
    older.close();
  });
  expect(folder.state.notice).toBeNull();
  expect(found({ severity: 'critical', source: 'cpu_usage', host: 'anchor', text: 'cpu ABOVE' })).toEqual([
    'old',
  ]);
});
