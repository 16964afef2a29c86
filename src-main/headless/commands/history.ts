import { open, unlink, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { historyCheckSchema, historySizeSchema } from '../../contract/history-size.ts';
import type { HistoryCheck, HistoryExport, HistorySize } from '../../contract/history-size.ts';
import { fileError } from '../../base/durable-file.ts';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import { exportStored, lookAtStored, restoreStored } from '../../monitor/records/stored-history.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { momentOrAgo } from '../moments.ts';
import { ageText, valueText } from '../numbers.ts';
import { askOwner, readOwnersPieces } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

/** Reading all of a large history takes time. */
const longDeadlineMs = 10 * 60_000;

export const historyInfo = defineCommand({
  name: 'history info',
  summary: 'Says how large history is, and how far back it reaches.',
  examples: [
    ['plimsoll history info', 'for people'],
    ['plimsoll history info --json', 'for programs'],
  ],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON' }, data: dataFlag },
  async run(context, { json, data }) {
    const directory = dataDirectoryOf(context, data);
    const size = await eitherWay<HistorySize>(
      async () => historySizeSchema.parse(await askOwner(directory, 'GET', '/api/v1/history/size')),
      () => lookAtStored(directory, (store) => store.size()),
    );
    if (json) context.terminal.json(size);
    else for (const line of infoLines(size, context.clock.now())) context.terminal.out(line);
    return exitCode.ok;
  },
});

export const historyCheck = defineCommand({
  name: 'history check',
  summary: 'Looks for damage: compares every checksum in history.',
  description:
    'Changes nothing. What is damaged is absent in every answer; what a start cannot read is set aside, and what can be\n' +
    'salvaged of it taken over, by itself. Exits with 65 where something is damaged.',
  examples: [['plimsoll history check', 'also while Plimsoll runs: history answers nothing else meanwhile']],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON' }, data: dataFlag },
  async run(context, { json, data }) {
    const { terminal } = context;
    const directory = dataDirectoryOf(context, data);
    const check = await eitherWay<HistoryCheck>(
      async () =>
        historyCheckSchema.parse(
          await askOwner(directory, 'GET', '/api/v1/history/check', undefined, longDeadlineMs),
        ),
      () => lookAtStored(directory, (store) => store.check()),
    );
    if (json) terminal.json(check);
    else {
      const { ok, checked, damagedCount, damaged, findings } = check;
      terminal.out(
        ok
          ? `History is whole: ${checked} checksums hold.`
          : `Of ${checked} checksums ${damagedCount} do not hold.`,
      );
      for (const name of damaged) terminal.out(shown(`  ${name}`));
      if (damagedCount > damaged.length) terminal.out(`  … ${damagedCount - damaged.length} more`);
      for (const finding of findings) terminal.out(shown(`  SQLite: ${finding}`));
    }
    return check.ok ? exitCode.ok : exitCode.badData;
  },
});

export const historyExportCommand = defineCommand({
  name: 'history export',
  summary: 'Writes samples as lines of JSON or as CSV.',
  description:
    'Source by source, oldest first. In CSV, texts that a spreadsheet would take for formulas have an apostrophe in front;\n' +
    'numbers stay numbers.',
  examples: [
    ['plimsoll history export --since 24h', 'the last day of everything'],
    [
      'plimsoll history export --since 2026-01-05 --until 2026-01-06 --source cpu --format csv --out cpu.csv',
      'one source of one day',
    ],
  ],
  operands: [],
  flags: {
    since: { type: 'text', placeholder: 'TIME', help: 'a time, or how long ago, such as 24h (24h)' },
    until: { type: 'text', placeholder: 'TIME', help: 'the end, now if not given' },
    source: { type: 'text', placeholder: 'NAME', help: 'only this source' },
    metric: { type: 'text', placeholder: 'NAME', help: 'only this metric' },
    format: { type: 'text', placeholder: 'FORMAT', help: 'json (lines), or csv', oneOf: ['json', 'csv'] },
    out: { type: 'text', placeholder: 'FILE', help: 'a new file, instead of the output' },
    data: dataFlag,
  },
  async run(context, { since, until, source, metric, format, out, data }) {
    const directory = dataDirectoryOf(context, data);
    const now = context.clock.now();
    const query: HistoryExport = {
      from: momentOrAgo('--since', since ?? '24h', now),
      to: until === undefined ? now : momentOrAgo('--until', until, now),
      source,
      metric,
      format: format === 'csv' ? 'csv' : 'json',
    };
    if (query.from >= query.to) throw new PlimsollError('usage', '--since must be before --until.');
    const pieces = await eitherWay(
      () => Promise.resolve(readOwnersPieces(directory, `/api/v1/history/export?${queryText(query)}`)),
      () => Promise.resolve(exportStored(directory, query)),
      directory,
    );
    let lines = query.format === 'csv' ? -1 : 0;
    const counted = async function* () {
      for await (const piece of pieces) {
        if (piece !== '') lines++;
        yield piece;
      }
    };
    if (out === undefined) for await (const piece of counted()) await context.terminal.piece(piece);
    else await writeNew(resolve(context.workingDirectory, out), counted());
    // A mistyped name must not look like an idle machine.
    if (lines <= 0) context.terminal.error(shown(`${nothingOf(query)} Nothing was exported.`));
    return exitCode.ok;
  },
});

export const historyBackup = defineCommand({
  name: 'history backup',
  summary: 'Copies history into a new file, also while Plimsoll runs.',
  description:
    'The file is there as a whole or not at all, and none is ever replaced. It is a history like any other: put it back\n' +
    'with: plimsoll history restore FILE',
  examples: [['plimsoll history backup /backup/history-2026-01-05.sqlite', 'nothing stops meanwhile']],
  operands: ['FILE'],
  flags: { data: dataFlag },
  async run(context, { data }, [file = '']) {
    const directory = dataDirectoryOf(context, data);
    const path = resolve(context.workingDirectory, file);
    const { bytes } = await eitherWay(
      async () =>
        z
          .object({ bytes: z.number() })
          .parse(await askOwner(directory, 'POST', '/api/v1/history/backup', { path }, longDeadlineMs)),
      () => lookAtStored(directory, (store) => store.backup(path)),
    ).catch((thrown: unknown) => {
      throw thrown instanceof PlimsollError && thrown.code === 'conflict' ? isThere(path) : thrown;
    });
    context.terminal.out(shown(`History was copied to ${path} (${valueText(bytes, 'bytes')}).`));
    return exitCode.ok;
  },
});

export const historyRestore = defineCommand({
  name: 'history restore',
  summary: 'Puts a backup in the place of history, while Plimsoll does not run.',
  description:
    'The file is checked first. The history that was there is kept beside it, under a name that is printed.',
  examples: [['plimsoll history restore /backup/history-2026-01-05.sqlite', 'stop Plimsoll before']],
  operands: ['FILE'],
  flags: { data: dataFlag },
  run(context, { data }, [file = '']) {
    const directory = dataDirectoryOf(context, data);
    const path = resolve(context.workingDirectory, file);
    const kept = restoreStored(path, directory, context.clock.now());
    context.terminal.out(shown(`History in ${directory} is that of ${path} now.`));
    if (kept !== null) context.terminal.out(shown(`The one before was kept as ${kept}.`));
    return Promise.resolve(exitCode.ok);
  },
});

/** Asks the process that runs on the directory, or reads the file itself if none does. */
async function eitherWay<Answer>(
  ask: () => Promise<Answer>,
  look: () => Promise<Answer>,
  directory?: string,
): Promise<Answer> {
  try {
    // A streamed answer would report too late that nobody is there.
    if (directory !== undefined) await askOwner(directory, 'GET', '/healthz');
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_running') throw thrown;
  }
  return look();
}

function queryText({ from, to, source, metric, format }: HistoryExport): string {
  const query = new URLSearchParams({ from: String(from), to: String(to), format });
  if (source !== undefined) query.set('source', source);
  if (metric !== undefined) query.set('metric', metric);
  return query.toString();
}

/** Trying again later would not help. */
function isThere(path: string): PlimsollError {
  return new PlimsollError(
    'cannot_create',
    `${path} is there already, and is not replaced: name another file, or remove it.`,
  );
}

function nothingOf({ from, to, source, metric }: HistoryExport): string {
  const of = [source, metric].filter((name) => name !== undefined).join(' ');
  const [begin, end] = [from, to].map((at) => new Date(at).toISOString());
  return `There are no samples${of === '' ? '' : ` of ${of}`} from ${begin} to ${end}.`;
}

/** Writes a new file, completely or not at all. */
async function writeNew(path: string, pieces: AsyncIterable<string>): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', 0o600);
    for await (const piece of pieces) await file.appendFile(piece);
    await file.close();
  } catch (thrown) {
    if (file !== undefined) {
      await file.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
    }
    if (systemCodeOf(thrown) === 'EEXIST') throw isThere(path);
    throw fileError('written', path, thrown);
  }
}

function infoLines(
  { bytes, mostBytes, samples, oldestAt, kept, damaged = [] }: HistorySize,
  now: number,
): string[] {
  const most = mostBytes === null ? '' : ` of at most ${valueText(mostBytes, 'bytes')}`;
  const since = oldestAt === null ? '' : ` since ${new Date(oldestAt).toISOString()}`;
  const rows = kept.map(({ what, oldestAt: oldest, keptMs, cutBefore }) => [
    what,
    oldest === null ? 'none yet' : `since ${new Date(oldest).toISOString()}`,
    keptMs === null ? '' : `kept for ${ageText(keptMs)}`,
    cutBefore === null ? '' : `less, for want of room: before ${new Date(cutBefore).toISOString()}`,
  ]);
  const age = oldestAt === null ? [] : [`The oldest sample is ${ageText(Math.max(0, now - oldestAt))} old.`];
  return [
    `History takes ${valueText(bytes, 'bytes')}${most}, with ${samples} samples${since}.`,
    ...age,
    ...columns(rows, '  '),
    ...damaged.map(
      ({ name, bytes: size }) =>
        `Set aside as damaged: ${shown(name)}, ${valueText(size, 'bytes')}; it may be removed.`,
    ),
  ];
}
