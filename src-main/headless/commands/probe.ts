import { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import type { Alert } from '../../contract/alert.ts';
import { PlimsollError } from '../../contract/error.ts';
import { hostDetailSchema, staleAfterIntervals } from '../../contract/host.ts';
import { unitNamed } from '../../contract/metric.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Sample } from '../../contract/sample.ts';
import { statusSchema } from '../../contract/status.ts';
import type { Status } from '../../contract/status.ts';
import { describeKinds } from '../../monitor/kinds.ts';
import { usage } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { probeCode } from '../exit-codes.ts';
import type { ProbeState } from '../exit-codes.ts';
import { isAlarm, probeLine, rangeOf, worstOf } from '../nagios.ts';
import type { Performance, Range } from '../nagios.ts';
import { ageText, valueText } from '../numbers.ts';
import { askOwner } from '../owner-api.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';
import { labelsText } from './sample.ts';

export const probe = defineCommand({
  name: 'probe',
  summary: 'Answers Nagios, Icinga or Checkmk: one line, and 0, 1, 2 or 3.',
  description:
    'Asks the running Plimsoll. It exits with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN): what fires counts with its\n' +
    'severity; a source that cannot be read, a value that is too old, a Plimsoll that does not run and a command line that\n' +
    'is not understood are UNKNOWN. What is acknowledged, snoozed or in a downtime is said and not counted, unless --handled is\n' +
    'there. --warning and --critical judge the values themselves, as ranges of Nagios: 80 (above 80, or below 0),\n' +
    '10: (below 10), ~:5 (above 5), 10:20 (outside), @10:20 (inside).',
  examples: [
    ['plimsoll probe', 'the worst of everything'],
    ['plimsoll probe --source disk', 'one source, judged by the rules'],
    ['plimsoll probe --source cpu --metric cpu_percent --warning 80 --critical 90', 'judged by these lines'],
    ['plimsoll probe --host web-1', 'another machine, at its hub'],
  ],
  operands: [],
  flags: {
    source: { type: 'text', placeholder: 'NAME', help: 'only this source' },
    metric: {
      type: 'text',
      placeholder: 'NAME',
      help: 'only this metric of it; the worst of its series counts',
    },
    host: {
      type: 'text',
      placeholder: 'NAME',
      help: 'only this host; with --source this machine where it is left out',
    },
    warning: { type: 'text', placeholder: 'RANGE', help: 'a value outside of it is a WARNING' },
    critical: { type: 'text', placeholder: 'RANGE', help: 'a value outside of it is CRITICAL' },
    handled: { type: 'switch', help: 'count what is acknowledged, snoozed or in a downtime too' },
    json: { type: 'switch', help: 'print JSON: {state, message, alerts, handled, trouble, values}' },
    data: dataFlag,
  },
  failed({ terminal }, message) {
    terminal.out(probeLine('unknown', message, []));
    return probeCode.unknown;
  },
  async run(context, { json, data, handled, ...asked }) {
    const question = questionOf(asked);
    const found = await lookedAt(dataDirectoryOf(context, data), question);
    const verdict = verdictOf(question, found, handled);
    if (json) context.terminal.json(verdict);
    else context.terminal.out(probeLine(verdict.state, verdict.message, verdict.values));
    return probeCode[verdict.state];
  },
});

interface Question {
  source: string | undefined;
  metric: string | undefined;
  host: string | undefined;
  warning: Range | undefined;
  critical: Range | undefined;
}

type Given = Record<'source' | 'metric' | 'host' | 'warning' | 'critical', string | undefined>;

function questionOf({ source, metric, host, warning, critical }: Given): Question {
  if (metric !== undefined && source === undefined) throw usage('--metric needs the source: --source NAME.');
  if ((warning !== undefined || critical !== undefined) && metric === undefined)
    throw usage('--warning and --critical judge one metric: say which with --source and --metric.');
  const range = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : rangeOf(flag, text);
  return {
    ...{ source, metric, host },
    warning: range('--warning', warning),
    critical: range('--critical', critical),
  };
}

/** What Plimsoll knows about the question. */
interface Found {
  status: Status;
  rules: readonly Rule[];
  alerts: readonly Alert[];
  /** The latest sample of every series, with its unit. */
  latest: readonly (Sample & { unit: string })[];
  /** What is unknown, in words. */
  trouble: readonly string[];
}

async function lookedAt(directory: string, question: Question): Promise<Found> {
  const { source, metric, host } = question;
  const [answered, ruled] = await Promise.all([
    askOwner(directory, 'GET', '/api/v1/status'),
    askOwner(directory, 'GET', '/api/v1/rules'),
  ]);
  const { data: status } = statusSchema.safeParse(answered);
  const { data: ruling } = z.object({ rules: z.array(ruleSchema) }).safeParse(ruled);
  if (status === undefined || ruling === undefined)
    throw new PlimsollError(
      'unsupported',
      'The running Plimsoll is of another version than this command. Restart it.',
    );
  const where = host ?? (source === undefined ? undefined : status.host);
  const machine =
    where === undefined || where === status.host
      ? ownMachine(status, source)
      : await otherMachine(directory, where, { source, at: status.at });
  const isMeant = (series: Pick<Sample, 'source' | 'metric'>) =>
    (source === undefined || series.source === source) && (metric === undefined || series.metric === metric);
  const latest = machine.latest.filter(isMeant);
  const missing =
    metric !== undefined && latest.length === 0 && machine.trouble.length === 0
      ? [
          `The source ${source ?? ''} has no value of ${metric}.${didYouMean(
            metric,
            machine.latest.filter((one) => one.source === source).map((one) => one.metric),
          )}`,
        ]
      : [];
  return {
    status,
    rules: ruling.rules.filter(({ enabled }) => enabled),
    alerts: status.alerts.filter(
      ({ series, drill }) =>
        drill !== true && isMeant(series) && (where === undefined || series.host === where),
    ),
    latest,
    trouble: [...machine.trouble, ...missing],
  };
}

type Machine = Pick<Found, 'latest' | 'trouble'>;

function ownMachine(status: Status, source: string | undefined): Machine {
  const { at, sources, stages } = status;
  const defined = new Map(describeKinds().sources.map(({ kind, metrics }) => [kind, metrics]));
  const healths = new Map(sources.map((health) => [health.source, health]));
  const latest = status.latest.map((sample) => {
    const { kind = '', units = {} } = healths.get(sample.source) ?? {};
    return { ...sample, unit: units[sample.metric] ?? defined.get(kind)?.[sample.metric]?.unit ?? 'none' };
  });
  if (source === undefined) {
    const enabled = sources.filter((health) => health.enabled);
    return {
      latest,
      trouble: [
        ...stages.flatMap(({ stage, state, problem }) =>
          state === 'degraded' ? [`${stage}: ${problem ?? 'it does not run'}`] : [],
        ),
        ...enabled.flatMap(({ source: name, error }) =>
          error === null ? [] : [`${name}: ${error.message}`],
        ),
        ...(enabled.length > 0 && latest.length === 0 ? ['nothing has been sampled yet'] : []),
      ],
    };
  }
  const health = healths.get(source);
  const newestAt = Math.max(...latest.filter((one) => one.source === source).map((one) => one.at));
  if (health === undefined && newestAt === -Infinity)
    return { latest, trouble: [`There is no source ${source}.${didYouMean(source, [...healths.keys()])}`] };
  if (health === undefined) return { latest, trouble: [] };
  if (!health.enabled) return { latest, trouble: [`${source}: it is off`] };
  if (health.error !== null) return { latest, trouble: [`${source}: ${health.error.message}`] };
  if (newestAt === -Infinity) return { latest, trouble: [`${source}: nothing has been sampled yet`] };
  const isOld = at - newestAt > staleAfterIntervals * 1000 * Math.max(1, health.intervalSeconds);
  return { latest, trouble: isOld ? [`${source}: the newest value is ${ageText(at - newestAt)} old`] : [] };
}

async function otherMachine(
  directory: string,
  host: string,
  { source, at }: { source: string | undefined; at: number },
): Promise<Machine> {
  const { latest, state, lastSeenAt } = hostDetailSchema.parse(
    await askOwner(directory, 'GET', `/api/v1/hosts/${encodeURIComponent(host)}`),
  );
  const samples = latest.map((sample) => ({ ...sample, unit: unitNamed(sample.unit) }));
  const isThere = source === undefined || samples.some((sample) => sample.source === source);
  return {
    latest: samples,
    trouble: [
      ...(state === 'online' ? [] : [`${host} was heard ${ageText(at - lastSeenAt)} ago and is ${state}`]),
      ...(isThere ? [] : [`${host} has sent nothing of a source ${source}`]),
    ],
  };
}

interface Verdict {
  state: ProbeState;
  message: string;
  alerts: {
    id: string;
    severity: string;
    rule: string;
    host: string;
    source: string;
    value: number | null;
  }[];
  handled: { id: string; rule: string; how: string }[];
  trouble: readonly string[];
  values: readonly Performance[];
}

function verdictOf(question: Question, found: Found, countsHandled: boolean): Verdict {
  const { status, trouble } = found;
  const values = performanceOf(question, found);
  const hasLines = question.warning !== undefined || question.critical !== undefined;
  const all = hasLines ? [] : found.alerts;
  const handled = countsHandled
    ? []
    : all.flatMap((alert) => {
        const how = handling(alert, status.at);
        return how === null ? [] : [{ id: alert.id, rule: alert.ruleName, how }];
      });
  const ids = new Set(handled.map(({ id }) => id));
  const alerts = all.filter(({ id }) => !ids.has(id));
  const beyond = hasLines ? crossed(question, found) : [];
  const state = worstOf([
    ...alerts.map(({ severity }) => severity),
    ...beyond.map(([severity]) => severity),
    ...(trouble.length === 0 ? [] : ['unknown' as const]),
  ]);
  const sayings = [
    ...(alerts.length === 0
      ? []
      : [
          `${alerts.length === 1 ? '1 alert fires' : `${alerts.length} alerts fire`}: ${few(alerts.map((alert) => alertText(alert, found)))}`,
        ]),
    ...(beyond.length === 0 ? [] : [few(beyond.map(([, text]) => text))]),
    ...(trouble.length === 0 ? [] : [few(trouble)]),
  ];
  const calm = hasLines ? few(found.latest.map((sample) => sampleText(sample))) : calmText(question, found);
  const aside =
    handled.length === 0 ? '' : ` (not counted: ${few(handled.map(({ rule, how }) => `${rule}, ${how}`))})`;
  return {
    state,
    message: (sayings.length === 0 ? calm : sayings.join('; ')) + aside,
    alerts: alerts.map(({ id, severity, ruleName, series, lastValue }) => ({
      ...{ id, severity, rule: ruleName, host: series.host, source: series.source, value: lastValue },
    })),
    ...{ handled, trouble, values },
  };
}

/** What users have done about an alert; null if nothing. */
function handling(alert: Alert, now: number): string | null {
  if (alert.acknowledgedAt !== null) return 'acknowledged';
  if (alert.snoozedUntilResolved === true || (alert.snoozedUntil ?? 0) > now) return 'snoozed';
  return alert.inDowntime === undefined ? null : `in the downtime ${alert.inDowntime.name}`;
}

/** Values beyond a threshold, worst first. For a value beyond both thresholds, only the worse one counts. */
function crossed(
  { warning, critical }: Question,
  { latest, trouble }: Found,
): ['warning' | 'critical', string][] {
  // A value that is too old says nothing about now.
  if (trouble.length > 0) return [];
  return (
    [
      ['critical', critical],
      ['warning', warning],
    ] as const
  ).flatMap(([severity, range]) =>
    range === undefined
      ? []
      : latest
          .filter(({ value }) => isAlarm(range, value))
          .filter(
            ({ value }) => severity === 'critical' || critical === undefined || !isAlarm(critical, value),
          )
          .map((sample): ['warning' | 'critical', string] => [
            severity,
            `${sampleText(sample)} (${severity} ${range.text})`,
          ]),
  );
}

function calmText({ source, host }: Question, { status, latest }: Found): string {
  if (source !== undefined) return `nothing fires: ${few(latest.map((sample) => sampleText(sample)))}`;
  if (host !== undefined) return `nothing fires at ${host}`;
  const read = status.sources.filter(({ enabled }) => enabled).length;
  return `nothing fires; ${read === 1 ? '1 source is' : `${read} sources are`} read`;
}

function sampleText({ metric, labels, value, unit }: Found['latest'][number]): string {
  return `${metric}${labelsText(labels)} ${valueText(value, unitNamed(unit))}`;
}

function alertText({ ruleName, series, lastValue }: Alert, { status, latest }: Found): string {
  const unit = latest.find(
    ({ source, metric }) => source === series.source && metric === series.metric,
  )?.unit;
  const value = lastValue === null ? '' : ` ${valueText(lastValue, unitNamed(unit ?? 'none'))}`;
  const host = series.host === status.host ? '' : `${series.host} `;
  return `${ruleName} (${host}${series.source}${labelsText(series.labels)})${value}`;
}

const namedAtMost = 5;

function few(texts: readonly string[]): string {
  const more = texts.length - namedAtMost;
  return texts.slice(0, namedAtMost).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** The requested values; without a source, those that rules evaluate. */
function performanceOf(question: Question, found: Found): Performance[] {
  const { status, rules, latest } = found;
  const metrics = Map.groupBy(latest, ({ metric }) => metric);
  return latest.flatMap((sample) => {
    const judging = rules.filter((rule) => isJudgedBy(sample, rule, status));
    if (question.source === undefined && judging.length === 0) return [];
    const { source, metric, labels, value, unit } = sample;
    const isAlone = new Set(metrics.get(metric)?.map((other) => other.source)).size === 1;
    const lines = linesOf(judging);
    return [
      {
        label: [
          ...(isAlone ? [metric] : [source, metric]),
          ...Object.entries(labels)
            .sort()
            .map(([, is]) => is),
        ].join(' '),
        value,
        unit: unitNamed(unit),
        warning: question.warning?.text ?? (question.critical === undefined ? lines.warning : undefined),
        critical: question.critical?.text ?? (question.warning === undefined ? lines.critical : undefined),
      },
    ];
  });
}

function isJudgedBy({ host, source, metric, labels }: Sample, rule: Rule, { rules }: Status): boolean {
  if (rule.source !== source || rule.metric !== metric) return false;
  // The status omits calm series of other machines.
  const isPlain = rule.labels === undefined && rule.hosts === undefined && rule.hostTags === undefined;
  if (isPlain && Object.keys(labels).length === 0) return true;
  const text = JSON.stringify(Object.entries(labels).sort());
  return rules.some(
    (status) =>
      status.ruleId === rule.id &&
      status.host === host &&
      JSON.stringify(Object.entries(status.labels).sort()) === text,
  );
}

interface Lines {
  warning: string | undefined;
  critical: string | undefined;
}

/** The thresholds of the first rule that has them; thresholds that do not concern the value itself are ignored. */
function linesOf(rules: readonly Rule[]): Lines {
  const lines: Lines = { warning: undefined, critical: undefined };
  for (const rule of rules) {
    if ([rule.window, rule.expression, rule.forecast, rule.baseline].some((part) => part !== undefined))
      continue;
    const { severity, threshold, criticalThreshold } = rule;
    lines[severity] ??= rangeText(rule, threshold);
    lines.critical ??= rangeText(rule, criticalThreshold);
  }
  return lines;
}

function rangeText({ comparison }: Rule, threshold: number | undefined): string | undefined {
  if (threshold === undefined) return undefined;
  if (comparison === 'greater_than' || comparison === 'greater_or_equal') return String(threshold);
  return comparison === 'less_than' || comparison === 'less_or_equal' ? `${threshold}:` : undefined;
}
