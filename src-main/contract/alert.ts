import { z } from 'zod';
import { ruleTermsShape, severitySchema } from './rule.ts';
import { seriesSchema } from './sample.ts';

export const alertStateSchema = z.enum(['firing', 'resolved']).meta({ id: 'AlertState' });
export type AlertState = z.infer<typeof alertStateSchema>;

/** Why an alert changed state. Stored in history, messages and exports; the interface has a sentence for each. */
export const transitionReasonSchema = z
  .enum([
    'violated_enough',
    'became_critical',
    'no_longer_critical',
    'no_data',
    'source_error',
    'still_firing',
    'still_resolved',
    'back_within',
    'data_back',
    'source_back',
    'resolved_without_data',
    'series_gone',
    'rule_changed',
    'rule_disabled',
    'rule_removed',
    'source_removed',
    'host_removed',
    'judged_by_agent',
  ])
  .meta({ id: 'TransitionReason' });
export type TransitionReason = z.infer<typeof transitionReasonSchema>;

/** Why announcements are held back for a while. Alerts that still fire when it ends are announced then. */
export const silenceReasonSchema = z.enum(['paused', 'downtime', 'quiet_hours', 'parent', 'flapping']);
export type SilenceReason = z.infer<typeof silenceReasonSchema>;

/** The downtime as stored with an alert, so that it is known even after the downtime was removed. */
const alertDowntimeSchema = z.object({ id: z.string(), name: z.string() });
export type AlertDowntime = z.infer<typeof alertDowntimeSchema>;

/** Whether a transition is announced, and if not, the reason. */
export const announcementSchema = z
  .discriminatedUnion('decision', [
    z.object({
      decision: z.literal('announce'),
      reason: z.enum([
        'first',
        'cooldown_over',
        'pause_over',
        'downtime_over',
        'quiet_hours_over',
        'parent_over',
        'flapping',
        'flapping_over',
        'snooze_over',
        'more_severe',
        'reminder',
        'recovery',
      ]),
    }),
    z.object({
      decision: z.literal('hold'),
      reason: z.enum([
        'cooldown',
        ...silenceReasonSchema.options,
        'snoozed',
        'less_severe',
        'firing_not_announced',
        'told_before',
      ]),
      /** When the cooldown, the silence or the snooze ends, epoch milliseconds. Absent if unknown. */
      until: z.number().optional(),
    }),
  ])
  .meta({ id: 'Announcement' });
export type Announcement = z.infer<typeof announcementSchema>;

export const transitionSchema = z
  .object({
    alertId: z.string(),
    at: z.number(),
    from: z.enum(['pending', 'firing', 'resolved']),
    to: alertStateSchema,
    reason: transitionReasonSchema,
    /** The value that caused the transition; null if no value did. */
    value: z.number().nullable(),
    announcement: announcementSchema,
  })
  .meta({ id: 'Transition' });
export type Transition = z.infer<typeof transitionSchema>;

/** The cause of an alert: a violated rule, samples that stopped arriving, or a source that fails. */
export const alertCauseSchema = z.enum(['violation', 'no_data', 'source_error']).meta({ id: 'AlertCause' });
export type AlertCause = z.infer<typeof alertCauseSchema>;

/** An alert: one rule that fired on one series. It carries a copy of the rule's terms from when it fired. */
export const alertSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    ruleName: z.string(),
    series: seriesSchema,
    /** Tags of its rule, its source and its host. Absent if there are none. */
    tags: z.array(z.string()).optional(),
    /** True for a fire drill: somebody tests the alarm and nothing is wrong. Otherwise absent. */
    drill: z.boolean().optional(),
    /** Absent means `violation`. */
    cause: alertCauseSchema.optional(),
    ...ruleTermsShape,
    /** The threshold that was crossed: that of its severity, or the bound of the usual range. Null if the rule has none. */
    threshold: z.number().nullable(),
    tolerance: z.number().nullable(),
    consecutiveViolations: z.number(),
    severity: severitySchema,
    state: alertStateSchema,
    /** Sample time of the first of the violations that made it fire, epoch milliseconds. */
    since: z.number(),
    firedAt: z.number(),
    resolvedAt: z.number().nullable(),
    /** The three values are evaluated values. They are null if none is known, for example for `no_data`. */
    firedValue: z.number().nullable(),
    worstValue: z.number().nullable(),
    lastValue: z.number().nullable(),
    /** Whether its firing was announced. Only then is its recovery announced too. */
    announced: z.boolean(),
    /** The silence that holds its announcement back until it ends. */
    silencedBy: silenceReasonSchema.optional(),
    /** The downtime it is in, or was in when it ended. Absent if in none. */
    inDowntime: alertDowntimeSchema.optional(),
    /** Its recovery fell into a silence and is announced when the silence ends. */
    recoveryOwed: z.boolean().default(false),
    /** It was announced as critical. If it becomes critical again, the cooldown applies. */
    criticalAnnounced: z.boolean().optional(),
    /** It became critical during a silence or a snooze; that is announced afterwards. */
    severityOwed: z.boolean().optional(),
    /** The highest number of alerts firing at one time whose rules name this alert's rule as their parent. */
    affected: z.number().optional(),
    /** When somebody acknowledged it, epoch milliseconds; null if nobody did. */
    acknowledgedAt: z.number().nullable().default(null),
    /** Name of the token that acknowledged it. Absent if the owner did so in a window or at the command line. */
    acknowledgedBy: z.string().optional(),
    /** The note written with the acknowledgement. */
    note: z.string().nullable().default(null),
    /** End of the snooze, epoch milliseconds. If the alert still fires then, it is announced again. */
    snoozedUntil: z.number().nullable().default(null),
    /** True if it is snoozed until it resolves. */
    snoozedUntilResolved: z.boolean().optional(),
    /** When somebody last snoozed it, epoch milliseconds; kept after the snooze ends. Absent if nobody did. */
    snoozedAt: z.number().optional(),
    /** Name of the token that did so. Absent if the owner did in a window or at the command line. */
    snoozedBy: z.string().optional(),
    /** When somebody took the last snooze back, epoch milliseconds. Absent if nobody did. */
    unsnoozedAt: z.number().optional(),
    /** Name of the token that did so. Absent if the owner did in a window or at the command line. */
    unsnoozedBy: z.string().optional(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;
