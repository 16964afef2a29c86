import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { backtestSchema } from '../../contract/backtest.ts';
import type { Backtest } from '../../contract/backtest.ts';
import { PlimsollError } from '../../contract/error.ts';
import { ruleSchema } from '../../contract/rule.ts';
import { readYamlDocument } from '../../documents/yaml-document.ts';
import { backtestStored } from '../../monitor/replay/stored-backtest.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { ageText } from '../numbers.ts';
import { askOwner } from '../owner-api.ts';
import { problemLines } from '../problems.ts';
import { environmentOf } from '../settings/environment.ts';
import { readSettingsFile } from '../settings/file.ts';
import { readStored } from '../settings/stored.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, settingsFileOf } from '../where.ts';
import { labelsText } from './sample.ts';

export const backtest = defineCommand({
  name: 'backtest',
  summary: 'Says when rules would have fired, had they been in force.',
  description:
    'Replays a rule, by its id or name, or every rule of the settings, over the stored samples, with the decisions that judge\n' +
    'live. With --rule FILE it is the rule that stands in a file by itself. A running Plimsoll on the data directory is\n' +
    'asked; while none runs, its history is read. Nothing is changed. Exits with 65 for a rule that does not hold.',
  examples: [
    ['plimsoll backtest', 'every rule over the last week'],
    ['plimsoll backtest memory-high --last 30d', 'one of them over a month'],
    ['plimsoll backtest --rule draft.yaml --json', 'a rule that is not in the settings yet, for programs'],
  ],
  operands: ['[RULE]'],
  flags: {
    rule: { type: 'text', placeholder: 'FILE', help: 'the rule that stands in this file' },
    last: { type: 'text', placeholder: 'SPAN', help: 'how far back, such as 12h, 7d or 4w (7d)' },
    json: { type: 'switch', help: 'print JSON: {from, to, rules: [{id, name, backtest}]}' },
    config: {
      type: 'text',
      placeholder: 'FILE',
      help: 'the settings while nothing runs, instead of the usual ones',
    },
    data: dataFlag,
  },
  async run(context, { rule: file, last, json, config, data }, [wanted]) {
    const { terminal, clock } = context;
    if (file !== undefined && wanted !== undefined)
      throw new PlimsollError(
        'usage',
        'Name a rule of the settings, or one in a file with --rule; not both.',
      );
    const directory = dataDirectoryOf(context, data);
    const to = clock.now();
    const from = to - spanMs(last ?? '7d');
    const ask = await asker(context, directory, config);
    let drafts: Draft[];
    try {
      drafts =
        file === undefined
          ? chosen(await ask.rules(), wanted)
          : [draftIn(resolve(context.workingDirectory, file), file)];
      const answers: { draft: Draft; answer: Backtest }[] = [];
      for (const draft of drafts)
        answers.push({ draft, answer: await ask.backtest({ rule: draft.rule, from, to }) });
      if (json) {
        const rules = answers.map(({ draft, answer }) => ({
          id: draft.id,
          name: draft.name,
          backtest: answer,
        }));
        terminal.json({ from, to, rules });
      } else {
        for (const line of answers.flatMap(({ draft, answer }) => linesOf(draft.name, answer)))
          terminal.out(line);
      }
      return exitCode.ok;
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError) || !['invalid_settings', 'unreadable'].includes(thrown.code))
        throw thrown;
      for (const line of problemLines(file ?? 'rule', thrown)) terminal.error(line);
      return exitCode.badData;
    }
  },
});

interface Draft {
  id: string;
  name: string;
  rule: object;
}

interface Asker {
  rules(): Promise<Draft[]>;
  backtest(question: { rule: object; from: number; to: number }): Promise<Backtest>;
}

