import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DowntimeView } from '../../contract/downtime.ts';
import { CommandLine } from '../../testing/command-line.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const run = (...words: string[]) => line.run(['downtime', ...words, '--data', line.data], { TZ: 'UTC' });
async function list(): Promise<DowntimeView[]> {
  const { out } = await run('list', '--json');
  return (JSON.parse(out) as { downtimes: DowntimeView[] }).downtimes;
}

test('downtimes are planned, listed, ended and removed, and what is wrong is said', async () => {
  const settings = join(line.home, 'plimsoll.yaml');
  const written = '{ id: patches, name: Patches, cron: "0 3 1 * *", minutes: 60, zone: Europe/Berlin }';
  writeFileSync(
    settings,
    `version: 1\nsources:\n  - { name: uptime, kind: uptime }\ndowntimes:\n  - ${written}\n`,
  );
  await line.start(['--port', '0', '--config', settings]);

  const added = await run('add', 'NAS update', '--host', 'nas, backup-*', '--for', '2h');
  expect(added).toMatchObject({ code: 0, out: 'nas-update\n' });
  expect(added.error).toMatch(/^Planned: until \S+ \S+, hosts nas, backup-\*\.\n$/);
  expect(
    await run('add', 'Backup', '--days', 'sat,Sunday', '--start', '02:00', '--for', '90m'),
  ).toMatchObject({
    code: 0,
    out: 'backup\n',
  });
  const views = await list();
  expect(views.map(({ downtime, origin, state }) => [downtime.id, origin, state])).toEqual([
    ['nas-update', 'made', 'active'],
    ...views.slice(1).map(({ downtime, origin }) => [downtime.id, origin, 'planned']),
  ]);
  expect(views.find(({ downtime }) => downtime.id === 'backup')?.downtime).toMatchObject({
    ...{ days: ['sat', 'sun'], start: '02:00', minutes: 90, zone: 'UTC' },
  });
  expect(views.find(({ origin }) => origin === 'settings')).toMatchObject({ downtime: { id: 'patches' } });
  expect((await run('list')).out).toMatch(
    /^STATE +ID +REASON +WHEN +ABOUT\nactive +nas-update +NAS update +until /,
  );

  expect(await run('end', 'nas-update')).toMatchObject({ code: 0, out: 'nas-update\n' });
  expect(await run('remove', 'nas-update')).toMatchObject({ code: 0 });
  expect((await list()).map(({ downtime }) => downtime.id)).not.toContain('nas-update');

  const once = ['--from', '2030-12-01', '--to', '2030-12-01T18:00', '--zone', 'Europe/Berlin'];
  const inBerlin = await run('add', 'Move', ...once, '--json');
  expect(JSON.parse(inBerlin.out)).toMatchObject({
    downtime: { from: Date.UTC(2030, 10, 30, 23), to: Date.UTC(2030, 11, 1, 17), zone: 'Europe/Berlin' },
  });

  const wrong = await run('add', 'X', '--start', '02:00', '--for', '1h', '--zone', 'Mars', '--rule', 'cpu');
  expect(wrong).toMatchObject({
    code: 2,
    error: expect.stringContaining('there is no time zone "Mars"') as string,
  });
});
