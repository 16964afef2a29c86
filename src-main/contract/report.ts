import { z } from 'zod';
import { zoneSchema } from './downtime.ts';
import { nameSchema } from './fields.ts';
import { historySummarySchema, interruptionSchema, seriesRangeSchema } from './history.ts';
import { unitSchema } from './metric.ts';
import { severitySchema } from './rule.ts';
import { seriesSchema } from './sample.ts';

/** The files of a report. Their names never change. */
export const reportFiles = [
  'metrics_report.html',
  'system_metrics.png',
  'process_metrics.png',
  'alerts.png',
] as const;
export const reportFileSchema = z.enum(reportFiles);
export type ReportFile = (typeof reportFiles)[number];

/** Languages in which reports can be written. */
export const reportLanguageSchema = z.enum(['en', 'de']).meta({ id: 'ReportLanguage' });
export type ReportLanguage = z.infer<typeof reportLanguageSchema>;

/** The distribution of a series over a time range: it depends on single samples, which roll-ups do not keep. */
export const seriesSpreadSchema = z
  .object({
    /** 95th percentile of the samples (nearest rank). Null if part of the range is kept only as roll-ups. */
    p95: z.number().nullable(),
    /** First time of the lowest and of the highest value, epoch milliseconds. Null with `p95`. */
    lowestAt: z.number().nullable(),
    highestAt: z.number().nullable(),
  })
  .meta({ id: 'SeriesSpread' });
export type SeriesSpread = z.infer<typeof seriesSpreadSchema>;

const alertNameSchema = z.object({ id: z.string(), ruleName: z.string(), severity: severitySchema });

/** One series over the span of a report. `summary` is the same as that of `/history/ranges`. */
export const reportMetricSchema = z
  .object({
    series: seriesSchema,
    /** The kind of its source; null if the source is no longer in the settings. */
    kind: z.string().nullable(),
    title: z.string(),
    unit: unitSchema,
    /** Text after the number if no unit fits. */
    sign: z.string().optional(),
    summary: historySummarySchema,
    p95: z.number().nullable(),
    /** Its worst moment: the lowest value if a rule has a lower limit for it, else the highest; with the alert that fired then. */
    worst: z.object({ at: z.number(), value: z.number(), alert: alertNameSchema.nullable() }),
  })
  .meta({ id: 'ReportMetric' });
export type ReportMetric = z.infer<typeof reportMetricSchema>;

/** Mean value by weekday and hour: `means[weekday][hour]`, Monday first, null if there are no samples. */
export const busyHoursSchema = z
  .object({
    series: seriesSchema,
    title: z.string(),
    unit: unitSchema,
    means: z.array(z.array(z.number().nullable()).length(24)).length(7),
  })
  .meta({ id: 'BusyHours' });
export type BusyHours = z.infer<typeof busyHoursSchema>;

/** Alerts of one rule: how often it fired, and for how long within the span, in milliseconds. */
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

/** A calendar day in the report's time zone, with the number of alerts by rule id. Rules that did not fire are absent. */
const dayAlertsSchema = z.object({ day: z.string(), counts: z.record(z.string(), z.number()) });
export type DayAlerts = z.infer<typeof dayAlertsSchema>;

