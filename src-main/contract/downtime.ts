import { z } from 'zod';
import { nameSchema } from './fields.ts';

/** Weekday names as written in settings, Monday first. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const weekdaysSchema = z
  .array(z.enum(weekdays))
  .min(1, 'name at least one day, or leave `days` out for every day')
  .max(7, 'a week has seven days')
  .meta({ title: 'Days', description: 'On which days it begins. Without them, every day.' });

const timeOfDaySchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM, from 00:00 to 23:59');

/** Name of an IANA time zone that this system knows, such as `Europe/Berlin` or `UTC`. */
export const zoneSchema = z
  .string()
  .max(100)
  .refine(isZone, {
    error: ({ input }) =>
      `there is no time zone ${JSON.stringify(input)}; one is written like Europe/Berlin or UTC`,
  })
  .meta({ title: 'Time zone', description: 'A name such as Europe/Berlin: summer time is kept by it.' });

function isZone(name: string): boolean {
  // A UTC offset has no daylight saving time: a window in it would be an hour off for half of the year.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const longestMinutes = 31 * 24 * 60;
const longestOnceMs = 366 * 86_400_000;
/** The latest time a JavaScript `Date` can hold, epoch milliseconds. */
const latestTime = 8.64e15;

/** Names or patterns; one of them must match. */
export const patternsSchema = z
  .array(z.string().min(1, 'a pattern is not empty; write * for anything').max(200))
  .min(1, 'name at least one, or leave it out for all of them')
  .max(100);

/** Tags an alert must have, from its rule or its source. */
export const tagsMatchedSchema = patternsSchema.optional().meta({
  title: 'Tags',
  description:
    'Names or patterns of tags, of which the rule or the source has one; `!` in front leaves out what has it. Without them, whatever the tags.',
});

/** Rules selected by id. */
export const rulesNamedSchema = z
  .array(z.string().min(1).max(64))
  .min(1, 'name at least one, or leave it out for all of them')
  .max(100)
  .optional()
  .meta({ title: 'Rules', description: 'Ids of rules. Without them, every rule.' });

const downtimeShape = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'an id is 1 to 64 small letters, digits and hyphens')
    .meta({ title: 'Id', description: 'Never changes, so that alerts keep their downtime.' }),
  name: nameSchema.meta({ title: 'Reason', description: 'What is done in it: “NAS update”.' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled' }),
  hosts: patternsSchema.optional().meta({
    title: 'Hosts',
    description:
      'Names or patterns (`*`, `?`, `!` in front for "is not"). Without them, every host. What is named of hosts, sources and rules must all fit.',
  }),
  sources: patternsSchema.optional().meta({
    title: 'Sources',
    description: 'Names or patterns of sources. Without them, every source.',
  }),
  tags: tagsMatchedSchema,
  rules: rulesNamedSchema,
  from: z.int().min(0).max(latestTime).optional().meta({
    title: 'From',
    description: 'Once: when it begins, epoch milliseconds.',
  }),
  to: z
    .int()
    .min(0)
    .max(latestTime)
    .optional()
    .meta({ title: 'To', description: 'Once: when it ends, epoch milliseconds.' }),
  days: weekdaysSchema.optional(),
  start: timeOfDaySchema.optional().meta({
    title: 'Start',
    description: 'Every week: when it begins on each of its days, HH:MM in its time zone.',
  }),
  end: timeOfDaySchema.optional().meta({
    title: 'End',
    description:
      'Every week: when it ends by the clock on the wall, on the next day where that is not after `start`. In place of `minutes`.',
  }),
  cron: z.string().min(1).max(200).optional().meta({
    title: 'Cron',
    description:
      'When it begins, as five fields of cron: `0 3 1 * *` is the first of every month at 03:00 in its time zone.',
  }),
  minutes: z
    .int('must be a whole number')
    .min(1)
    .max(longestMinutes)
    .optional()
    .meta({ title: 'Length', unit: 'minutes', description: 'How long it lasts: time that passes.' }),
  zone: zoneSchema.optional(),
};

const uncheckedSchema = z.strictObject(downtimeShape);
export type Downtime = z.infer<typeof uncheckedSchema>;

/** A planned period in which alerts are recorded but not announced: once, weekly, or by a cron expression. */
export const downtimeSchema = uncheckedSchema.superRefine(checkTimes).meta({ id: 'Downtime' });

/** How a downtime states its times; each way has its own keys. */
export type DowntimeWay = 'once' | 'weekly' | 'cron';

/** Undefined if the downtime states no times. */
export function wayOf({
  from,
  to,
  days,
  start,
  end,
  cron,
}: Pick<Downtime, 'from' | 'to' | 'days' | 'start' | 'end' | 'cron'>): DowntimeWay | undefined {
  if (cron !== undefined) return 'cron';
  if (from !== undefined || to !== undefined) return 'once';
  return start !== undefined || end !== undefined || days !== undefined ? 'weekly' : undefined;
}

const keysOfWay = {
  once: ['from', 'to', 'zone'],
  weekly: ['days', 'start', 'end', 'minutes', 'zone'],
  cron: ['cron', 'minutes', 'zone'],
} as const satisfies Record<DowntimeWay, readonly (keyof Downtime)[]>;
const timeKeys = ['from', 'to', 'days', 'start', 'end', 'cron', 'minutes', 'zone'] as const;

/** Reports times that contradict each other; each problem has its path and says what to write instead. */
function checkTimes(downtime: Downtime, context: z.RefinementCtx): void {
  const report = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  const way = wayOf(downtime);
  if (way === undefined) {
    report(
      'from',
      'says not when: write from and to for once, start with end or minutes for every week, or cron with minutes',
    );
    return;
  }
  const keys: readonly string[] = keysOfWay[way];
  const first = keys.find((key) => Object.hasOwn(downtime, key)) ?? way;
  for (const key of timeKeys)
    if (downtime[key] !== undefined && !keys.includes(key))
      report(key, `cannot stand beside ${first}; leave one of them out`);
  if (way === 'once') checkOnce(downtime, report);
  else {
    if (downtime.zone === undefined) report('zone', 'is missing; name one such as Europe/Berlin');
    checkLength(way, downtime, report);
  }
}

function checkOnce({ from, to }: Downtime, report: (path: string, message: string) => void): void {
  if (from === undefined) report('from', 'is missing');
  else if (to === undefined) report('to', 'is missing');
  else if (to <= from) report('to', 'must be after from');
  else if (to - from > longestOnceMs) report('to', 'is more than 366 days after from');
}

function checkLength(
  way: 'weekly' | 'cron',
  { start, end, minutes }: Downtime,
  report: (path: string, message: string) => void,
): void {
  if (way === 'cron') {
    if (minutes === undefined) report('minutes', 'is missing');
  } else if (start === undefined) report('start', 'is missing');
  else if (end === undefined && minutes === undefined) report('end', 'is missing; write it, or minutes');
  else if (end !== undefined && minutes !== undefined)
    report('minutes', 'cannot stand beside end; leave one of them out');
}

/** Hours of the day in which people are not disturbed; critical alerts get through unless the owner decides otherwise. */
export const quietHoursSchema = z
  .strictObject({
    days: weekdaysSchema.optional(),
    start: timeOfDaySchema.meta({ title: 'From', description: 'HH:MM' }),
    end: timeOfDaySchema.meta({
      title: 'To',
      description: 'HH:MM; on the next day where that is not after the beginning.',
    }),
    zone: zoneSchema,
    criticalBreaksThrough: z.boolean().default(true).meta({
      title: 'Critical may break through',
      description: 'What is critical is announced all the same.',
    }),
  })
  .meta({ id: 'QuietHours' });
export type QuietHours = z.infer<typeof quietHoursSchema>;

/** One occurrence of a downtime or of quiet hours: from (included) to (excluded), epoch milliseconds. */
export const occurrenceSchema = z.object({ from: z.number(), to: z.number() }).meta({ id: 'Occurrence' });
export type Occurrence = z.infer<typeof occurrenceSchema>;

/** A downtime with its current state. */
export const downtimeViewSchema = z
  .object({
    downtime: downtimeSchema,
    /** `made`: in the window, over the API or at the command line. `settings`: written in the settings. */
    origin: z.enum(['made', 'settings']),
    /** `over`: it does not occur again. */
    state: z.enum(['active', 'planned', 'over', 'disabled']),
    /** The current occurrence; null if there is none. */
    active: occurrenceSchema.nullable(),
    /** The next five occurrences that begin after now. */
    next: z.array(occurrenceSchema),
  })
  .meta({ id: 'DowntimeView' });
export type DowntimeView = z.infer<typeof downtimeViewSchema>;

/** One past or planned occurrence of a downtime. */
export const pastOccurrenceSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    from: z.number(),
    to: z.number(),
    /** Names of the sources it covers; null for all. */
    sources: z.array(z.string()).nullable(),
  })
  .meta({ id: 'PastOccurrence' });
export type PastOccurrence = z.infer<typeof pastOccurrenceSchema>;
