import { beforeEach, expect, test } from 'vitest';
import type { DowntimeView } from '../contract/downtime.ts';
import type { LiveEvent } from '../contract/event.ts';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
let events: LiveEvent[];
beforeEach(() => {
  door = new ApiDoor();
  events = [];
  door.monitor.subscribe((event) => events.push(event));
});

const path = '/api/v1/downtimes';
const nightly = { name: 'Nachtlauf für das NAS', start: '22:00', end: '06:00', zone: 'Europe/Berlin' };
// The door's clock stands at 12:00 UTC of 5 January 2026.
const now = Date.UTC(2026, 0, 5, 12);
const list = async () => (await door.own('GET', path)).body as DowntimeView[];

test('a downtime is added, listed with its next five occurrences, changed and removed, and whoever listens hears of it', async () => {
  const added = await door.own('POST', path, { downtime: nightly });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({
    downtime: { ...nightly, id: 'nachtlauf-fur-das-nas', enabled: true },
    origin: 'made',
    state: 'planned',
    active: null,
  });
  const [view] = await list();
  expect(view?.next.map(({ from }) => new Date(from).toISOString())).toEqual([
    '2026-01-05T21:00:00.000Z',
    '2026-01-06T21:00:00.000Z',
    '2026-01-07T21:00:00.000Z',
    '2026-01-08T21:00:00.000Z',
    '2026-01-09T21:00:00.000Z',
  ]);
  const changed = await door.own('PUT', `${path}/nachtlauf-fur-das-nas`, {
    downtime: { ...nightly, start: '10:00', end: '14:00', hosts: ['nas'] },
  });
  expect(changed.body).toMatchObject({
    state: 'active',
    active: { from: now - 3 * 3_600_000, to: now + 3_600_000 },
    downtime: { hosts: ['nas'] },
  });
  expect((await door.own('DELETE', `${path}/nachtlauf-fur-das-nas`)).status).toBe(204);
  expect(await list()).toEqual([]);
  expect(events).toEqual([{ type: 'downtimes' }, { type: 'downtimes' }, { type: 'downtimes' }]);
});

test('what was removed is put back by adding it as it was', async () => {
  const { body } = await door.own('POST', path, { downtime: nightly });
  const { downtime } = body as DowntimeView;
  await door.own('DELETE', `${path}/${downtime.id}`);
  expect((await door.own('POST', path, { downtime })).body).toEqual(body);
  expect(await door.own('POST', path, { downtime })).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict' } },
  });
});

test('an occurrence is ended once, and comes again', async () => {
  await door.own('POST', path, {
    downtime: { ...nightly, id: 'noon', start: '12:00', end: '14:00', zone: 'UTC' },
  });
  expect((await list())[0]?.state).toBe('active');
  expect((await door.own('POST', `${path}/noon/end`)).body).toMatchObject({
    state: 'planned',
    active: null,
    next: [{ from: now + 86_400_000 }, {}, {}, {}, {}],
  });
  expect(await door.own('POST', `${path}/noon/end`)).toMatchObject({
    status: 409,
    body: { error: { message: '"Nachtlauf für das NAS" is not going on now.' } },
  });
});

test('a draft is looked at and not stored', async () => {
  const seen = await door.own('POST', `${path}/preview`, {
    downtime: { cron: '0 3 1 * *', minutes: 90, zone: 'America/New_York' },
  });
  expect((seen.body as DowntimeView).next[0]).toEqual({
    from: Date.UTC(2026, 1, 1, 8),
    to: Date.UTC(2026, 1, 1, 9, 30),
  });
  expect(await list()).toEqual([]);
});

test.each([
  [{ ...nightly, zone: 'Mars/Olympus' }, 'zone', 'there is no time zone "Mars/Olympus"'],
  [{ ...nightly, ends: '06:00' }, 'ends', 'unknown key ends. Did you mean end?'],
  [{ ...nightly, end: '6' }, 'end', 'a time of day is HH:MM'],
  [{ name: 'x', cron: '0 3 31 2 *', minutes: 1, zone: 'UTC' }, 'cron', 'names a day that never comes'],
  [{ ...nightly, rules: ['cpu'] }, 'rules[0]', 'there is no rule with the id "cpu"'],
  [{ start: '22:00', end: '06:00', zone: 'UTC' }, 'name', 'is missing'],
])('refuses %o with the path and what to write', async (downtime, where, message) => {
  for (const to of where === 'name' ? [path] : [path, `${path}/preview`]) {
    const { status, body } = await door.own('POST', to, { downtime });
    expect(status).toBe(422);
    const { error } = body as { error: { problems: { path: string; message: string }[] } };
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({
      path: where,
      message: expect.stringContaining(message) as string,
    });
  }
});

test('a downtime that is not there is 404', async () => {
  for (const [method, suffix] of [
    ['PUT', '/none'],
    ['DELETE', '/none'],
    ['POST', '/none/end'],
  ] as const) {
    const body = method === 'PUT' ? { downtime: nightly } : undefined;
    expect((await door.own(method, path + suffix, body)).status, method).toBe(404);
  }
});
