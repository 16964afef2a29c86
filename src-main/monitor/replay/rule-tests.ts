import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { Problem } from '../../contract/error.ts';
import { severitySchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Labels, Series } from '../../contract/sample.ts';
import { labelsKey, seriesKey } from '../../contract/series-key.ts';
import type { Settings } from '../../contract/settings.ts';
import { Replay } from '../../rules/backtest.ts';
import type { Period, Recorded } from '../../rules/backtest.ts';
import { prepare } from '../../rules/prepare.ts';
import { intervalOf } from '../board.ts';
import { readInvented, valuesAtMost } from './invented-series.ts';
import type { Invented } from './invented-series.ts';
import { ownSource, uptimeMetric } from '../own-source.ts';
import { PastQuarters, knownFrom } from '../judging/past-quarters.ts';
import { invalidSettings } from '../settings/parse-item.ts';
import type { Describe } from '../settings/parse-item.ts';
import { parseDocument, parseEntry } from '../settings/schema.ts';

const secondMs = 1000;
const ownIntervalMs = 10 * secondMs;
/** A test runs step by step like real time: a longer one is a typing error. */
const longestSeconds = 366 * 86_400;
/** The host name of the machine in tests. */
const host = 'test';

/** `90`, `90s`, `5m`, `1h30m`: seconds; for a moment, seconds since the beginning of the test. */
const durationSchema = z.union([z.number().min(0), z.string()]).transform((written, context) => {
  const seconds = typeof written === 'number' ? written : secondsOf(written);
  if (seconds !== null) return seconds;
  context.addIssue({ code: 'custom', message: 'is no time; write 90, 90s, 5m or 1h30m' });
  return z.NEVER;
});

function secondsOf(text: string): number | null {
  const parts = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(
    text.trim(),
  );
  if (parts === null || text.trim() === '') return null;
  return [86_400, 3600, 60, 1].reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0);
}

const labelsShape = z.record(z.string(), z.string());

const seriesShape = z.strictObject({
  source: z.string().min(1),
  metric: z.string().min(1),
  labels: labelsShape.default({}),
  values: z.string(),
  /** What the history contains from before the test, for forecasts and baselines: it ends where the test begins. */
  past: z.strictObject({ interval: durationSchema, values: z.string() }).optional(),
});

const alertShape = z.strictObject({
  rule: z.string(),
  labels: labelsShape.default({}),
  from: durationSchema,
  /** Absent if it still fires at the end. */
  to: durationSchema.optional(),
  severity: severitySchema.optional(),
  cause: z.enum(['violation', 'no_data']).optional(),
  worst: z.number().optional(),
});

const testShape = z.strictObject({
  name: z.string().min(1),
  /** The time between two samples of a series; by default the interval of its source in the settings. */
  interval: durationSchema.optional(),
  /** By default the test begins on a Monday at midnight, UTC. */
  start: z.iso.datetime({ offset: true }).optional(),
  /** By default it ends with the last value. */
  until: durationSchema.optional(),
  series: z.array(seriesShape).min(1).max(1000),
  /** While the machine sleeps nothing is sampled; values in that time are lost. */
  asleep: z.array(z.strictObject({ from: durationSchema, to: durationSchema })).default([]),
  /** When Plimsoll is restarted. */
  restarts: z.array(durationSchema).default([]),
  /** All expected alerts; any other alert is a failure. */
  alerts: z.array(alertShape).optional(),
  /** The rules that fire at a time, and no others. */
  firing: z.array(z.strictObject({ at: durationSchema, rules: z.array(z.string()) })).optional(),
});

export const ruleTestsSchema = z.strictObject({
  /** Rules as in settings, or the name of a settings file, relative to this one. */
  rules: z.union([z.string().min(1), z.array(z.unknown()).min(1)]),
  tests: z.array(testShape).min(1, 'there are no tests').max(10_000),
});