/** Asks the process that runs on the data directory, or reads the directory itself if none does. */
async function asker(context: Context, directory: string, config: string | undefined): Promise<Asker> {
  try {
    const { rules } = rulesShape.parse(await askOwner(directory, 'GET', '/api/v1/rules'));
    return {
      rules: () => Promise.resolve(rules.map(draftOf)),
      backtest: async (question) =>
        backtestSchema.parse(await askOwner(directory, 'POST', '/api/v1/rules/backtest', question)),
    };
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_running') throw thrown;
  }
  const path = settingsFileOf(context, config);
  const { settings } = readStored(path, config ?? path, environmentOf(context, config));
  const parts = { host: hostname(), clock: context.clock, settings };
  return {
    rules: () => Promise.resolve(settings.rules.map(draftOf)),
    backtest: ({ rule, ...stretch }) =>
      backtestStored(directory, parts, { ...stretch, rule: { ...rule, id: 'draft', name: 'draft' } }),
  };
}

const rulesShape = z.object({ rules: ruleSchema.array() });

function draftOf(rule: { id: string; name: string }): Draft {
  return { id: rule.id, name: rule.name, rule };
}

function chosen(rules: readonly Draft[], wanted: string | undefined): Draft[] {
  if (wanted === undefined) return [...rules];
  const found = rules.filter(({ id, name }) => id === wanted || name === wanted);
  if (found.length > 0) return found;
  const known = rules.map(({ id }) => id).join(', ');
  throw new PlimsollError(
    'not_found',
    `There is no rule ${wanted}. There are: ${known === '' ? 'none' : known}.`,
  );
}

/** One rule by itself, as in a list of the settings. */
function draftIn(path: string, shownAs: string): Draft {
  const file = readSettingsFile(path);
  if (file === null) throw new PlimsollError('unreadable', `${shownAs}: there is no such file`);
  const { content } = readYamlDocument(file.bytes);
  const list = Array.isArray(content) ? content : [content];
  const [rule] = list as unknown[];
  if (list.length !== 1 || typeof rule !== 'object' || rule === null)
    throw new PlimsollError('unreadable', `${shownAs}: one rule is expected, with its keys`);
  const { id, name } = { id: 'draft', name: shownAs, ...(rule as { id?: string; name?: string }) };
  return { id, name, rule };
}

const spans: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

function spanMs(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (spans[unit] ?? NaN);
  if (ms > 0) return ms;
  throw new PlimsollError('usage', `--last is a number with m, h, d or w, such as 7d, not ${text}.`);
}

/** The limit on a terminal; `--json` has all. */
const periodsShown = 10;

function linesOf(name: string, answer: Backtest): string[] {
  const { count, short, noData, periods, alternatives, series, seriesLeftOut, from, to } = answer;
  const times = (number: number) => (number === 1 ? 'once' : `${number} times`);
  const known = series.some(({ samples }) => samples > 0);
  const said = [
    known ? `${count === 0 ? 'never' : times(count)} in ${ageText(to - from)}` : 'no samples are known',
    ...(short > 0 ? [`${short} of them under 2 minutes`] : []),
    ...(noData > 0 ? [`no data ${times(noData)}`] : []),
  ].join(', ');
  const fewer = alternatives
    .filter((other) => other.count < count)
    .map(
      ({ forSeconds, count: left }) =>
        `for ${ageText(forSeconds * 1000)}: ${left === 0 ? 'never' : times(left)}`,
    );
  const rows = periods
    .slice(0, periodsShown)
    .map((period) => [
      new Date(period.from).toISOString().slice(0, 16).replace('T', ' '),
      period.to === null ? 'fires still' : ageText(period.to - period.from),
      period.cause === 'no_data' ? 'no data' : period.severity,
      period.worst === null ? '' : `worst ${Number(period.worst.toPrecision(4))}`,
      labelsText(period.labels).trim(),
    ]);
  const more = count + noData - rows.length;
  return [
    shown(`${name}: ${said}.`),
    ...(fewer.length === 0 ? [] : [`  With ${fewer.join('; ')}.`]),
    ...columns(rows, '  '),
    ...(more > 0 ? [`  … ${more} more, which --json has`] : []),
    ...(seriesLeftOut > 0 ? [`  ${seriesLeftOut} more series match and were not replayed.`] : []),
  ];
}
