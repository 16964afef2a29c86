import { z } from 'zod';

/** A place in a file that was written for another program or a newer Plimsoll, and what is to be known of it. */
export const noteSchema = z
  .object({
    path: z.string(),
    message: z.string(),
    line: z.number().optional(),
    column: z.number().optional(),
  })
  .meta({ id: 'Note' });
export type Note = z.infer<typeof noteSchema>;

/** What became of a predecessor's file. */
export const translationViewSchema = z
  .object({
    /** What the file is, such as `Threshold monitor, config.yaml`. */
    title: z.string(),
    /** Each key that was taken over: where it stood, and what it is now, in words. */
    mapped: z.array(noteSchema),
    /** What Plimsoll does not do (yet); nothing of it is in force. */
    notSupported: z.array(noteSchema),
    /** What is in force but should be looked at, such as a secret in clear. */
    warnings: z.array(noteSchema),
  })
  .meta({ id: 'Translation' });
export type TranslationView = z.infer<typeof translationViewSchema>;

/** A setting that is in force instead of the one in the file. */
export const overrideSchema = z
  .object({
    /** Key path in the settings, such as `rules[0].threshold`. */
    path: z.string(),
    /** The environment variable that says so, and where it was read. */
    origin: z.string(),
    value: z.union([z.number(), z.string(), z.boolean()]),
  })
  .meta({ id: 'Override' });
export type Override = z.infer<typeof overrideSchema>;

/** One entry that an import would add or change; nothing is ever removed by one. */
export const differenceSchema = z
  .object({
    list: z.enum(['sources', 'rules', 'destinations', 'monitoring', 'downtimes', 'listen', 'reports']),
    name: z.string(),
    change: z.enum(['added', 'changed', 'same']),
    /** It could act, so it arrives disabled and is switched on by hand. */
    arrivesDisabled: z.boolean(),
    /** What is not there before or after has no such key: JSON knows no undefined. */
    keys: z.array(
      z.object({ key: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
    ),
  })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof differenceSchema>;

/** What an import would do, or has done. */
export const importViewSchema = z
  .object({
    /** Null for a file of our own. */
    translation: translationViewSchema.nullable(),
    differences: z.array(differenceSchema),
    /** What the file holds and is left behind, such as keys of a newer Plimsoll. */
    warnings: z.array(noteSchema),
    applied: z.boolean(),
  })
  .meta({ id: 'Import' });
export type ImportView = z.infer<typeof importViewSchema>;