/** The result of one test. */
export interface RuleTestOutcome {
  name: string;
  line: number;
  /** Empty if it passed. `-` marks what was expected, `+` what happened. */
  difference: string[];
}

type RuleTest = z.infer<typeof testShape>;

/**
 * Runs a file of rule tests. `settingsAt` reads the settings file that it names. Throws `invalid_settings` with every
 * problem, each with its line and column.
 */
export function runRuleTests(
  content: unknown,
  describe: Describe,
  settingsAt: (name: string) => Settings,
): RuleTestOutcome[] {
  const file = parseDocument(content, ruleTestsSchema, describe);
  const problems: Problem[] = [];
  const report = (path: readonly PropertyKey[], message: string) =>
    problems.push({ path: pathText(path), message, ...describe(path) });
  const settings = typeof file.rules === 'string' ? settingsAt(file.rules) : null;
  const rules = settings?.rules ?? rulesIn(file.rules, report);
  // A limit for all series together, so that the file fits into memory.
  const room = { values: valuesAtMost };
  const read = file.tests.map((test, index) =>
    readTest(test, ['tests', index], rules, settings, room, report),
  );
  if (problems.length > 0) throw invalidSettings(problems);
  return file.tests.map((test, index) => ({
    name: test.name,
    line: describe(['tests', index])?.line ?? 0,
    difference: differenceOf(test, rules, read[index] ?? [], settings),
  }));
}

type Report = (path: readonly PropertyKey[], message: string) => void;

function rulesIn(list: unknown, report: Report): Rule[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown, index) => {
    try {
      const base =
        typeof item === 'object' && item !== null
          ? { id: `rule-${index}`, name: `rule-${index}`, ...item }
          : item;
      return [parseEntry('rules', base)];
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError)) throw thrown;
      for (const { path, message } of thrown.problems)
        report(['rules', index, ...path.split('.').filter((key) => key !== '')], message);
      return [];
    }
  });
}

interface ReadSeries {
  series: Series;
  intervalMs: number;
  values: Invented[];
  past: { intervalMs: number; values: Invented[] } | null;
}

function readTest(
  test: RuleTest,
  path: readonly PropertyKey[],
  rules: readonly Rule[],
  settings: Settings | null,
  room: { values: number },
  report: Report,
): ReadSeries[] {
  if (test.alerts === undefined && test.firing === undefined)
    report(path, 'expects nothing; say `alerts`, all there are, or which rules are `firing` at a time');
  const checkRule = (name: string, at: readonly PropertyKey[]) => {
    if (rules.some(({ id }) => id === name)) return;
    report([...path, ...at], `there is no rule ${name}; there are ${rules.map(({ id }) => id).join(', ')}`);
  };
  test.alerts?.forEach(({ rule }, index) => checkRule(rule, ['alerts', index, 'rule']));
  test.firing?.forEach(({ rules: named }, index) =>
    named.forEach((rule, place) => checkRule(rule, ['firing', index, 'rules', place])),
  );
  const invented = (text: string, at: readonly PropertyKey[]): Invented[] => {
    if (room.values < 0) return [];
    const values = readInvented(text);
    if (Array.isArray(values)) {
      room.values -= values.length;
      if (room.values >= 0) return values;
      report([...path, ...at], `more than ${valuesAtMost} values in all series of the file`);
      return [];
    }
    report([...path, ...at], `character ${values.column}: ${values.message}`);
    return [];
  };
  const seen = new Set<string>();
  const read = test.series.map(({ source, metric, labels, values, past }, index) => {
    const series = { host, source, metric, labels };
    if (seen.size === seen.add(seriesKey(series)).size)
      report([...path, 'series', index], 'is the same series once more');
    const found = settings?.sources.find(({ name }) => name === source);
    const intervalSeconds =
      test.interval ?? (settings === null || found === undefined ? undefined : intervalOf(found, settings));
    if (intervalSeconds === undefined || intervalSeconds <= 0)
      report(path, `needs an interval: no settings say how often ${source} is sampled`);
    return {
      series,
      intervalMs: (intervalSeconds ?? 1) * secondMs,
      values: invented(values, ['series', index, 'values']),
      past:
        past === undefined
          ? null
          : {
              intervalMs: Math.max(1, past.interval * secondMs),
              values: invented(past.values, ['series', index, 'past', 'values']),
            },
    };
  });
  if ((test.until ?? lastsMs(read) / secondMs) > longestSeconds) report(path, 'lasts longer than 366 days');
  return read;
}

