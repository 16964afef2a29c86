import { usage } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { minutesOf } from '../lengths.ts';
import { askOwner } from '../owner-api.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const path = '/api/v1/pause';
const minutesAtMost = 30 * 24 * 60;

export const pause = defineCommand({
  name: 'pause',
  summary: 'Announces nothing for a while, while sampling and recording go on.',
  description:
    'What still matters at the end is announced then. For some hosts or sources: plimsoll downtime add.',
  examples: [
    ['plimsoll pause', 'for an hour'],
    ['plimsoll pause --for 1d', 'until tomorrow'],
  ],
  operands: [],
  flags: {
    for: {
      type: 'text',
      placeholder: 'LENGTH',
      help: 'how long, such as 15m, 2h or 1d, 30 days at most (1h)',
    },
    data: dataFlag,
  },
  async run(context, { for: length = '1h', data }) {
    const minutes = minutesOf('--for', length);
    if (minutes === 0 || minutes > minutesAtMost)
      throw usage(`--for is at most 30 days and more than none, not ${length}.`);
    const until = context.clock.now() + minutes * 60_000;
    await askOwner(dataDirectoryOf(context, data), 'POST', path, { until });
    context.terminal.error(
      `Nothing is announced until ${new Date(until).toISOString()}. Sooner again: plimsoll resume`,
    );
    return exitCode.ok;
  },
});

export const resume = defineCommand({
  name: 'resume',
  summary: 'Ends a pause: what still matters is announced now.',
  examples: [['plimsoll resume', 'also when nothing was paused']],
  operands: [],
  flags: { data: dataFlag },
  async run(context, { data }) {
    await askOwner(dataDirectoryOf(context, data), 'POST', path, { until: null });
    context.terminal.error('Alerts are announced again.');
    return exitCode.ok;
  },
});
