import { z } from 'zod';
import { patternsSchema, quietHoursSchema, rulesNamedSchema, tagsMatchedSchema } from './downtime.ts';
import { severitySchema } from './rule.ts';

/** Events of an alert that a destination can ask for. */
export const routeEventSchema = z.enum(['firing', 'recovery', 'reminder']).meta({ id: 'RouteEvent' });
export type RouteEvent = z.infer<typeof routeEventSchema>;

const once = (list: readonly string[]) => new Set(list).size === list.length;

const routeShape = {
  severities: z
    .array(severitySchema)
    .min(1, 'name at least one, or leave it out for all of them')
    .refine(once, 'each can be named once')
    .optional()
    .meta({ title: 'Severities', description: 'How bad it must be. Without them, whatever it is.' }),
  hosts: patternsSchema.optional().meta({
    title: 'Hosts',
    description:
      'Names or patterns (`*`, `?`, `!` in front for "is not"). Without them, every host. Severities, hosts, tags and rules must all fit.',
  }),
  tags: tagsMatchedSchema,
  rules: rulesNamedSchema,
};

/** Which alerts a destination gets, whatever its kind. All fields that are set must match; absent fields match everything. */
export const routeSchema = z
  .strictObject({
    ...routeShape,
    events: z
      .array(routeEventSchema)
      .min(1, 'name at least one, or leave it out for all of them')
      .refine(once, 'each can be named once')
      .optional()
      .meta({
        title: 'Of which',
        description:
          '`firing`, `recovery`, `reminder`. Without them, all. A recovery is told where the firing was, or was left out for this alone.',
      }),
    quietHours: z.array(quietHoursSchema).max(20, 'at most 20 quiet hours').optional().meta({
      title: 'Quiet hours',
      description:
        'Hours in which nothing goes there but, where it may, what is critical. What still fires at their end is told then.',
    }),
  })
  .meta({
    id: 'Route',
    title: 'Which alerts',
    description:
      'Which alerts go there: `severities`, `hosts`, `tags`, `rules`, `events`, `quietHours`. Without it, all.',
  });
export type Route = z.infer<typeof routeSchema>;

/** Route of a destination that keeps evidence. It disturbs nobody, so it has no reminders. */
export const recordRouteSchema = z
  .strictObject({
    ...routeShape,
    events: z
      .array(routeEventSchema.exclude(['reminder']))
      .min(1, 'name at least one, or leave it out for all of them')
      .refine(once, 'each can be named once')
      .optional()
      .meta({ title: 'Of which', description: '`firing`, `recovery`. Without them, both.' }),
  })
  .meta({
    id: 'RecordRoute',
    title: 'Which alerts',
    description: 'Which alerts go there: `severities`, `hosts`, `tags`, `rules`, `events`. Without it, all.',
  });

/** How many of the alerts of some days a route matches. */
export const reachSchema = z
  .object({
    /** The time range that was examined, epoch milliseconds. */
    from: z.number(),
    to: z.number(),
    /** Alerts that fired in the range. Only announced ones are counted if the destination gets only those. */
    alerts: z.number(),
    /** How many of these match, by their current or final severity. */
    fitting: z.number(),
  })
  .meta({ id: 'Reach' });
export type Reach = z.infer<typeof reachSchema>;