/** From the first value to the last. */
function lastsMs(series: readonly ReadSeries[]): number {
  return Math.max(...series.map(({ values, intervalMs }) => (values.length - 1) * intervalMs));
}

function differenceOf(
  test: RuleTest,
  rules: readonly Rule[],
  series: readonly ReadSeries[],
  settings: Settings | null,
): string[] {
  const start = test.start === undefined ? Date.UTC(2026, 0, 5) : Date.parse(test.start);
  const end = start + (test.until === undefined ? lastsMs(series) : test.until * secondMs);
  const happened = rules
    .filter(({ enabled }) => enabled || settings !== null)
    .flatMap((rule) => replayed(rule, test, series, start, end).map((period) => ({ rule: rule.id, period })));
  const isAsleep = (at: number) =>
    test.asleep.some(({ from, to }) => at >= start + from * secondMs && at < start + to * secondMs);
  const since = (at: number) => timeText((at - start) / secondMs);
  const lines: string[] = [];
  if (test.alerts !== undefined) {
    const left = [...happened];
    for (const wanted of test.alerts) {
      const found = left.findIndex(({ rule, period }) => isWanted(wanted, rule, period, start));
      if (found >= 0) left.splice(found, 1);
      else lines.push(`- ${wantedText(wanted)}`);
    }
    for (const { rule, period } of left) lines.push(`+ ${happenedText(rule, period, since)}`);
  }
  for (const { at, rules: named } of test.firing ?? []) {
    const when = start + at * secondMs;
    const firing = new Set(
      happened
        .filter(({ period: { from, to } }) => from <= when && (to === null || to > when))
        .map(({ rule }) => rule),
    );
    for (const rule of named) if (!firing.has(rule)) lines.push(`- at ${timeText(at)}: ${rule} fires`);
    for (const rule of firing) if (!named.includes(rule)) lines.push(`+ at ${timeText(at)}: ${rule} fires`);
    if (isAsleep(when)) lines.push(`  at ${timeText(at)} the machine is asleep`);
  }
  return lines;
}

function isWanted(wanted: z.infer<typeof alertShape>, rule: string, period: Period, start: number): boolean {
  const at = (seconds: number) => start + seconds * secondMs;
  return (
    wanted.rule === rule &&
    labelsKey(wanted.labels) === labelsKey(period.series.labels) &&
    period.from === at(wanted.from) &&
    period.to === (wanted.to === undefined ? null : at(wanted.to)) &&
    (wanted.severity === undefined || wanted.severity === period.severity) &&
    (wanted.cause === undefined || wanted.cause === period.cause) &&
    (wanted.worst === undefined || wanted.worst === period.worst)
  );
}

function wantedText({ rule, labels, from, to, severity, cause, worst }: z.infer<typeof alertShape>): string {
  const until = to === undefined ? 'and fires still' : `to ${timeText(to)}`;
  const more = [severity, cause, worst === undefined ? undefined : `worst ${worst}`].filter(
    (text) => text !== undefined,
  );
  return [`${rule}${labelsText(labels)} from ${timeText(from)} ${until}`, ...more].join(', ');
}

