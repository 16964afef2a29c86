import { z } from 'zod';
import { ownZone, zoneProblem } from '../../base/time-zone.ts';
import { downtimeViewSchema, wayOf, weekdays } from '../../contract/downtime.ts';
import type { Downtime, DowntimeView } from '../../contract/downtime.ts';
import { PlimsollError } from '../../contract/error.ts';
import { usage } from '../arguments.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { minutesOf } from '../lengths.ts';
import { momentOf, zoneOf } from '../moments.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const path = '/api/v1/downtimes';
const jsonFlag = { type: 'switch', help: 'print JSON' } as const;

export const downtimeList = defineCommand({
  name: 'downtime list',
  summary: 'Lists the downtimes: state, id, reason, when, about what.',
  examples: [
    ['plimsoll downtime list', 'active ones first'],
    ['plimsoll downtime list --json', 'with the next five times of each, for programs'],
  ],
  operands: [],
  flags: { json: jsonFlag, data: dataFlag },
  async run(context, { json, data }) {
    const { terminal } = context;
    const answer = await askOwner(dataDirectoryOf(context, data), 'GET', path);
    const views = z.array(downtimeViewSchema).parse(answer);
    const rows = views.map((view) => [
      view.state,
      view.downtime.id,
      shown(view.downtime.name),
      standing(view),
      shown(aboutText(view.downtime)),
    ]);
    if (json) terminal.json({ downtimes: views });
    else if (rows.length === 0) terminal.out('There is no downtime.');
    else
      for (const line of columns([['STATE', 'ID', 'REASON', 'WHEN', 'ABOUT'], ...rows])) terminal.out(line);
    return exitCode.ok;
  },
});

export const downtimeAdd = defineCommand({
  name: 'downtime add',
  summary: 'Plans a downtime: everything is recorded in it, and nothing announced.',
  description:
    'Once: --for, from now or --from; or --from and --to. Every week: --start, with --end or --for, on --days.\n' +
    'As cron says: --cron and --for. What still fires at its end is announced then. The id is printed.',
  examples: [
    ['plimsoll downtime add "NAS update" --host nas --for 2h', 'from now on'],
    [
      'plimsoll downtime add Move --from 2026-12-01T08:00 --to 2026-12-01T18:00',
      'once, by this machine’s clock',
    ],
    ['plimsoll downtime add Backup --days sat,sun --start 02:00 --for 90m', 'every week'],
    [
      'plimsoll downtime add Patches --cron "0 3 * * SUN#1" --for 2h --zone UTC',
      'the first Sunday of a month',
    ],
  ],
  operands: ['REASON'],
  flags: {
    for: { type: 'text', placeholder: 'LENGTH', help: 'how long it lasts, such as 90m, 2h or 1d' },
    from: { type: 'text', placeholder: 'TIME', help: 'when it begins once; now where it is left out' },
    to: { type: 'text', placeholder: 'TIME', help: 'when it ends once' },
    days: { type: 'text', placeholder: 'DAYS', help: 'days of the week such as mon,fri; all where left out' },
    start: { type: 'text', placeholder: 'HH:MM', help: 'when it begins on each of these days' },
    end: {
      type: 'text',
      placeholder: 'HH:MM',
      help: 'when it ends, on the next day where not after --start',
    },
    cron: { type: 'text', placeholder: 'FIELDS', help: 'when it begins, as five fields of cron' },
    zone: {
      type: 'text',
      placeholder: 'ZONE',
      help: 'time zone of all these times, such as Europe/Berlin; this machine’s',
    },
    host: { type: 'text', placeholder: 'HOSTS', help: 'only these hosts: names or patterns, by commas' },
    source: {
      type: 'text',
      placeholder: 'SOURCES',
      help: 'only these sources: names or patterns, by commas',
    },
    rule: { type: 'text', placeholder: 'RULES', help: 'only these rules, by id' },
    json: jsonFlag,
    data: dataFlag,
  },
  async run(context, { json, data, ...given }, [name = '']) {
    const { host, source, rule } = given;
    const downtime = {
      name,
      ...(host !== undefined && { hosts: listOf(host) }),
      ...(source !== undefined && { sources: listOf(source) }),
      ...(rule !== undefined && { rules: listOf(rule) }),
      ...timesOf(given, context.clock.now()),
    };
    const directory = dataDirectoryOf(context, data);
    const zone = given.zone === undefined ? zoneProblem(context.env['TZ']) : null;
    if (zone !== null) context.terminal.error(shown(zone));
    const view = downtimeViewSchema.parse(await asked(askOwner(directory, 'POST', path, { downtime })));
    say(context, json, view, `Planned: ${standing(view)}, ${aboutText(view.downtime)}.`);
    return exitCode.ok;
  },
});

