import { z } from 'zod';
import { alertSchema } from '../../contract/alert.ts';
import type { Alert } from '../../contract/alert.ts';
import { defineCommand } from '../command.ts';
import type { FlagValues, Flags } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { minutesOf } from '../lengths.ts';
import { momentOrAgo } from '../moments.ts';
import { ageText } from '../numbers.ts';
import { askOwner, readOwnersFile } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';
import { labelsText } from './sample.ts';

const filterFlags = {
  state: { type: 'text', placeholder: 'STATE', help: 'only those', oneOf: ['firing', 'resolved'] },
  severity: { type: 'text', placeholder: 'SEVERITY', help: 'only those', oneOf: ['warning', 'critical'] },
  rule: { type: 'text', placeholder: 'ID', help: 'only of this rule' },
  source: { type: 'text', placeholder: 'NAME', help: 'only of this source' },
  text: { type: 'text', placeholder: 'WORDS', help: 'only with these words in name, series or note' },
  since: {
    type: 'text',
    placeholder: 'TIME',
    help: 'only those that fired since then: 2026-01-05, or 24h, 7d',
  },
  data: dataFlag,
} as const satisfies Flags;

const takenBackFlags = {
  json: { type: 'switch', help: 'print JSON: a list of alerts' },
  data: dataFlag,
} as const satisfies Flags;

export const alertsList = defineCommand({
  name: 'alerts list',
  summary: 'Lists alerts, newest first.',
  examples: [
    ['plimsoll alerts list --state firing', 'what is wrong now'],
    ['plimsoll alerts list --since 7d --text disk', 'what was wrong with disks'],
  ],
  operands: [],
  flags: {
    ...filterFlags,
    limit: { type: 'integer', placeholder: 'N', help: 'at most so many, 50 without it', min: 1, max: 1000 },
    json: { type: 'switch', help: 'print JSON: a list of alerts' },
  },
  async run(context, flags) {
    const { clock, terminal } = context;
    const query = queryOf(flags, clock.now());
    query.set('limit', String(flags.limit ?? 50));
    const directory = dataDirectoryOf(context, flags.data);
    const answer = await askOwner(directory, 'GET', `/api/v1/alerts?${query.toString()}`);
    const alerts = z.array(alertSchema).parse(answer);
    if (flags.json) terminal.json(alerts);
    else if (alerts.length === 0) terminal.error('No alert is like that.');
    else for (const line of columns(alerts.map(rowOf))) terminal.out(line);
    return exitCode.ok;
  },
});

export const alertsAcknowledge = defineCommand({
  name: 'alerts acknowledge',
  summary: 'Says that you know of alerts that fire, and take care of them: nobody is reminded.',
  examples: [
    ['plimsoll alerts acknowledge 7c7dd5e0-…', 'the ids are in: plimsoll alerts list --state firing'],
    ['plimsoll alerts acknowledge 7c7dd5e0-… --note "new disk is ordered"', 'and what you do'],
  ],
  operands: ['ID…'],
  flags: {
    note: { type: 'text', placeholder: 'TEXT', help: 'a note that stays with the alert' },
    json: { type: 'switch', help: 'print JSON: a list of alerts' },
    data: dataFlag,
  },
  async run(context, { note, json, data }, ids) {
    const alerts = await told(dataDirectoryOf(context, data), 'POST', 'acknowledge', ids, { note });
    if (json) context.terminal.json(alerts);
    else for (const { ruleName } of alerts) context.terminal.error(shown(`Acknowledged: ${ruleName}.`));
    return exitCode.ok;
  },
});

export const alertsUnacknowledge = defineCommand({
  name: 'alerts unacknowledge',
  summary: 'Takes back that you take care of alerts that fire: reminders of them go on.',
  examples: [['plimsoll alerts unacknowledge 7c7dd5e0-…', 'somebody else has to look']],
  operands: ['ID…'],
  flags: takenBackFlags,
  async run(context, { json, data }, ids) {
    const alerts = await told(dataDirectoryOf(context, data), 'DELETE', 'acknowledge', ids);
    if (json) context.terminal.json(alerts);
    else for (const { ruleName } of alerts) context.terminal.error(shown(`Not acknowledged: ${ruleName}.`));
    return exitCode.ok;
  },
});

