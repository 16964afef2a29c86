import { expect, test } from 'vitest';
import { HandClock } from '../../testing/hand-clock.ts';
import type { Context } from '../command.ts';
import { Terminal } from '../terminal.ts';
import { downtimeAdd } from './downtime.ts';

const nothing = {
  ...{ for: undefined, from: undefined, to: undefined, days: undefined, start: undefined, end: undefined },
  ...{ cron: undefined, zone: undefined, host: undefined, source: undefined, rule: undefined },
  json: false,
  data: '/nowhere',
};
const context: Context = {
  version: '0.0.0-test',
  terminal: new Terminal(process.stdout, process.stderr),
  clock: new HandClock(),
  workingDirectory: '/',
  platform: 'linux',
  env: {},
  accountHome: undefined,
};

test.each([
  [{}, 'Say how long it lasts'],
  [{ for: '2 weeks' }, '--for takes a length such as 90m, 2h or 1d, not 2 weeks.'],
  [{ for: '2h', to: '2026-12-01T08:00' }, '--for cannot stand beside --to'],
  [{ from: 'tomorrow', for: '1h' }, '--from tomorrow is no time. Write 2026-01-05, 2026-01-05T14:00 or'],
  [{ from: '2026-13-01T08:00', for: '1h' }, 'is no time'],
  [{ days: 'sat,someday', start: '02:00', for: '1h' }, '--days takes days such as mon'],
])('what was written wrong is said before anybody is asked: %o', async (flags, said) => {
  await expect(downtimeAdd.run(context, { ...nothing, ...flags }, ['X'])).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(said) as string,
  });
});
