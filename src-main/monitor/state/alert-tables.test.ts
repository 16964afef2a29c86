import { expect, it } from 'vitest';
import { exampleChange } from '../../testing/example-change.ts';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import { noChange } from '../judging/track.ts';
import type { AlertFilter } from '../records/alerts-api.ts';

const folder = stateFolderForEachTest();

const message = exampleMessage();
const change = exampleChange();

it('keeps why the newest alerts fired, and why those did that fire still', () => {
  const ids = ['firing', 'a', 'b', 'c', 'd'];
  const alerts = ids.map(
    (id) => ({ ...message.alert, id, state: id === 'firing' ? 'firing' : 'resolved' }) as const,
  );
  const contexts = ids.map((alertId) => ({ alertId, context: exampleContext() }));
  folder.state.commit({ ...noChange, alerts, contexts });
  expect(folder.state.alerts.forgetContexts(2, 1)).toBe(1);
  expect(folder.state.alerts.forgetContexts(2, 10)).toBe(1);
  expect(folder.state.alerts.forgetContexts(2, 10)).toBe(0);
  expect(ids.filter((id) => folder.state.alerts.contexts(id).length > 0)).toEqual(['firing', 'c', 'd']);
  expect(folder.state.alerts.one('a')?.state).toBe('resolved');
});

it('pages alerts, newest first', () => {
  const alerts = [1, 2, 3].map((n) => ({
    ...message.alert,
    id: `a${n}`,
    firedAt: n * 1000,
    state: n === 3 ? ('firing' as const) : ('resolved' as const),
  }));
  folder.state.commit({ ...change, alerts, deliveries: [] });
  const ids = (filter: AlertFilter) => folder.state.alerts.list(filter).map(({ id }) => id);
  expect([
    ids({ limit: 2 }),
    ids({ limit: 2, before: 2000 }),
    ids({ limit: 9, state: 'firing' }),
    ids({ limit: 9, ruleId: 'other' }),
  ]).toEqual([['a3', 'a2'], ['a1'], ['a3'], []]);
  expect(folder.state.alerts.open().map(({ id }) => id)).toEqual(['a3']);
});

it('loses no alert between two pages when many fired at the same time', () => {
  const alerts = [1, 2, 3, 4, 5].map((n) => ({ ...message.alert, id: `a${n}`, firedAt: 1000 }));
  folder.state.commit({ ...noChange, alerts });
  const seen: string[] = [];
  for (let page = folder.state.alerts.list({ limit: 2 }); page.length > 0;) {
    seen.push(...page.map(({ id }) => id));
    const { firedAt, id } = page.at(-1) ?? expect.unreachable();
    page = folder.state.alerts.list({ limit: 2, before: firedAt, beforeId: id });
  }
  expect(seen).toEqual(['a5', 'a4', 'a3', 'a2', 'a1']);
});