export const alertsSnooze = defineCommand({
  name: 'alerts snooze',
  summary: 'Lets alerts that fire not be mentioned for a while; what still fires then is announced again.',
  examples: [
    ['plimsoll alerts snooze 7c7dd5e0-… --for 2h', 'the ids are in: plimsoll alerts list --state firing'],
    ['plimsoll alerts snooze 7c7dd5e0-…', 'until it is over'],
  ],
  operands: ['ID…'],
  flags: {
    for: {
      type: 'text',
      placeholder: 'LENGTH',
      help: 'how long, such as 15m, 2h or 1d; without it until it is over',
    },
    json: { type: 'switch', help: 'print JSON: a list of alerts' },
    data: dataFlag,
  },
  async run(context, { for: length, json, data }, ids) {
    const { clock, terminal } = context;
    const until = length === undefined ? null : clock.now() + minutesOf('--for', length) * 60_000;
    const alerts = await told(dataDirectoryOf(context, data), 'POST', 'snooze', ids, { until });
    const end = until === null ? 'it is over' : new Date(until).toISOString();
    if (json) terminal.json(alerts);
    else for (const { ruleName } of alerts) terminal.error(shown(`Snoozed until ${end}: ${ruleName}.`));
    return exitCode.ok;
  },
});

export const alertsUnsnooze = defineCommand({
  name: 'alerts unsnooze',
  summary: 'Takes back that alerts are snoozed: they may be mentioned again.',
  examples: [['plimsoll alerts unsnooze 7c7dd5e0-…', 'what became critical meanwhile is announced']],
  operands: ['ID…'],
  flags: takenBackFlags,
  async run(context, { json, data }, ids) {
    const alerts = await told(dataDirectoryOf(context, data), 'DELETE', 'snooze', ids);
    if (json) context.terminal.json(alerts);
    else for (const { ruleName } of alerts) context.terminal.error(shown(`Not snoozed: ${ruleName}.`));
    return exitCode.ok;
  },
});

/** Makes one request to the running Plimsoll for each of these alerts, and returns the updated alerts. */
async function told(
  directory: string,
  method: 'POST' | 'DELETE',
  what: 'acknowledge' | 'snooze',
  ids: readonly string[],
  body?: unknown,
): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (const id of ids) {
    const path = `/api/v1/alerts/${encodeURIComponent(id)}/${what}`;
    const { alert } = z.object({ alert: alertSchema }).parse(await askOwner(directory, method, path, body));
    alerts.push(alert);
  }
  return alerts;
}

export const alertsExport = defineCommand({
  name: 'alerts export',
  summary: 'Prints all alerts that match, with all that is known of each, as JSON or CSV.',
  description: 'JSON has transitions, deliveries and why each fired; CSV has a line for each.',
  examples: [['plimsoll alerts export --format csv --since 30d > alerts.csv', 'into a spreadsheet']],
  operands: [],
  flags: {
    format: { type: 'text', placeholder: 'FORMAT', help: 'json, or csv', oneOf: ['json', 'csv'] },
    ...filterFlags,
  },
  async run(context, flags) {
    const query = queryOf(flags, context.clock.now());
    query.set('format', flags.format ?? 'json');
    const directory = dataDirectoryOf(context, flags.data);
    const text = await readOwnersFile(directory, `/api/v1/alerts/export?${query.toString()}`);
    context.terminal.file(text);
    return exitCode.ok;
  },
});

function queryOf(flags: FlagValues<typeof filterFlags>, now: number): URLSearchParams {
  const { state, severity, rule, source, text, since } = flags;
  const asked = {
    state,
    severity,
    rule,
    source,
    text,
    from: since && String(momentOrAgo('--since', since, now)),
  };
  const given = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
}

function rowOf({ id, drill, severity, state, ruleName, series, firedAt, resolvedAt }: Alert): string[] {
  return [
    new Date(firedAt).toISOString(),
    drill === true ? 'DRILL' : severity,
    resolvedAt === null ? state : `over after ${ageText(Math.max(0, resolvedAt - firedAt))}`,
    shown(ruleName),
    shown(series.source) + labelsText(series.labels),
    id,
  ];
}
