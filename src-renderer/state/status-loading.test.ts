import { expect, test } from 'vitest';
import type { Alert } from '../../src-main/contract/alert.ts';
import type { Status } from '../../src-main/contract/status.ts';
import { StatusLoading } from './status-loading.ts';

const firing = { id: 'a', severity: 'warning', state: 'firing', firedAt: 1 } as Alert;
const statusWith = (alerts: Alert[], at = 1): Status => ({
  version: '1',
  host: 'here',
  at,
  startedAt: 0,
  level: 'ok',
  sources: [],
  latest: [],
  rules: [],
  alerts,
  stages: [],
  ownCost: null,
  pausedUntil: null,
  downtimes: [],
  quietUntil: null,
  notices: [],
});

/** A status question that is answered by hand. */
function byHand() {
  const open: PromiseWithResolvers<Status>[] = [];
  const answers: Status[] = [];
  const loading = new StatusLoading(
    () => {
      const question = Promise.withResolvers<Status>();
      open.push(question);
      return question.promise;
    },
    (status) => void answers.push(status),
  );
  return { loading, open, answers };
}

test('what happened while the status was asked for is not undone by an answer made before it', async () => {
  const { loading, open, answers } = byHand();
  const done = loading.load();
  loading.take({ type: 'alert', alert: { ...firing, state: 'resolved' }, transition: null });
  open[0]?.resolve(statusWith([firing]));
  await done;
  expect(answers.map(({ alerts }) => alerts)).toEqual([[]]);

  const again = loading.load();
  open[1]?.resolve(statusWith([firing]));
  await again;
  expect(answers[1]?.alerts).toEqual([firing]);
});

test('a question while one is under way is asked again after it: its answer may be older', async () => {
  const { loading, open, answers } = byHand();
  const done = loading.load();
  const second = loading.load();
  void loading.load();
  open[0]?.resolve(statusWith([], 1));
  await Promise.resolve();
  await expect.poll(() => open.length).toBe(2);
  open[1]?.resolve(statusWith([], 2));
  await Promise.all([done, second]);
  expect(answers.map(({ at }) => at)).toEqual([1, 2]);
  expect(open).toHaveLength(2);
});

test('a failed question does not stand in the way of the next', async () => {
  const { loading, open, answers } = byHand();
  const done = loading.load();
  void loading.load().catch(() => undefined);
  open[0]?.reject(new Error('no line'));
  await expect(done).rejects.toThrow('no line');
  const next = loading.load();
  open[1]?.resolve(statusWith([]));
  await next;
  expect(answers).toHaveLength(1);
});
