import { expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';

const stretch = { from: 1000, to: 2000 };
const rule = { source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 };

test('a rule without a name is replayed, and answered with what it would have done', async () => {
  const door = new ApiDoor();
  expect(await door.own('POST', '/api/v1/rules/backtest', { rule, ...stretch })).toMatchObject({
    status: 200,
    body: { ...stretch, count: 0, periods: [], series: [] },
  });
  expect(await door.own('POST', '/api/v1/rules/suggest', { rule, ...stretch })).toMatchObject({
    status: 200,
    body: { nothing: 'no_samples', threshold: null },
  });
});

test('a rule that does not hold is told of with paths inside it', async () => {
  const door = new ApiDoor();
  const sent = { rule: { ...rule, threshold: 'many' }, ...stretch };
  expect(await door.own('POST', '/api/v1/rules/backtest', sent)).toMatchObject({
    status: 422,
    body: { error: { code: 'invalid_settings', problems: [{ path: 'threshold' }] } },
  });
  expect(await door.own('POST', '/api/v1/rules/backtest', { rule, from: 2, to: 1 })).toMatchObject({
    status: 422,
    body: { error: { code: 'invalid_request', problems: [{ path: 'from' }] } },
  });
});

test('when the client goes away, whoever replays is told', async () => {
  const door = new ApiDoor();
  const client = new AbortController();
  client.abort();
  const answer = await door.app.request(
    '/api/v1/rules/backtest',
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ rule, ...stretch }),
      signal: client.signal,
    },
    { carrier: { kind: 'socket' } },
  );
  expect(door.monitor.replayed[0]?.signal.aborted).toBe(true);
  expect(answer.status).toBe(504);
});
