import { expect, test } from 'vitest';
import { downtimeSchema, quietHoursSchema } from './downtime.ts';

const base = { id: 'nas-update', name: 'NAS update' };

function problemsOf(downtime: object): string[] {
  const result = downtimeSchema.safeParse({ ...base, ...downtime });
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test.each([
  { from: 1000, to: 2000 },
  { from: 1000, to: 2000, zone: 'Europe/Berlin', hosts: ['nas', '!nas-2'] },
  { start: '22:00', end: '06:00', zone: 'America/Sao_Paulo' },
  { days: ['sat', 'sun'], start: '02:00', minutes: 90, zone: 'UTC', rules: ['cpu-high'] },
  { cron: '0 3 1 * *', minutes: 60, zone: 'Australia/Lord_Howe', sources: ['disk'] },
])('takes %o', (downtime) => {
  expect(problemsOf(downtime)).toEqual([]);
});

test.each([
  [{}, 'from: says not when: write from and to for once'],
  [{ from: 1000 }, 'to: is missing'],
  [{ from: 2000, to: 2000 }, 'to: must be after from'],
  [{ from: 0, to: 367 * 86_400_000 }, 'to: is more than 366 days after from'],
  [{ from: 8.64e15, to: 8.64e15 + 1 }, 'to: Too big'],
  [{ from: 1000, to: 2000, days: ['mon'] }, 'days: cannot stand beside from'],
  [{ start: '22:00', zone: 'UTC' }, 'end: is missing; write it, or minutes'],
  [{ start: '22:00', end: '23:00', minutes: 10, zone: 'UTC' }, 'minutes: cannot stand beside end'],
  [{ start: '22:00', end: '23:00' }, 'zone: is missing; name one such as Europe/Berlin'],
  [{ days: ['mon'], minutes: 10, zone: 'UTC' }, 'start: is missing'],
  [{ start: '24:00', minutes: 10, zone: 'UTC' }, 'start: a time of day is HH:MM'],
  [{ cron: '0 3 * * *', zone: 'UTC' }, 'minutes: is missing'],
  [{ cron: '0 3 * * *', start: '03:00', minutes: 10, zone: 'UTC' }, 'start: cannot stand beside cron'],
  [{ start: '22:00', end: '23:00', zone: 'Mars/Olympus' }, 'zone: there is no time zone "Mars/Olympus"'],
  [{ start: '22:00', end: '23:00', zone: '+02:00' }, 'zone: there is no time zone "+02:00"'],
  [{ from: 1000, to: 2000, hosts: [] }, 'hosts: name at least one'],
])('refuses %o: %s', (downtime, problem) => {
  const problems = problemsOf(downtime);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('quiet hours let through what is critical unless they say otherwise', () => {
  const hours = quietHoursSchema.parse({ start: '22:00', end: '07:00', zone: 'Europe/Berlin' });
  expect(hours.criticalBreaksThrough).toBe(true);
  expect(quietHoursSchema.safeParse({ start: '22:00', end: '07:00' }).success).toBe(false);
});
