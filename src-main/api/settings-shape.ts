import { z } from '@hono/zod-openapi';
import { downtimeSchema } from '../contract/downtime.ts';
import { noteSchema, overrideSchema, translationViewSchema } from '../contract/import.ts';
import { reportSettingsSchema } from '../contract/report.ts';
import { ruleSchema } from '../contract/rule.ts';
import { hubSchema, listenSchema, monitoringSchema } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';

const named = { name: z.string(), kind: z.string(), enabled: z.boolean() };

/**
 * The outline of the settings. The options of a kind stand beside the common keys; `GET /api/v1/kinds` describes them.
 * It only documents answers and validates no requests: the monitor does that, because it knows all kinds.
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
    /** Changes with the settings. A change must name the revision it is based on. */
    revision: z.string(),
    location: z.string().nullable(),
    editable: z.boolean(),
    translation: translationViewSchema.nullable(),
    overrides: z.array(overrideSchema),
    warnings: z.array(noteSchema),
  })
  .meta({ id: 'SettingsView' });

/** A rule as sent, possibly a draft: the monitor adds defaults and reports missing fields. */
export type RuleInput = Partial<z.input<typeof ruleSchema>>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Typed for the client, but validated by the monitor, whose problems have paths and suggestions that zod alone lacks. */
export const sentSettingsSchema = z
  .custom<Settings>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'The whole settings, as answered by GET, changed.' });

export const sentSectionsSchema = z
  .custom<Partial<Settings>>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'Sections of the settings by name, such as `sources`.' });

/** An entry as in its form, saved or not. */
export const sentEntrySchema = z.custom<Record<string, unknown>>(isObject, 'must be an object').openapi({
  type: 'object',
  description: 'A source or destination, as in the settings; a secret may be { plain }.',
});

export const sentRuleSchema = z
  .custom<RuleInput>(isObject, 'must be an object')
  .openapi({ type: 'object', description: 'A rule; what has a default may be missing.' });

/** A downtime as sent: fields with a default may be missing, and so may the id of a new one. */
export const sentDowntimeSchema = z
  .custom<Partial<z.input<typeof downtimeSchema>>>(isObject, 'must be an object')
  .openapi({
    type: 'object',
    description: 'A downtime, as answered by GET; what has a default may be missing.',
  });
