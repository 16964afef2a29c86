import { z } from 'zod';
import { zoneSchema } from './downtime.ts';
import { nameSchema } from './fields.ts';
import { historySummarySchema, interruptionSchema, seriesRangeSchema } from './history.ts';
import { unitSchema } from './metric.ts';
import { severitySchema } from './rule.ts';
import { seriesSchema } from './sample.ts';

/** The files of a report, by the names that they always have. */
export const reportFiles = [
  'metrics_report.html',
  'system_metrics.png',
  'process_metrics.png',
  'alerts.png',
] as const;
export const reportFileSchema = z.enum(reportFiles);
export type ReportFile = (typeof reportFiles)[number];

/** The languages that reports are written in. */
export const reportLanguageSchema = z.enum(['en', 'de']).meta({ id: 'ReportLanguage' });
export type ReportLanguage = z.infer<typeof reportLanguageSchema>;

/** How a series was spread over a stretch: places in its samples, which roll-ups do not tell. */
export const seriesSpreadSchema = z
  .object({
    /** The value that 95 of 100 samples do not exceed (nearest rank). Null where some of the samples are kept as roll-ups only. */
    p95: z.number().nullable(),
    /** When it was lowest and highest first, epoch milliseconds. Null with `p95`. */
    lowestAt: z.number().nullable(),
    highestAt: z.number().nullable(),
  })
  .meta({ id: 'SeriesSpread' });
export type SeriesSpread = z.infer<typeof seriesSpreadSchema>;

const alertNameSchema = z.object({ id: z.string(), ruleName: z.string(), severity: severitySchema });

/** One series over the span of a report. `summary` is what `/history/ranges` says of the same span. */
export const reportMetricSchema = z
  .object({
    series: seriesSchema,
    /** The kind of its source; null where the source is no longer in the settings. */
    kind: z.string().nullable(),
    title: z.string(),
    unit: unitSchema,
    /** What stands behind the number where no unit fits. */
    sign: z.string().optional(),
    summary: historySummarySchema,
    p95: z.number().nullable(),
    /** Its worst moment: the lowest of what a rule watches downwards, else the highest; with the alert that fired then. */
    worst: z.object({ at: z.number(), value: z.number(), alert: alertNameSchema.nullable() }),
  })
  .meta({ id: 'ReportMetric' });
export type ReportMetric = z.infer<typeof reportMetricSchema>;

/** How a series did by the hour: `means[weekday][hour]`, Monday first, null where there are no samples. */
export const busyHoursSchema = z
  .object({
    series: seriesSchema,
    title: z.string(),
    unit: unitSchema,
    means: z.array(z.array(z.number().nullable()).length(24)).length(7),
  })
  .meta({ id: 'BusyHours' });
export type BusyHours = z.infer<typeof busyHoursSchema>;

/** The alerts of one rule in the span: how often it fired, and for how long within the span, in milliseconds. */
const ruleFrequencySchema = z.object({
  ruleId: z.string(),
  ruleName: z.string(),
  severity: severitySchema,
  count: z.number(),
  firingMs: z.number(),
  longestMs: z.number(),
  stillFiring: z.number(),
});
export type RuleFrequency = z.infer<typeof ruleFrequencySchema>;

/** A day of the calendar in the report's time zone; `counts` by rule id, rules that did not fire left out. */
const dayAlertsSchema = z.object({ day: z.string(), counts: z.record(z.string(), z.number()) });
export type DayAlerts = z.infer<typeof dayAlertsSchema>;

