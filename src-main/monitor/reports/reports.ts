import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { scheduleOf } from '../../alerts/occurrences.ts';
import { ownZone } from '../../base/time-zone.ts';
import type { Clock } from '../../base/clock.ts';
import { writeFileDurably } from '../../base/durable-file.ts';
import type { Log } from '../../base/log.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import { reportFiles } from '../../contract/report.ts';
import type {
  KeptReport,
  ReportFigures,
  ReportFile,
  ReportLanguage,
  ReportNote,
  ReportSettings,
  ReportStanding,
} from '../../contract/report.ts';
import type { Settings } from '../../contract/settings.ts';
import { isReportId, keptReports, readReportFile } from '../../reports/files.ts';
import { reportNote } from '../../reports/note.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { ownLanguage } from './own-language.ts';
import { gatherReport } from './report-content.ts';
import type { GatheredReport, ReportSources } from './report-content.ts';
import { drawReport } from './report-drawing.ts';

/** The time range of a report, epoch milliseconds; `to` is exclusive, and not in the future. */
export interface ReportQuestion {
  from: number;
  to: number;
  /** The time zone of days and hours; by default that of the settings, or this machine's. */
  zone?: string | undefined;
}

/** A report to be created; its language is by default that of the settings, or of this machine. */
export interface ReportOrdered extends ReportQuestion {
  language?: ReportLanguage | undefined;
}

/** Queries and creation of reports. */
export interface ReportsApi {
  standing(): Promise<ReportStanding>;
  /** The content of a report for this range, without drawing it. Throws like `gatherReport`. */
  content(question: ReportQuestion, signal: AbortSignal): Promise<GatheredReport>;
  /**
   * Creates a report and stores it in the reports folder. Throws `conflict` while another is being created, and the
   * errors of files.
   */
  make(ordered: ReportOrdered): Promise<KeptReport>;
  /** A file of a stored report. Throws `not_found`. */
  file(id: string, name: ReportFile): Promise<Uint8Array<ArrayBuffer>>;
}

interface ReportsOptions {
  /** Contains the record of which scheduled reports were created. */
  dataDirectory: string;
  /** Where relative paths in the settings start. */
  settingsDirectory: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  spawn: Spawn;
  settings: () => Settings;
  sources: () => ReportSources;
  notice(id: string, message: string | null): void;
  /** Queues a report for a destination; repeating the same `id` changes nothing. */
  send(delivery: Delivery, note: ReportNote): void;
}

const dayMs = 24 * 3_600_000;
/** A scheduled report that failed is retried after this time. */
const againMs = 10 * 60_000;
const rememberedFile = 'reports.json';

