import { z } from 'zod';

/** A place in a file of another program or of a newer Plimsoll, with a remark about it. */
export const noteSchema = z
  .object({
    path: z.string(),
    message: z.string(),
    line: z.number().optional(),
    column: z.number().optional(),
  })
  .meta({ id: 'Note' });
export type Note = z.infer<typeof noteSchema>;

/** Result of translating a predecessor's file. */
export const translationViewSchema = z
  .object({
    /** Type of the file, such as `Threshold monitor, config.yaml`. */
    title: z.string(),
    /** Each key that was taken over: its old path, and in words what it became. */
    mapped: z.array(noteSchema),
    /** Keys that Plimsoll does not support (yet); they have no effect. */
    notSupported: z.array(noteSchema),
    /** Settings that take effect but should be reviewed, such as a secret in plain text. */
    warnings: z.array(noteSchema),
  })
  .meta({ id: 'Translation' });
export type TranslationView = z.infer<typeof translationViewSchema>;

/** A setting that is overridden from outside the file. */
export const overrideSchema = z
  .object({
    /** Key path in the settings, such as `rules[0].threshold`. */
    path: z.string(),
    /** The environment variable that overrides it, and where it was read. */
    origin: z.string(),
    value: z.union([z.number(), z.string(), z.boolean()]),
  })
  .meta({ id: 'Override' });
export type Override = z.infer<typeof overrideSchema>;

/** One entry that an import adds or changes. An import never removes any. */
export const differenceSchema = z
  .object({
    list: z.enum(['sources', 'rules', 'destinations', 'monitoring', 'downtimes', 'listen', 'reports']),
    name: z.string(),
    change: z.enum(['added', 'changed', 'same']),
    /** The entry could send, run or contact something, so it is imported disabled and must be switched on by hand. */
    arrivesDisabled: z.boolean(),
    /** `before` or `after` is absent if the key does not exist then: JSON has no undefined. */
    keys: z.array(
      z.object({ key: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
    ),
  })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof differenceSchema>;

/** What an import will do, or has done. */
export const importViewSchema = z
  .object({
    /** Null for a file in Plimsoll's own format. */
    translation: translationViewSchema.nullable(),
    differences: z.array(differenceSchema),
    /** Contents of the file that are ignored, such as keys of a newer Plimsoll. */
    warnings: z.array(noteSchema),
    applied: z.boolean(),
  })
  .meta({ id: 'Import' });
export type ImportView = z.infer<typeof importViewSchema>;
