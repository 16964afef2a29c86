import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

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