/** The folder of reports: from `MONITOR_LOG_DIR`, or the settings, or in the data directory. */
export function reportDirectoryOf(
  env: Readonly<Record<string, string | undefined>>,
  settings: Settings,
  settingsDirectory: string,
  dataDirectory: string,
): string {
  const named = env['MONITOR_LOG_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  const { directory } = settings.reports ?? {};
  return directory === undefined ? join(dataDirectory, 'reports') : resolve(settingsDirectory, directory);
}

/** How many reports are kept by default. */
export const keptUsually = 14;

/**
 * Creates reports, on demand and on schedule. A scheduled report covers the day or the week that ended before it is
 * due. Of those that were missed while asleep or off, the last one is created once. What was created is remembered
 * across restarts.
 */
export class Reports implements ReportsApi {
  readonly #options: ReportsOptions;
  #isBeingMade = false;
  /** Scheduled reports up to this time were created, or precede the schedule; undefined until it was read. */
  #doneUntil: number | undefined;
  /** The schedule to which that applies, as text. */
  #schedule = '';
  #notBefore = -Infinity;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { dataDirectory, clock } = this.#options;
    const text = await readFile(join(dataDirectory, rememberedFile), 'utf8').catch(() => '{}');
    const { doneUntil, schedule } = remembered(text);
    this.#schedule = schedule ?? scheduleText(this.#settings);
    this.#doneUntil = doneUntil ?? clock.now();
    if (doneUntil === undefined) await this.#remember();
  }

  /** Starts a report that is due. Called every few seconds. */
  passTime(now: number): void {
    if (this.#doneUntil === undefined || this.#isBeingMade || now < this.#notBefore) return;
    const schedule = scheduleText(this.#settings);
    if (schedule !== this.#schedule) {
      // Past times of a new schedule are not made up for.
      this.#schedule = schedule;
      this.#doneUntil = now;
      void this.#remember();
    }
    const due = lastDue(this.#settings, this.#doneUntil, now);
    if (due !== undefined) void this.#makeDue(due);
  }

  async standing(): Promise<ReportStanding> {
    const [next] = occurrencesAfter(this.#settings, this.#options.clock.now(), 1);
    return {
      directory: this.#directory,
      keep: this.#settings?.keep ?? keptUsually,
      nextAt: next ?? null,
      language: this.#settings?.language ?? null,
      isBeingMade: this.#isBeingMade,
      reports: await keptReports(this.#directory),
    };
  }

  content({ from, to, zone }: ReportQuestion, signal?: AbortSignal): Promise<GatheredReport> {
    const span = { from, to, zone: zone ?? this.#settings?.zone ?? ownZone() };
    return gatherReport(this.#options.sources(), span, signal);
  }

  async make(ordered: ReportOrdered): Promise<KeptReport> {
    return (await this.#make(ordered)).kept;
  }

  async #make({
    language = this.#language,
    ...question
  }: ReportOrdered): Promise<{ kept: KeptReport; figures: ReportFigures }> {
    if (this.#isBeingMade)
      throw new PlimsollError('conflict', 'A report is being made already: it is done in a moment.', {
        retry: true,
      });
    this.#isBeingMade = true;
    try {
      const { spawn, clock } = this.#options;
      const directory = this.#directory;
      const gathered = await this.content(question);
      const order = { ...gathered, language, directory, keep: this.#settings?.keep ?? keptUsually };
      const kept = await drawReport(spawn, order, (ms, call) => clock.after(ms, call));
      return { kept, figures: gathered.content.figures };
    } finally {
      this.#isBeingMade = false;
    }
  }

  async file(id: string, name: ReportFile): Promise<Uint8Array<ArrayBuffer>> {
    const reports = isReportId(id) ? await keptReports(this.#directory) : [];
    const report = reports.find((kept) => kept.id === id);
    if (
      report === undefined ||
      !reportFiles.includes(name) ||
      !report.files.some((file) => file.name === name)
    )
      throw new PlimsollError('not_found', `There is no ${name} of a report ${id}.`);
    return readReportFile(this.#directory, id, name);
  }

  async #makeDue({ from, to }: ReportQuestion): Promise<void> {
    const { log, notice, clock } = this.#options;
    const language = this.#language;
    try {
      const { kept, figures } = await this.#make({ from, to, language });
      log.info('report', { id: kept.id });
      this.#send(reportNote(figures, kept.id, language), to);
      this.#doneUntil = to;
      notice('report', null);
      await this.#remember();
    } catch (thrown) {
      this.#notBefore = clock.now() + againMs;
      notice(
        'report',
        `The report that was due could not be made: ${messageOf(thrown)} It is tried again in ten minutes.`,
      );
    }
  }

  /** Sent once: a report that is created again, because its creation could not be recorded, is the same delivery. */
  #send(note: ReportNote, due: number): void {
    const { clock, send } = this.#options;
    const destination = this.#settings?.sendTo;
    if (destination === undefined) return;
    const now = clock.now();
    const id = createHash('sha256').update(`report ${due} ${destination}`).digest('hex').slice(0, 16);
    send(
      {
        ...{ id, destination, alertId: note.report, transition: 'report', state: 'queued', attempts: 0 },
        ...{ createdAt: now, nextAt: now, finishedAt: null, receipt: null, error: null },
        ...{ messageId: null, together: 1 },
      },
      note,
    );
  }

  async #remember(): Promise<void> {
    const { dataDirectory, log } = this.#options;
    const text = JSON.stringify({ doneUntil: this.#doneUntil, schedule: this.#schedule });
    try {
      await writeFileDurably(join(dataDirectory, rememberedFile), Buffer.from(text), { mode: 0o600 });
    } catch (thrown) {
      log.warn('it could not be remembered which reports were made', { error: messageOf(thrown) });
    }
  }

  get #settings(): ReportSettings | undefined {
    return this.#options.settings().reports;
  }

  get #language(): ReportLanguage {
    return this.#settings?.language ?? ownLanguage(this.#options.env);
  }

  get #directory(): string {
    const { env, settings, settingsDirectory, dataDirectory } = this.#options;
    return reportDirectoryOf(env, settings(), settingsDirectory, dataDirectory);
  }
}

/** A file that is not ours counts as empty. */
function remembered(text: string): { doneUntil?: number; schedule?: string } {
  try {
    const { doneUntil, schedule } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...(typeof doneUntil === 'number' && Number.isFinite(doneUntil) ? { doneUntil } : {}),
      ...(typeof schedule === 'string' ? { schedule } : {}),
    };
  } catch {
    return {};
  }
}

function scheduleText(settings: ReportSettings | undefined): string {
  const { every, at, day, zone } = settings ?? {};
  return every === undefined ? '' : [every, at, every === 'week' ? day : '', zone ?? ''].join(' ');
}

/** The next `count` times at which a report is due. */
function occurrencesAfter(settings: ReportSettings | undefined, after: number, count: number): number[] {
  if (settings?.every === undefined) return [];
  const { every, at, day, zone } = settings;
  const schedule = scheduleOf({
    ...{ id: 'report', name: 'report', enabled: true, start: at, minutes: 1, zone: zone ?? ownZone() },
    ...(every === 'week' ? { days: [day] } : {}),
  });
  return schedule.after(after, count).map(({ from }) => from);
}

/** The range of the last report that is due and was not created. */
function lastDue(
  settings: ReportSettings | undefined,
  doneUntil: number,
  now: number,
): ReportQuestion | undefined {
  const spanMs = (settings?.every === 'week' ? 7 : 1) * dayMs;
  // Two hours more than a range, for clock changes.
  const earliest = Math.max(doneUntil, now - spanMs - dayMs / 12);
  const to = occurrencesAfter(settings, earliest, 3).findLast((at) => at <= now);
  if (to === undefined) return undefined;
  const from = occurrencesAfter(settings, to - spanMs - dayMs / 12, 1)[0] ?? to - spanMs;
  return { from: from < to ? from : to - spanMs, to };
}
