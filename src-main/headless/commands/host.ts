import { z } from 'zod';
import { Access } from '../../api/access.ts';
import { enrol } from '../../api/enrol.ts';
import {
  enrolmentQuestionSchema,
  enrolmentSchema,
  longestEnrolmentSeconds,
} from '../../contract/enrolment.ts';
import { hostTagsSchema } from '../../contract/fields.ts';
import { fleetPageAtMost, fleetSchema, standingSchema } from '../../contract/fleet.ts';
import type { FleetHost } from '../../contract/fleet.ts';
import { hostNameOf, tagsBesidesName } from '../../contract/host-name.ts';
import { hostSchema } from '../../contract/host.ts';
import { usage } from '../arguments.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { ageText } from '../numbers.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

export const hostEnrol = defineCommand({
  name: 'host enrol',
  summary: 'Lets a machine send to this hub, and prints the line to type there.',
  description:
    'The line holds a token for that host alone. It is shown only now, and is over when nobody uses it in time. Only the\n' +
    'line is printed; everything else is on stderr. --service is for machines on which the systemd unit is installed.',
  examples: [
    ['plimsoll host enrol web-1 --url https://hub.example.org:8888', 'to be typed on web-1'],
    ['plimsoll host enrol web-1 --url https://hub:8888 --service | ssh web-1 sh', 'and there it runs'],
    ['plimsoll host enrol db-1 --url https://hub:8888 --tags production,database', 'with tags for rules'],
  ],
  operands: ['NAME'],
  flags: {
    url: {
      type: 'text',
      placeholder: 'ADDRESS',
      help: 'where that machine finds this hub',
      required: true,
    },
    tags: { type: 'text', placeholder: 'TAGS', help: 'tags for it, with commas between them' },
    hours: {
      type: 'integer',
      placeholder: 'N',
      help: 'for how many hours the token waits for its first use (24)',
      min: 1,
      max: longestEnrolmentSeconds / 3600,
    },
    service: { type: 'switch', help: 'print the line that sets up the systemd service' },
    json: { type: 'switch', help: 'print JSON' },
    data: dataFlag,
  },
  async run(context, { url: address = '', tags: listed, hours, service, json, data }, [given = '']) {
    const { terminal, clock } = context;
    const { shape } = enrolmentQuestionSchema;
    const asked = {
      host: checked(shape.host, given, 'cannot be a host'),
      url: checked(shape.url, address, 'is no --url'),
      tags: listed === undefined ? undefined : tagsIn(listed),
      withinSeconds: checked(
        shape.withinSeconds,
        hours === undefined ? undefined : hours * 3600,
        'is no time for a token to wait',
      ),
    };
    const directory = dataDirectoryOf(context, data);
    const made = await asOwner(
      directory,
      async () => enrolmentSchema.parse(await askOwner(directory, 'POST', '/api/v1/enrolments', asked)),
      ({ access, hosts }) =>
        enrol(new Access(access, clock), asked, clock.now(), (host, tags) => hosts.decide({ host, tags })),
    );
    if (json) terminal.out(JSON.stringify(made));
    else terminal.out(service ? made.serviceLine : made.line);
    terminal.error(
      shown(
        `Type this on ${made.host} before ${new Date(made.useBy).toISOString()}. It is not shown again; id of the token ${made.id}.`,
      ),
    );
    const authority = new URL(made.url).host;
    if (isName(authority) && !(await namesOf(directory)).includes(authority))
      terminal.error(
        shown(
          `Say in the settings that this hub is asked for as ${authority}, or it refuses: hub: { names: ['${authority}'] }.`,
        ),
      );
    return exitCode.ok;
  },
});

/** Whether it is a name: a hub answers to every IP address. */
function isName(authority: string): boolean {
  return !/^(localhost|[\d.]+|\[.*\])(:\d+)?$/.test(authority);
}

/** The names to which the running hub answers; none if it is not running. */
async function namesOf(directory: string): Promise<readonly string[]> {
  const schema = z.object({
    settings: z.object({ hub: z.object({ names: z.array(z.string()).optional() }).optional() }),
  });
  const settings = await askOwner(directory, 'GET', '/api/v1/settings').catch(() => undefined);
  return schema.safeParse(settings).data?.settings.hub?.names?.map((name) => name.toLowerCase()) ?? [];
}