/** The figures of a time span. Times are epoch milliseconds; `to` is excluded. Missing values are null, never 0. */
export const reportFiguresSchema = z
  .object({
    host: z.string(),
    version: z.string(),
    madeAt: z.number(),
    from: z.number(),
    to: z.number(),
    /** Time zone of its days and hours. */
    zone: z.string(),
    availability: z.object({
      /**
       * Time that Plimsoll watched, that the machine slept (or Plimsoll was stopped), that Plimsoll was off, and
       * unknown time. They add up to the span.
       */
      watchedMs: z.number(),
      asleepMs: z.number(),
      offMs: z.number(),
      noDataMs: z.number(),
      gaps: z.array(interruptionSchema.extend({ why: z.enum(['asleep', 'off', 'no_data']) })),
    }),
    metrics: z.array(reportMetricSchema),
    /** Number of further series with samples in the span, which the report leaves out. */
    seriesLeftOut: z.number(),
    busiest: z.array(busyHoursSchema),
    alerts: z.object({
      /** Number of alerts that fired in the span, without fire drills. */
      count: z.number(),
      critical: z.number(),
      rules: z.array(ruleFrequencySchema),
      /** False if there were too many alerts in the span to read all; the oldest are then not counted. */
      isComplete: z.boolean(),
    }),
    /** The seven days before the end of the report, shown in `alerts.png`. */
    alertDays: z.object({
      from: z.number(),
      days: z.array(dayAlertsSchema),
      rules: z.array(ruleFrequencySchema),
    }),
    /** Programs, highest processor time first. Null if no source reports it. */
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

/** A threshold of a rule, drawn as a line. */
const chartLineSchema = z.object({ value: z.number(), severity: severitySchema });

/** Subjects for which reports have translated chart titles. */
const chartSubjectSchema = z.enum([
  ...(['processor', 'memory', 'disk', 'network'] as const),
  ...(['program_cpu', 'program_memory', 'program_threads', 'processes'] as const),
]);
export type ChartSubject = z.infer<typeof chartSubjectSchema>;

/** One chart: series of the same unit on one axis. */
export const reportChartSchema = z.object({
  title: z.string(),
  /** Set if the chart has a translated title. */
  subject: chartSubjectSchema.optional(),
  unit: unitSchema,
  sign: z.string().optional(),
  /** The end of the axis if the metric has a fixed one, such as 100 for a percentage. */
  full: z.number().optional(),
  lines: z.array(chartLineSchema),
  series: z.array(z.object({ name: z.string(), range: seriesRangeSchema })),
  /** Number of further series that are not drawn. */
  more: z.number(),
});
export type ReportChart = z.infer<typeof reportChartSchema>;

/** All data from which a report is drawn. */
export const reportContentSchema = z
  .object({
    figures: reportFiguresSchema,
    system: z.array(reportChartSchema),
    processes: z.array(reportChartSchema),
    /** Periods in which alerts fired, drawn as bands over the charts. */
    bands: z.array(z.object({ from: z.number(), to: z.number(), severity: severitySchema })),
  })
  .meta({ id: 'ReportContent' });
export type ReportContent = z.infer<typeof reportContentSchema>;

/** A report in the reports directory. */
export const keptReportSchema = z
  .object({
    /** Name of its folder. */
    id: z.string(),
    host: z.string(),
    madeAt: z.number(),
    from: z.number(),
    to: z.number(),
    /** The existing files; a chart that could not be drawn is missing. */
    files: z.array(z.object({ name: reportFileSchema, bytes: z.number() })),
    alerts: z.number(),
    critical: z.number(),
    /** Why a chart could not be drawn; null if all were. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'KeptReport' });
export type KeptReport = z.infer<typeof keptReportSchema>;

/** The text of a mail about a report. The report itself stays in the reports directory. */
export const reportNoteSchema = z
  .object({
    /** Id of the kept report. */
    report: z.string(),
    /** Language of the texts. Absent means English: older versions had no other. */
    language: reportLanguageSchema.optional(),
    host: z.string(),
    madeAt: z.number(),
    /** `unknown` if nothing was watched. */
    level: z.enum(['ok', 'warning', 'critical', 'unknown']),
    /** The report in one sentence. */
    sentence: z.string(),
    /** The time span, in words. */
    span: z.string(),
    /** The main figures. */
    rows: z.array(z.object({ name: z.string(), value: z.string() })),
  })
  .meta({ id: 'ReportNote' });
export type ReportNote = z.infer<typeof reportNoteSchema>;

/** When reports are made automatically, and how many are kept. */
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

/** State of reporting: the directory, the next scheduled report and the kept ones. */
export const reportStandingSchema = z
  .object({
    directory: z.string(),
    keep: z.number(),
    /** Epoch milliseconds; null if none is scheduled. */
    nextAt: z.number().nullable(),
    /** The language set in the settings; null if none is set. */
    language: reportLanguageSchema.nullable(),
    isBeingMade: z.boolean(),
    reports: z.array(keptReportSchema),
  })
  .meta({ id: 'ReportStanding' });
export type ReportStanding = z.infer<typeof reportStandingSchema>;