export const downtimeEnd = defineCommand({
  name: 'downtime end',
  summary: 'Ends a downtime that is going on; one that recurs comes again.',
  examples: [['plimsoll downtime end nas-update', 'the id is in: plimsoll downtime list']],
  operands: ['ID'],
  flags: { json: jsonFlag, data: dataFlag },
  async run(context, { json, data }, [id = '']) {
    const directory = dataDirectoryOf(context, data);
    const answer = await asked(askOwner(directory, 'POST', `${path}/${encodeURIComponent(id)}/end`));
    const view = downtimeViewSchema.parse(answer);
    say(context, json, view, 'It is ended. What still fires is announced now.');
    return exitCode.ok;
  },
});

export const downtimeRemove = defineCommand({
  name: 'downtime remove',
  summary: 'Removes a downtime.',
  examples: [['plimsoll downtime remove nas-update', 'the id is in: plimsoll downtime list']],
  operands: ['ID'],
  flags: { data: dataFlag },
  async run(context, { data }, [id = '']) {
    await askOwner(dataDirectoryOf(context, data), 'DELETE', `${path}/${encodeURIComponent(id)}`);
    context.terminal.error('The downtime is removed.');
    return exitCode.ok;
  },
});

/** Prints the outcome and the id for people, and everything for programs. */
function say({ terminal }: Context, json: boolean, view: DowntimeView, sentence: string): void {
  if (json) {
    terminal.json(view);
    return;
  }
  terminal.error(shown(sentence));
  terminal.out(view.downtime.id);
}

/** The mistake is on the command line, not in the settings. */
async function asked(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'invalid_settings') throw usage(thrown.message);
    throw thrown;
  }
}

interface GivenTimes {
  for: string | undefined;
  from: string | undefined;
  to: string | undefined;
  days: string | undefined;
  start: string | undefined;
  end: string | undefined;
  cron: string | undefined;
  zone: string | undefined;
}

function timesOf(given: GivenTimes, now: number): Partial<Downtime> {
  const { from, to, days, start, end, cron } = given;
  const zone = given.zone === undefined ? ownZone() : zoneOf(given.zone);
  const length = given.for === undefined ? undefined : minutesOf('--for', given.for);
  const isRecurring = start !== undefined || cron !== undefined || days !== undefined || end !== undefined;
  if (isRecurring) {
    return {
      zone,
      ...(days !== undefined && { days: daysOf(days) }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
      ...(cron !== undefined && { cron }),
      ...(length !== undefined && { minutes: length }),
      ...(from !== undefined && { from: momentOf('--from', from, zone) }),
      ...(to !== undefined && { to: momentOf('--to', to, zone) }),
    };
  }
  const begin = from === undefined ? now : momentOf('--from', from, zone);
  if (to !== undefined && length !== undefined) throw usage('--for cannot stand beside --to; leave one out.');
  if (to !== undefined) return { from: begin, to: momentOf('--to', to, zone), zone };
  if (length === undefined)
    throw usage('Say how long it lasts: --for 2h, or --to and a time, or every week with --start and --end.');
  return { from: begin, to: begin + length * 60_000, zone };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function daysOf(text: string): Downtime['days'] {
  return listOf(text.toLowerCase()).map((word) => {
    const day = weekdays.find((known) => known === word.slice(0, 3));
    if (day === undefined) throw usage(`--days takes days such as ${weekdays.join(', ')}, not ${word}.`);
    return day;
  });
}

/** `until 2026-11-25 15:00`, by this machine's clock. */
function standing({ state, active, next, downtime }: DowntimeView): string {
  const time = (at: number) =>
    new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short' }).format(at);
  if (state === 'disabled') return 'off';
  if (active !== null) return `until ${time(active.to)}`;
  const [coming] = next;
  if (coming === undefined) return downtime.to === undefined ? 'over' : `ended ${time(downtime.to)}`;
  return wayOf(downtime) === 'once'
    ? `${time(coming.from)} to ${time(coming.to)}`
    : `next ${time(coming.from)} to ${time(coming.to)}`;
}

function aboutText({ hosts, sources, rules }: Downtime): string {
  const named = [
    ...(hosts === undefined ? [] : [`hosts ${hosts.join(', ')}`]),
    ...(sources === undefined ? [] : [`sources ${sources.join(', ')}`]),
    ...(rules === undefined ? [] : [`rules ${rules.join(', ')}`]),
  ];
  return named.length === 0 ? 'everything' : named.join('; ');
}
