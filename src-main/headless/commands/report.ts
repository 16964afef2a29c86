import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { entryPath } from '../../base/built.ts';
import { silentLog } from '../../base/log.ts';
import { ownZone } from '../../base/time-zone.ts';
import { PlimsollError } from '../../contract/error.ts';
import { seriesRangeSchema } from '../../contract/history.ts';
import { reportContentSchema, reportLanguageSchema, reportStandingSchema } from '../../contract/report.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ReportLanguage } from '../../contract/report.ts';
import { starterSettings } from '../../monitor/settings/starter.ts';
import type { GatheredReport } from '../../monitor/reports/report-content.ts';
import { ownLanguage } from '../../monitor/reports/own-language.ts';
import { drawReport } from '../../monitor/reports/report-drawing.ts';
import { keptUsually, reportDirectoryOf } from '../../monitor/reports/reports.ts';
import { requireStoredHistory, storedReport } from '../../monitor/reports/stored-report.ts';
import { usage } from '../arguments.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { momentOf, zoneOf } from '../moments.ts';
import { askOwner } from '../owner-api.ts';
import { environmentOf } from '../settings/environment.ts';
import { readStored } from '../settings/stored.ts';
import { spawnByFork } from '../spawn.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, settingsFileOf } from '../where.ts';

const hourMs = 3_600_000;
/** Reading a month of many series takes a while. */
const answerDeadlineMs = 60_000;

export const report = defineCommand({
  name: 'report',
  summary: 'Writes a report of a span of time: a page of HTML and three pictures.',
  description:
    'metrics_report.html, system_metrics.png, process_metrics.png, and alerts.png of seven days. A running Plimsoll on the data\n' +
    'directory is asked; while none runs, its history is read. They are written into --out; without it where MONITOR_LOG_DIR\n' +
    'says, then where the settings say, then into the data directory. Each report is kept in a folder beside them too.',
  examples: [
    ['plimsoll report', 'the last 24 hours'],
    ['plimsoll report --hours 168 --out reports', 'the last week, into a directory'],
    ['plimsoll report --from 2026-01-05 --to 2026-01-12T08:00Z', 'a span of one’s own'],
  ],
  operands: [],
  flags: {
    hours: { type: 'integer', placeholder: 'N', help: 'the last N hours (24)', min: 1, max: 87_600 },
    from: { type: 'text', placeholder: 'TIME', help: 'where it begins, such as 2026-01-05T08:00Z' },
    to: { type: 'text', placeholder: 'TIME', help: 'where it ends; now where it is left out' },
    zone: { type: 'text', placeholder: 'ZONE', help: 'time zone, such as Europe/Berlin; this machine’s' },
    out: {
      type: 'text',
      placeholder: 'DIR',
      help: 'the directory to write into; it is made where it is missing',
    },
    language: {
      type: 'text',
      placeholder: 'en|de',
      help: 'its language; that of the settings, else of this terminal',
    },
    json: { type: 'switch', help: 'print JSON: the directory, the files and all figures' },
    config: { type: 'text', placeholder: 'FILE', help: 'the settings, instead of the usual ones' },
    data: dataFlag,
  },
  async run(context, { hours, from, to, zone, language, out, json, config, data }) {
    const { terminal, clock, workingDirectory, version } = context;
    const directory = dataDirectoryOf(context, data);
    const env = environmentOf(context, config);
    const inZone = zone === undefined ? undefined : zoneOf(zone);
    const span = {
      ...spanOf({ hours, from, to }, inZone, clock.now()),
      ...(inZone === undefined ? {} : { zone: inZone }),
    };
    const said = language === undefined ? undefined : languageOf(language);
    const query = new URLSearchParams(
      Object.entries(span).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const ask = (path: string) =>
      askOwner(directory, 'GET', `/api/v1/reports${path}`, undefined, answerDeadlineMs);
    const found = await asOwner<Found>(
      directory,
      async () => {
        try {
          return {
            gathered: gatheredSchema.parse(await ask(`/content?${query.toString()}`)),
            usual: reportStandingSchema.parse(await ask('')),
          };
        } catch (thrown) {
          // A mistyped directory must not be created with a state in it.
          if (thrown instanceof PlimsollError && thrown.code === 'not_running')
            requireStoredHistory(directory);
          throw thrown;
        }
      },
      async (state) => {
        const path = settingsFileOf(context, config);
        const settings = settingsIn(path, config, env);
        const parts = { host: hostname(), version, now: clock.now(), settings };
        const start = pathsStartIn(path, config !== undefined, directory);
        return {
          gathered: await storedReport(directory, state, parts, {
            zone: settings.reports?.zone ?? ownZone(),
            ...span,
          }),
          usual: {
            directory: reportDirectoryOf({}, settings, start, directory),
            keep: settings.reports?.keep ?? keptUsually,
            language: settings.reports?.language ?? null,
          },
        };
      },
    );
    const { gathered, usual } = found;
    const logDirectory = env['MONITOR_LOG_DIR'];
    const named = out ?? (logDirectory === '' ? undefined : logDirectory);
    const place = named === undefined ? usual.directory : resolve(workingDirectory, named);
    const children = spawnByFork({ entryPath, env: context.env, log: silentLog });
    const order = {
      ...gathered,
      language: said ?? usual.language ?? ownLanguage(env),
      directory: place,
      keep: usual.keep,
    };
    const kept = await drawReport(children.spawn, order, (ms, call) => clock.after(ms, call));
    if (json) terminal.json({ directory: place, report: kept, figures: gathered.content.figures });
    else for (const { name } of kept.files) terminal.out(shown(join(place, name)));
    if (kept.problem === null) return exitCode.ok;
    terminal.error(shown(kept.problem));
    return exitCode.failed;
  },
});

const gatheredSchema = z.object({ content: reportContentSchema, sparks: z.array(seriesRangeSchema) });

/** The content of the report, and where and how many reports are kept by default. */
interface Found {
  gathered: GatheredReport;
  usual: { directory: string; keep: number; language: ReportLanguage | null };
}

/** The settings of the file; if none was named and there is none, those of a first start. */
function settingsIn(path: string, named: string | undefined, env: NodeJS.ProcessEnv): Settings {
  if (named === undefined && !existsSync(path)) return starterSettings();
  return readStored(path, named ?? path, env).settings;
}

function spanOf(
  { hours, from, to }: { hours: number | undefined; from: string | undefined; to: string | undefined },
  zone: string | undefined,
  now: number,
): { from: number; to: number } {
  if (hours !== undefined && from !== undefined)
    throw usage('Say with --hours how long the report is, or with --from where it begins; not both.');
  const end = to === undefined ? now : momentOf('--to', to, zone);
  const begin = from === undefined ? end - (hours ?? 24) * hourMs : momentOf('--from', from, zone);
  if (begin >= end) throw usage('The report would end before it begins.');
  if (begin >= now) throw usage('The report would begin in the future.');
  return { from: begin, to: end };
}

function languageOf(given: string): ReportLanguage {
  const { data } = reportLanguageSchema.safeParse(given);
  if (data !== undefined) return data;
  const known = reportLanguageSchema.options.join(' and ');
  throw usage(`--language ${shown(given)}: reports are written in ${known}.`);
}
