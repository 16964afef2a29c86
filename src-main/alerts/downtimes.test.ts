import { Cron } from 'croner';
import { expect, test, vi } from 'vitest';
import { downtimeSchema } from '../contract/downtime.ts';
import type { Occurrence, QuietHours } from '../contract/downtime.ts';
import { Calendar } from './downtimes.ts';
import type { PlannedDowntime, Subject } from './downtimes.ts';

const at = (iso: string) => Date.parse(iso);
const subject: Subject = { ruleId: 'cpu-high', host: 'nas', source: 'cpu', severity: 'warning' };

function planned(
  downtime: object,
  { covers = () => true, ended = null }: Partial<Pick<PlannedDowntime, 'covers' | 'ended'>> = {},
): PlannedDowntime {
  const parsed = downtimeSchema.parse({ id: 'update', name: 'Update', ...downtime });
  return { downtime: parsed, origin: 'made', covers, ended };
}

test('of overlapping downtimes the one that ends last counts, and none that is about something else', () => {
  const calendar = new Calendar(
    [
      planned({ id: 'short', from: 100, to: 200 }),
      planned({ id: 'long', name: 'Long', from: 150, to: 300 }),
      planned({ id: 'other', from: 0, to: 900 }, { covers: ({ host }) => host === 'web' }),
    ],
    [],
  );
  expect(calendar.holdFor(subject, 99)).toBeNull();
  expect(calendar.holdFor(subject, 100)).toMatchObject({ id: 'short', until: 200 });
  expect(calendar.holdFor(subject, 150)).toEqual({
    reason: 'downtime',
    id: 'long',
    name: 'Long',
    until: 300,
  });
  expect(calendar.holdFor(subject, 200)).toMatchObject({ id: 'long', until: 300 });
  expect(calendar.holdFor(subject, 300)).toBeNull();
  expect(calendar.active(160).map(({ downtime }) => downtime.id)).toEqual(['short', 'long', 'other']);
});

test('a disabled downtime holds nothing', () => {
  const calendar = new Calendar([planned({ from: 0, to: 100, enabled: false })], []);
  expect(calendar.holdFor(subject, 50)).toBeNull();
  expect(calendar.views(50)[0]).toMatchObject({ state: 'disabled', active: null });
});

test('what was ended early is over until it comes again', () => {
  const day = 86_400_000;
  const ended: Occurrence = { from: at('2026-11-25T22:00:00Z'), to: at('2026-11-26T06:00:00Z') };
  const nightly = planned({ start: '22:00', end: '06:00', zone: 'UTC' }, { ended });
  const calendar = new Calendar([nightly], []);
  expect(calendar.holdFor(subject, at('2026-11-26T01:00:00Z'))).toBeNull();
  expect(calendar.views(at('2026-11-26T01:00:00Z'))[0]).toMatchObject({ state: 'planned', active: null });
  expect(calendar.holdFor(subject, at('2026-11-26T22:00:00Z'))).toMatchObject({ until: ended.to + day });
});

test('a clock that is set back is asked about again', () => {
  const calendar = new Calendar([planned({ from: 100, to: 200 })], []);
  expect(calendar.holdFor(subject, 250)).toBeNull();
  expect(calendar.holdFor(subject, 150)).toMatchObject({ until: 200 });
  expect(calendar.holdFor(subject, 50)).toBeNull();
});

test('quiet hours hold warnings; critical breaks through where it may', () => {
  const hours: QuietHours = { start: '22:00', end: '07:00', zone: 'UTC', criticalBreaksThrough: true };
  const night = at('2026-11-26T01:00:00Z');
  const until = at('2026-11-26T07:00:00Z');
  const calendar = new Calendar([], [hours]);
  expect(calendar.holdFor(subject, night)).toEqual({ reason: 'quiet_hours', until });
  expect(calendar.holdFor({ ...subject, severity: 'critical' }, night)).toBeNull();
  expect(calendar.quietUntil(night)).toBe(until);
  expect(calendar.quietUntil(until)).toBeNull();
  const strict = new Calendar([], [{ ...hours, criticalBreaksThrough: false }]);
  expect(strict.holdFor({ ...subject, severity: 'critical' }, night)).toEqual({
    reason: 'quiet_hours',
    until,
  });
});

test('a downtime goes before quiet hours, also for what is critical', () => {
  const hours: QuietHours = { start: '00:00', end: '00:00', zone: 'UTC', criticalBreaksThrough: true };
  const calendar = new Calendar([planned({ from: 100, to: 200 })], [hours]);
  expect(calendar.holdFor({ ...subject, severity: 'critical' }, 150)).toMatchObject({ reason: 'downtime' });
});

test('lists active ones first, then what comes next, then what is disabled or over', () => {
  const now = at('2026-11-25T12:00:00Z');
  const calendar = new Calendar(
    [
      planned({ id: 'over', from: 0, to: 100 }),
      planned({ id: 'off', from: now - 1, to: now + 1000, enabled: false }),
      planned({ id: 'weekly', days: ['sun'], start: '02:00', minutes: 30, zone: 'UTC' }),
      planned({ id: 'tonight', from: now + 5, to: now + 10 }),
      planned({ id: 'now', from: now - 5, to: now + 10 }),
    ],
    [],
  );
  const views = calendar.views(now);
  expect(views.map(({ downtime, state }) => `${downtime.id} ${state}`)).toEqual([
    'now active',
    'tonight planned',
    'weekly planned',
    'off disabled',
    'over over',
  ]);
  expect(views[2]?.next.map(({ from }) => new Date(from).toISOString().slice(0, 10))).toEqual([
    '2026-11-29',
    '2026-12-06',
    '2026-12-13',
    '2026-12-20',
    '2026-12-27',
  ]);
});

test('what was found out about times is not found out again when another downtime changes', () => {
  const nightly = planned({ id: 'nightly', cron: '0 3 29 2 *', minutes: 60, zone: 'Europe/Berlin' });
  const now = at('2026-11-25T12:00:00Z');
  const before = new Calendar([nightly], []);
  const [view] = before.views(now);
  const asked = vi.spyOn(Cron.prototype, 'nextRun');
  const after = new Calendar([planned({ id: 'once', from: 0, to: 100 }), nightly], [], before);
  expect(after.views(now)).toContainEqual(view);
  expect(asked).not.toHaveBeenCalled();
  expect(after.views(at('2028-02-29T12:00:00Z'))[0]?.next[0]?.from).toBe(at('2032-02-29T02:00:00Z'));
  expect(after.views(now)).toContainEqual(view);
});