function happenedText(rule: string, period: Period, since: (at: number) => string): string {
  const { series, from, to, severity, cause, worst } = period;
  const until = to === null ? 'and fires still' : `to ${since(to)}`;
  const more = [severity, cause, ...(worst === null ? [] : [`worst ${worst}`])];
  return [`${rule}${labelsText(series.labels)} from ${since(from)} ${until}`, ...more].join(', ');
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? '' : ` {${pairs.join(', ')}}`;
}

/** `1h30m`, as in a test file. */
function timeText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = Number((seconds % 60).toPrecision(12));
  const parts = [hours > 0 && `${hours}h`, minutes > 0 && `${minutes}m`, rest > 0 && `${rest}s`];
  return parts.filter((part) => part !== false).join('') || '0s';
}

function replayed(
  rule: Rule,
  { asleep, restarts }: RuleTest,
  series: readonly ReadSeries[],
  start: number,
  end: number,
): readonly Period[] {
  const isAwake = (at: number) =>
    asleep.every(({ from, to }) => at < start + from * secondMs || at >= start + to * secondMs);
  const bySource = Map.groupBy(series, ({ series: { source } }) => source);
  const records = [...bySource].map(([source, own]) => recordOf(source, own, start, end, isAwake));
  const intervals = new Map([...bySource].map(([source, own]) => [source, own[0]?.intervalMs ?? 0]));
  const pasts = new Map<string, PastQuarters>();
  for (const one of series) pasts.set(seriesKey(one.series), pastOf(one, start));
  const replay = new Replay({
    rule: prepare(rule),
    host,
    intervalMs: intervals,
    slowestMs: intervals,
    own: { source: ownSource, uptime: uptimeMetric },
    known: knownFrom(rule, pasts),
  });
  for (const _ of replay.take([...records, ownRecord(start, end, restarts, isAwake)]));
  return replay.periods;
}

/** Readings of a source: series with the same interval are in the same readings, and a missing sample is absent. */
function recordOf(
  source: string,
  series: readonly ReadSeries[],
  start: number,
  end: number,
  isAwake: (at: number) => boolean,
): Recorded {
  const rows = new Map<number, Float64Array>();
  series.forEach(({ values, intervalMs }, column) => {
    values.forEach((value, index) => {
      const at = start + index * intervalMs;
      if (value === 'stale' || at > end || !isAwake(at)) return;
      const row = rows.get(at) ?? new Float64Array(series.length).fill(NaN);
      if (value !== 'missing') row[column] = value;
      rows.set(at, row);
    });
  });
  const times = [...rows.keys()].sort((a, b) => a - b);
  const values = new Float64Array(times.length * series.length);
  times.forEach((at, index) => values.set(rows.get(at) ?? [], index * series.length));
  const columns = series.map(({ series: { metric, labels } }) => ({ metric, labels }));
  return { host, source, columns, at: Float64Array.from(times), values };
}

/** Plimsoll's own samples, which make time pass. */
function ownRecord(
  start: number,
  end: number,
  restarts: readonly number[],
  isAwake: (at: number) => boolean,
): Recorded {
  const starts = [0, ...restarts].map((seconds) => start + seconds * secondMs).sort((a, b) => a - b);
  const times = new Set(starts.filter((at) => at <= end));
  for (let at = start; at <= end; at += ownIntervalMs) if (isAwake(at)) times.add(at);
  const at = Float64Array.from([...times].sort((a, b) => a - b));
  const values = at.map((time) => (time - (starts.findLast((begun) => begun <= time) ?? start)) / secondMs);
  return { host, source: ownSource, columns: [{ metric: uptimeMetric, labels: {} }], at, values };
}

function pastOf({ past, values, intervalMs }: ReadSeries, start: number): PastQuarters {
  const quarters = new PastQuarters();
  past?.values.forEach((value, index) => {
    if (typeof value === 'number')
      quarters.enter(start - (past.values.length - index) * past.intervalMs, value);
  });
  values.forEach((value, index) => {
    if (typeof value === 'number') quarters.enter(start + index * intervalMs, value);
  });
  return quarters;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
}