/** What a span of time was like, in numbers. Times are epoch milliseconds; `to` is not included. Absent is null, never 0. */
export const reportFiguresSchema = z
  .object({
    host: z.string(),
    version: z.string(),
    madeAt: z.number(),
    from: z.number(),
    to: z.number(),
    /** Days and hours are those of this time zone. */
    zone: z.string(),
    availability: z.object({
      /** How long Plimsoll watched, the machine was asleep (or Plimsoll stopped), Plimsoll was off, and nothing is known. Together the span. */
      watchedMs: z.number(),
      asleepMs: z.number(),
      offMs: z.number(),
      noDataMs: z.number(),
      gaps: z.array(interruptionSchema.extend({ why: z.enum(['asleep', 'off', 'no_data']) })),
    }),
    metrics: z.array(reportMetricSchema),
    /** How many more series have samples in the span. They are not in the report. */
    seriesLeftOut: z.number(),
    busiest: z.array(busyHoursSchema),
    alerts: z.object({
      /** How many fired in the span; fire drills are not among them. */
      count: z.number(),
      critical: z.number(),
      rules: z.array(ruleFrequencySchema),
      /** How many alerts there were before the oldest that were counted; 0 but in a storm. */
      isComplete: z.boolean(),
    }),
    /** The seven days up to the end of the report, which `alerts.png` shows. */
    alertDays: z.object({
      from: z.number(),
      days: z.array(dayAlertsSchema),
      rules: z.array(ruleFrequencySchema),
    }),
    /** Programs, the one that used most processor time first. Null where no source says what it used. */
    programs: z.array(
      z.object({
        program: z.string(),
        cpu: historySummarySchema.nullable(),
        memory: historySummarySchema.nullable(),
      }),
    ),
    /** Deliveries of the span that were given up, by destination. */
    failedDeliveries: z.array(
      z.object({
        destination: z.string(),
        count: z.number(),
        lastAt: z.number(),
        error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ReportFigures' });
export type ReportFigures = z.infer<typeof reportFiguresSchema>;
export type ReportAvailability = ReportFigures['availability'];

/** A threshold that rules watch, drawn as a line. */
const chartLineSchema = z.object({ value: z.number(), severity: severitySchema });

/** What the charts of a report are about. */
const chartSubjectSchema = z.enum([
  ...(['processor', 'memory', 'disk', 'network'] as const),
  ...(['program_cpu', 'program_memory', 'program_threads', 'processes'] as const),
]);
export type ChartSubject = z.infer<typeof chartSubjectSchema>;

/** One chart: series of one unit on one axis. */
export const reportChartSchema = z.object({
  title: z.string(),
  /** What it is about, where it is a chart that reports have a title for in each of their languages. */
  subject: chartSubjectSchema.optional(),
  unit: unitSchema,
  sign: z.string().optional(),
  /** The end of the axis where the metric has one, such as 100 of a percentage. */
  full: z.number().optional(),
  lines: z.array(chartLineSchema),
  series: z.array(z.object({ name: z.string(), range: seriesRangeSchema })),
  /** How many more there are than are drawn. */
  more: z.number(),
});
export type ReportChart = z.infer<typeof reportChartSchema>;

/** Everything that a report is drawn from. */
export const reportContentSchema = z
  .object({
    figures: reportFiguresSchema,
    system: z.array(reportChartSchema),
    processes: z.array(reportChartSchema),
    /** What fired when: bands over the charts. */
    bands: z.array(z.object({ from: z.number(), to: z.number(), severity: severitySchema })),
  })
  .meta({ id: 'ReportContent' });
export type ReportContent = z.infer<typeof reportContentSchema>;

/** A report that was written and is kept. */
export const keptReportSchema = z
  .object({
    /** The name of its folder. */
    id: z.string(),
    host: z.string(),
    madeAt: z.number(),
    from: z.number(),
    to: z.number(),
    /** Those that are there; a drawing is missing where it could not be drawn. */
    files: z.array(z.object({ name: reportFileSchema, bytes: z.number() })),
    alerts: z.number(),
    critical: z.number(),
    /** What could not be drawn, in words; null where everything was. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'KeptReport' });
export type KeptReport = z.infer<typeof keptReportSchema>;

/** What a mail says of a report that it brings; the report itself stays where reports are kept. */
export const reportNoteSchema = z
  .object({
    /** The id of the kept report. */
    report: z.string(),
    /** That of its words; English where it is absent, as from a Plimsoll that had no other. */
    language: reportLanguageSchema.optional(),
    host: z.string(),
    madeAt: z.number(),
    /** Unknown where nothing was watched. */
    level: z.enum(['ok', 'warning', 'critical', 'unknown']),
    /** The report in one sentence. */
    sentence: z.string(),
    /** From when to when, in words. */
    span: z.string(),
    /** The main figures. */
    rows: z.array(z.object({ name: z.string(), value: z.string() })),
  })
  .meta({ id: 'ReportNote' });
export type ReportNote = z.infer<typeof reportNoteSchema>;

/** When reports are made by themselves, and how many are kept. */
export const reportSettingsSchema = z
  .strictObject({
    directory: z.string().min(1).max(1000).optional().meta({
      title: 'Directory',
      description:
        'Where reports are kept; `MONITOR_LOG_DIR` goes before it. Relative to the folder of the settings. Without both, `reports` in the data directory.',
    }),
    keep: z.int().min(1).max(1000).default(14).meta({
      title: 'Keep',
      description: 'How many reports are kept. Older ones are removed when one is made, and nothing else is.',
    }),
    every: z.enum(['day', 'week']).optional().meta({
      title: 'Make one every',
      description:
        'day: of the day before. week: of the seven days before. Left out: only when somebody asks.',
    }),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 07:00')
      .default('07:00')
      .meta({ title: 'At', description: 'The time of day, HH:MM.' }),
    day: z
      .enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
      .default('mon')
      .meta({ title: 'On', description: 'The day of the week of weekly ones.' }),
    zone: zoneSchema.optional().meta({
      title: 'Time zone',
      description: 'Such as Europe/Berlin. Without it, that of this machine.',
    }),
    language: reportLanguageSchema.optional().meta({
      title: 'Language',
      description:
        'That of reports, and of mails that bring them: en or de. Left out: that of who asks for one in the window, else of this machine; English where there are none in it.',
    }),
    sendTo: nameSchema.optional().meta({
      title: 'Send to',
      description:
        'The name of a destination of kind email that gets each report that comes by itself, also when nothing happened. Left out: nobody.',
    }),
  })
  .meta({ id: 'ReportSettings', title: 'Reports' });
export type ReportSettings = z.infer<typeof reportSettingsSchema>;

/** How it stands with reports: where they are kept, and when the next one comes by itself. */
export const reportStandingSchema = z
  .object({
    directory: z.string(),
    keep: z.number(),
    /** Epoch milliseconds; null where none comes by itself. */
    nextAt: z.number().nullable(),
    /** The language of reports that the settings name; null where they name none. */
    language: reportLanguageSchema.nullable(),
    isBeingMade: z.boolean(),
    reports: z.array(keptReportSchema),
  })
  .meta({ id: 'ReportStanding' });
export type ReportStanding = z.infer<typeof reportStandingSchema>;
