import type { Sample } from '../../contract/sample.ts';
import { statusSchema, type Level, type Status } from '../../contract/status.ts';
import { PlimsollError } from '../../contract/error.ts';
import { describeKinds } from '../../monitor/kinds.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { ageText, valueText } from '../numbers.ts';
import { askOwner } from '../owner-api.ts';
import { readOwner } from '../../hub/owner.ts';
import { columns, shown, type Terminal } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';
import { labelsText } from './sample.ts';

export const status = defineCommand({
  name: 'status',
  summary: 'Says how the running Plimsoll and what it watches are doing.',
  description:
    'Exits with 0 when it can be asked, also while alerts are firing, and with 69 when none is running.',
  examples: [
    ['plimsoll status', 'at a glance'],
    ['plimsoll status --json', 'everything, for programs'],
  ],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON: {address, pid, status}' }, data: dataFlag },
  async run(context, { json, data }) {
    const directory = dataDirectoryOf(context, data);
    const answer = statusSchema.safeParse(await askOwner(directory, 'GET', '/api/v1/status'));
    if (!answer.success) {
      throw new PlimsollError(
        'unsupported',
        'The running Plimsoll is of another version than this command. Restart it.',
      );
    }
    const owner = readOwner(directory);
    if (json) {
      const { address = null, pid = null } = owner ?? {};
      context.terminal.json({ address, pid, status: answer.data });
    } else {
      for (const line of statusLines(answer.data, owner?.address ?? undefined, context))
        context.terminal.out(line);
    }
    return exitCode.ok;
  },
});

const levelSentences: Record<Level, string> = {
  ok: 'All is well.',
  warning: 'Something needs attention.',
  critical: 'Something is wrong.',
  unknown: 'Nothing is known yet.',
};
const levelColours = { ok: 'green', warning: 'yellow', critical: 'red', unknown: 'dim' } as const;

function statusLines(status: Status, address: string | undefined, { terminal }: Context): string[] {
  const units = new Map(
    describeKinds().sources.flatMap(({ kind, metrics }) =>
      Object.entries(metrics).map(([metric, { unit }]) => [`${kind} ${metric}`, unit] as const),
    ),
  );
  const kinds = new Map(status.sources.map(({ source, kind }) => [source, kind]));
  const latest = fewOfEach(status.latest).flatMap(({ samples, more }) => [
    ...samples.map(({ source, metric, labels, value, at }) => [
      shown(source),
      metric + labelsText(labels),
      valueText(value, units.get(`${kinds.get(source) ?? ''} ${metric}`) ?? 'none'),
      `${ageText(status.at - at)} ago`,
    ]),
    ...(more === 0 ? [] : [[shown(samples[0]?.source ?? ''), `… ${more} more`, '', '']]),
  ]);
  return [
    terminal.style(levelColours[status.level], levelSentences[status.level]),
    shown(`${status.host}, Plimsoll ${status.version} since ${ageText(status.at - status.startedAt)}`) +
      (address === undefined ? '' : `, ${address}`),
    ...section(terminal, 'Alerts', alertRows(status)),
    ...section(terminal, 'Values', latest),
    ...section(terminal, 'Sources with trouble', troubleRows(status)),
    ...section(
      terminal,
      'Stages',
      status.stages.map(({ stage, state, problem }) => [stage, state, shown(problem ?? '')]),
    ),
    ...section(
      terminal,
      'Notices',
      status.notices.map(({ message }) => [shown(message)]),
    ),
  ];
}

/** Hundreds of cores or interfaces must not push everything else off the screen; `--json` has all. */
const mostSeriesShown = 8;

function fewOfEach(latest: readonly Sample[]): { samples: readonly Sample[]; more: number }[] {
  const groups = Map.groupBy(latest, ({ source, metric }) => JSON.stringify([source, metric]));
  return [...groups.values()].map((samples) => ({
    samples: samples.slice(0, mostSeriesShown),
    more: Math.max(0, samples.length - mostSeriesShown),
  }));
}

function section(terminal: Terminal, title: string, rows: string[][]): string[] {
  return rows.length === 0 ? [] : ['', terminal.style('bold', title), ...columns(rows, '  ')];
}

function alertRows({ alerts, at }: Status): string[][] {
  return alerts.map(({ severity, ruleName, series, lastValue, firedAt }) => [
    severity,
    shown(ruleName),
    shown(series.source) + labelsText(series.labels),
    String(lastValue),
    `for ${ageText(at - firedAt)}`,
  ]);
}

function troubleRows({ sources }: Status): string[][] {
  return sources.flatMap(({ source, error }) =>
    error === null ? [] : [[shown(source), shown(error.message)]],
  );
}
