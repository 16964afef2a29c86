import { z } from '@hono/zod-openapi';
import { downtimeSchema } from '../contract/downtime.ts';
import { noteSchema, overrideSchema, translationViewSchema } from '../contract/import.ts';
import { reportSettingsSchema } from '../contract/report.ts';
import { ruleSchema } from '../contract/rule.ts';
import { hubSchema, listenSchema, monitoringSchema } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';

const named = { name: z.string(), kind: z.string(), enabled: z.boolean() };

/**
 * The outline of the settings. Options of a kind stand beside the common keys and are described by
 * `GET /api/v1/kinds`. It describes what is answered and checks nothing that is sent: the monitor does that, once,
 * and knows every kind.
 */
const settingsSchema = z
  .object({
    version: z.number(),
    sources: z.array(z.looseObject({ ...named, intervalSeconds: z.number().optional() })),
    rules: z.array(ruleSchema),
    destinations: z.array(z.looseObject(named)),
    monitoring: monitoringSchema,
    downtimes: z.array(downtimeSchema).optional(),
    listen: listenSchema,
    reports: reportSettingsSchema.optional(),
    hub: hubSchema,
  })
  .meta({ id: 'Settings' });

export const settingsViewSchema = z
  .object({
    settings: settingsSchema,
    /** Changes with the settings; a change names the one it was made on. */
    revision: z.string(),
    location: z.string().nullable(),
    editable: z.boolean(),
    translation: translationViewSchema.nullable(),
    overrides: z.array(overrideSchema),
    warnings: z.array(noteSchema),
  })
  .meta({ id: 'SettingsView' });

/** A rule as it is sent, drafts included: the monitor fills in what has a default and says what is missing. */
export type RuleInput = Partial<z.input<typeof ruleSchema>>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Typed for the client, checked by the monitor: its problems have paths and suggestions that zod alone lacks. */
export const sentSettingsSchema = z
  .custom<Settings>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'The whole settings, as answered by GET, changed.' });

export const sentSectionsSchema = z
  .custom<Partial<Settings>>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'Sections of the settings by name, such as `sources`.' });

/** An entry as its form has it, saved or not. */
export const sentEntrySchema = z.custom<Record<string, unknown>>(isObject, 'must be an object').openapi({
  type: 'object',
  description: 'A source or destination, as in the settings; a secret may be { plain }.',
});

export const sentRuleSchema = z
  .custom<RuleInput>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'A rule; what has a default may be missing.' });

/** A downtime as it is sent: what has a default may be missing, and so may its id when it is new. */
export const sentDowntimeSchema = z
  .custom<Partial<z.input<typeof downtimeSchema>>>(isObject, 'must be an object')
  .openapi({
    type: 'object',
    description: 'A downtime, as answered by GET; what has a default may be missing.',
  });
