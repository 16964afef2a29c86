import { z } from 'zod';
import { ruleTermsShape, severitySchema } from './rule.ts';
import { seriesSchema } from './sample.ts';

export const alertStateSchema = z.enum(['firing', 'resolved']).meta({ id: 'AlertState' });
export type AlertState = z.infer<typeof alertStateSchema>;

/** Why an alert moved. Carried into history, messages and exports; the interface has a sentence for each. */
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

/** What keeps alerts from being announced for a while; what still fires is announced when it is over. */
export const silenceReasonSchema = z.enum(['paused', 'downtime', 'quiet_hours', 'parent', 'flapping']);
export type SilenceReason = z.infer<typeof silenceReasonSchema>;

/** A downtime as an alert remembers it, also when it is gone. */
const alertDowntimeSchema = z.object({ id: z.string(), name: z.string() });
export type AlertDowntime = z.infer<typeof alertDowntimeSchema>;

/** Whether people are told of a transition, and why not when they are not. */
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
      /** When the cooldown, the silence or the snooze ends, epoch milliseconds; left out where that is not known. */
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
    /** The value that caused the move; null when no value did. */
    value: z.number().nullable(),
    announcement: announcementSchema,
  })
  .meta({ id: 'Transition' });
export type Transition = z.infer<typeof transitionSchema>;

/** What an alert is about, where that is no violation: samples that do not come, or a source that fails. */
export const alertCauseSchema = z.enum(['violation', 'no_data', 'source_error']).meta({ id: 'AlertCause' });
export type AlertCause = z.infer<typeof alertCauseSchema>;

/** One rule on one series while it matters, and afterwards its history. The rule is kept as it was when it fired. */
export const alertSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    ruleName: z.string(),
    series: seriesSchema,
    /** The tags of its rule, its source and its host; left out where there are none. */
    tags: z.array(z.string()).optional(),
    /** A fire drill: somebody tries the alarm, and nothing is wrong. Left out otherwise. */
    drill: z.boolean().optional(),
    /** Left out for a violation. */
    cause: alertCauseSchema.optional(),
    ...ruleTermsShape,
    /** The line that was crossed: that of its severity, or what was usual. Null where the rule has none. */
    threshold: z.number().nullable(),
    tolerance: z.number().nullable(),
    consecutiveViolations: z.number(),
    severity: severitySchema,
    state: alertStateSchema,
    /** When the first of the violations was sampled that made it fire. */
    since: z.number(),
    firedAt: z.number(),
    resolvedAt: z.number().nullable(),
    /** The values are those that were judged, and null where none is known: data that does not come has none. */
    firedValue: z.number().nullable(),
    worstValue: z.number().nullable(),
    lastValue: z.number().nullable(),
    /** Whether its firing was announced; a recovery is announced only then. */
    announced: z.boolean(),
    /** The silence that holds its announcement back, which is made up for when that is over. */
    silencedBy: silenceReasonSchema.optional(),
    /** The downtime that it is in, or was in when it ended; left out outside of one. */
    inDowntime: alertDowntimeSchema.optional(),
    /** Its recovery fell into a silence and is announced when that is over. */
    recoveryOwed: z.boolean().default(false),
    /** It was announced as critical; what becomes critical again later keeps to the cooldown. */
    criticalAnnounced: z.boolean().optional(),
    /** It became critical in a silence or while it was snoozed, and that is announced afterwards. */
    severityOwed: z.boolean().optional(),
    /** How many alerts of rules that name its rule as a parent fired beside it, the most at one time. */
    affected: z.number().optional(),
    /** When someone said that they know, epoch milliseconds; null while nobody did. */
    acknowledgedAt: z.number().nullable().default(null),
    /** The name of the token that said so; left out for the owner in a window or at the command line. */
    acknowledgedBy: z.string().optional(),
    /** What they wrote with it. */
    note: z.string().nullable().default(null),
    /** Until when it is not to be mentioned, epoch milliseconds; then it is announced again if it still fires. */
    snoozedUntil: z.number().nullable().default(null),
    /** It is not to be mentioned until it is over. */
    snoozedUntilResolved: z.boolean().optional(),
    /** When someone snoozed it last, epoch milliseconds, also once that is over; left out while nobody did. */
    snoozedAt: z.number().optional(),
    /** The name of the token that did; left out for the owner in a window or at the command line. */
    snoozedBy: z.string().optional(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;
