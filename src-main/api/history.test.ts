import { beforeEach, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

test('history is asked for by series', async () => {
  const query = new URLSearchParams({
    host: 'a',
    source: 'disk',
    metric: 'm',
    labels: '{"mount":"/"}',
    from: '1',
    to: '2',
  });
  expect((await door.own('GET', `/api/v1/history?${query.toString()}`)).body).toMatchObject({
    series: { host: 'a', source: 'disk', metric: 'm', labels: { mount: '/' } },
    at: [1],
  });
  query.set('labels', '{"mount":1}');
  expect(await door.own('GET', `/api/v1/history?${query.toString()}`)).toMatchObject({
    status: 422,
    body: { error: { problems: [{ path: 'labels' }] } },
  });
});

test('several series, their samples and the highest are asked for within bounds', async () => {
  const series = { host: 'a', source: 'disk', metric: 'm', labels: { mount: '/' } };
  const ask = { series: [series], from: 1, to: 2 };
  expect((await door.own('POST', '/api/v1/history/ranges', ask)).status).toBe(200);
  expect((await door.own('POST', '/api/v1/history/samples', ask)).body).toMatchObject({ next: null });
  expect((await door.own('GET', '/api/v1/history/top?metric=m&from=1&to=2')).status).toBe(200);
  expect((await door.own('GET', '/api/v1/history/series?text=disk')).body).toMatchObject({ total: 0 });
  expect((await door.own('GET', '/api/v1/history/latest?from=5&limit=7')).status).toBe(200);
  expect((await door.own('GET', '/api/v1/history/interruptions?from=1&to=2')).body).toEqual([]);
  expect(door.monitor.asked).toEqual([
    ['ranges', { ...ask, points: 500 }],
    ['samples', ask],
    ['top', { metric: 'm', by: 'avg', from: 1, to: 2, limit: 10 }],
    ['search', { text: 'disk', offset: 0, limit: 500 }],
    ['latest', { from: 5, offset: 0, limit: 7 }],
    ['interruptions', { from: 1, to: 2 }],
  ]);
  const refused = [
    await door.own('POST', '/api/v1/history/ranges', { ...ask, series: Array(25).fill(series) }),
    await door.own('POST', '/api/v1/history/ranges', { ...ask, points: 5001 }),
    await door.own('POST', '/api/v1/history/samples', { ...ask, to: 1 }),
    await door.own('GET', '/api/v1/history/top?metric=m&from=1&to=2&by=sum'),
    await door.own('GET', '/api/v1/history/series?limit=0'),
  ];
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
});
