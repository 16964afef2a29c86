import { beforeEach, describe, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

test('alerts are acknowledged and snoozed, and announcements paused, by those who may', async () => {
  const said = [
    await door.own('POST', '/api/v1/alerts/a1/acknowledge', { note: 'mine' }),
    await door.own('POST', '/api/v1/alerts/a1/acknowledge', {}),
    await door.own('DELETE', '/api/v1/alerts/a1/acknowledge'),
    await door.own('POST', '/api/v1/alerts/a1/snooze', { until: 99 }),
    await door.own('POST', '/api/v1/alerts/a1/snooze', { until: null }),
    await door.own('DELETE', '/api/v1/alerts/a1/snooze'),
    await door.own('POST', '/api/v1/pause', { until: 77 }),
    await door.own('POST', '/api/v1/pause', { until: null }),
    await door.own('POST', '/api/v1/pause', { until: 'tomorrow' }),
    await door.own('POST', '/api/v1/pause', { until: 1.5 }),
  ];
  expect(said.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 204, 204, 422, 422]);
  expect(door.monitor.asked).toEqual([
    ['acknowledge', 'a1', 'mine'],
    ['acknowledge', 'a1', null],
    ['unacknowledge', 'a1'],
    ['snooze', 'a1', 99],
    ['snooze', 'a1', null],
    ['unsnooze', 'a1'],
    ['pause', 77],
    ['pause', null],
  ]);
});

test('an export that cannot begin is answered as what it is', async () => {
  const path = '/api/v1/history/export?from=0&to=9&source=';
  expect((await door.own('GET', `${path}cpu`)).status).toBe(200);
  expect(await door.own('GET', `${path}away`)).toMatchObject({
    status: 503,
    body: { error: { code: 'stage_down' } },
  });
});

describe('exporting alerts', () => {
  test('streams a file of what the filter finds', async () => {
    const path = '/api/v1/alerts/export?format=csv&severity=critical&rule=a&text=b&from=5';
    const answer = await door.app.request(path, {}, { carrier: { kind: 'socket' } });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'first second',
    ]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="plimsoll-alerts.csv"');
    const filter = { severity: 'critical', ruleId: 'a', text: 'b', from: 5 };
    expect(door.monitor.asked).toEqual([['export', filter, 'csv']]);
    expect((await door.own('GET', '/api/v1/alerts/export')).status).toBe(422);
  });
});
