import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { momentsAt } from './time-zone.ts';

const module = fileURLToPath(new URL('time-zone.ts', import.meta.url));
const script = `import(${JSON.stringify(module)}).then(({ ownZone, zoneProblem }) =>
  console.log(JSON.stringify([ownZone(), zoneProblem(process.env.TZ)])))`;
const asked = (TZ: string) =>
  JSON.parse(execFileSync(process.execPath, ['-e', script], { env: { TZ }, encoding: 'utf8' })) as [
    string,
    string | null,
  ];

it.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  [':Europe/Berlin', 'Europe/Berlin'],
  ['UTC', 'UTC'],
  ['UTC0', 'UTC'],
  ['', 'UTC'],
])('TZ=%s is %s, and nothing is wrong with it', (zone, is) => {
  expect(asked(zone)).toEqual([is, null]);
});

it.each(['Mars/Olympus', 'CET-1CEST', 'europe/berlin'])(
  'TZ=%s is taken for UTC, and that is said',
  (zone) => {
    expect(asked(zone)).toEqual(['UTC', expect.stringMatching(`^TZ is "${zone}", which is no time zone`)]);
  },
);

it.each([
  ['Europe/Berlin', '2026-11-26T13:00:00.250', ['2026-11-26T12:00:00.250Z']],
  ['Europe/Berlin', '2026-07-01T14:00:00', ['2026-07-01T12:00:00.000Z']],
  ['America/New_York', '2026-11-26T07:00:00', ['2026-11-26T12:00:00.000Z']],
  ['Asia/Kathmandu', '2026-11-26T17:45:00', ['2026-11-26T12:00:00.000Z']],
  ['Pacific/Apia', '2026-11-27T01:00:00', ['2026-11-26T12:00:00.000Z']],
  ['UTC', '2026-11-26T12:00:00', ['2026-11-26T12:00:00.000Z']],
  // An hour that comes twice, one that does not come at all, and what stands around them.
  ['Europe/Berlin', '2026-10-25T02:30:00', ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']],
  ['Europe/Berlin', '2026-10-25T01:59:59', ['2026-10-24T23:59:59.000Z']],
  ['Europe/Berlin', '2026-10-25T03:00:00', ['2026-10-25T02:00:00.000Z']],
  ['Europe/Berlin', '2026-03-29T02:30:00', ['2026-03-29T01:30:00.000Z']],
  ['Europe/Berlin', '2026-03-29T03:00:00', ['2026-03-29T01:00:00.000Z']],
])('clocks in %s that show %s', (zone, shown, moments) => {
  const at = momentsAt(Date.parse(`${shown}Z`), zone);
  expect(at.map((moment) => new Date(moment).toISOString())).toEqual(moments);
});