export const hostList = defineCommand({
  name: 'host list',
  summary: 'Lists the machines that send to this hub, worst off first.',
  examples: [
    ['plimsoll host list', 'for people'],
    ['plimsoll host list --standing offline --tag production', 'who is missing'],
    ['plimsoll host list --json', 'for programs'],
  ],
  operands: [],
  flags: {
    text: {
      type: 'text',
      placeholder: 'WORDS',
      help: 'only those with these words in name, address or tags',
    },
    tag: { type: 'text', placeholder: 'TAG', help: 'only those with this tag' },
    standing: {
      type: 'text',
      placeholder: 'S',
      help: 'only those that stand so',
      oneOf: standingSchema.options,
    },
    json: { type: 'switch', help: 'print JSON' },
    data: dataFlag,
  },
  async run({ terminal, clock, ...context }, { text, tag, standing, json, data }) {
    const directory = dataDirectoryOf({ terminal, clock, ...context }, data);
    const filter = {
      ...(text === undefined ? {} : { text }),
      ...(tag === undefined ? {} : { tag }),
      ...(standing === undefined ? {} : { standing }),
    };
    const hosts: FleetHost[] = [];
    for (;;) {
      const asked = { ...filter, offset: String(hosts.length), limit: String(fleetPageAtMost) };
      const path = `/api/v1/fleet?${new URLSearchParams(asked).toString()}`;
      const page = fleetSchema.parse(await askOwner(directory, 'GET', path));
      hosts.push(...page.hosts);
      if (page.hosts.length === 0 || hosts.length >= page.fitting) break;
    }
    if (json) terminal.out(JSON.stringify({ hosts }));
    else if (hosts.length === 0) terminal.out('There is no such host.');
    else
      for (const line of columns([
        ['HOST', 'NAME', 'STANDS', 'ALERTS', 'LAST SEEN', 'VERSION', 'TAGS'],
        ...hosts.map((host) => rowOf(host, clock.now())),
      ]))
        terminal.out(line);
    return exitCode.ok;
  },
});

export const hostTag = defineCommand({
  name: 'host tag',
  summary: 'Gives a host these tags, and takes all others that were given it here.',
  description:
    'Tags with commas between them; "" for none. Rules choose by them (hostTags), and so do routes and downtimes.',
  examples: [
    ['plimsoll host tag web-1 production,frankfurt', 'these two'],
    ['plimsoll host tag web-1 ""', 'none any more'],
  ],
  operands: ['NAME', 'TAGS'],
  flags: { data: dataFlag },
  async run(context, { data }, [name = '', listed = '']) {
    const directory = dataDirectoryOf(context, data);
    const path = `/api/v1/hosts/${encodeURIComponent(name)}/tags`;
    const host = hostSchema.parse(await askOwner(directory, 'PUT', path, { tags: tagsIn(listed) }));
    const said = host.ownerTags.length === 0 ? 'no tags' : `the tags ${host.ownerTags.join(', ')}`;
    context.terminal.error(shown(`${host.host} has ${said}.`));
    return exitCode.ok;
  },
});

export const hostRemove = defineCommand({
  name: 'host remove',
  summary: 'Forgets a host: its alerts are over, its tokens revoked. Its history stays.',
  description:
    'With a token that is good for other hosts too it is there again when it sends. To let it in again: plimsoll host enrol',
  examples: [['plimsoll host remove web-1', 'it is listed in: plimsoll host list']],
  operands: ['NAME'],
  flags: { data: dataFlag },
  async run(context, { data }, [name = '']) {
    const directory = dataDirectoryOf(context, data);
    const answer = await askOwner(directory, 'DELETE', `/api/v1/hosts/${encodeURIComponent(name)}`);
    const { tokens } = z.object({ tokens: z.number() }).parse(answer);
    const revoked =
      tokens === 0
        ? 'It has no token of its own: it comes back when it sends again with another.'
        : tokens === 1
          ? 'Its token is revoked.'
          : `Its ${tokens} tokens are revoked.`;
    context.terminal.error(shown(`${name} is removed, its history stays. ${revoked}`));
    return exitCode.ok;
  },
});

function rowOf(
  { host, agentName, standing, severity, alerts, lastSeenAt, version, tags }: FleetHost,
  now: number,
) {
  const called = hostNameOf(host, tags);
  const name = called === host ? (agentName ?? '') : called;
  return [
    shown(host),
    name === host ? '' : shown(name),
    standing.replace('_', ' '),
    severity === null ? '0' : `${alerts} ${severity}`,
    `${ageText(Math.max(0, now - lastSeenAt))} ago`,
    version === null ? '' : shown(version),
    shown(tagsBesidesName(tags).join(', ')),
  ];
}

function tagsIn(listed: string): string[] {
  const words = listed
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return checked(hostTagsSchema, words, 'are no tags');
}

function checked<Value>(schema: z.ZodType<Value>, given: unknown, what: string): Value {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const text = Array.isArray(given) ? given.join(', ') : String(given);
  throw usage(`${shown(text)} ${what}: ${read.error.issues[0]?.message ?? ''}.`);
}
