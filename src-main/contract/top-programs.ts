import { z } from 'zod';

/** One program at one time: all processes of that name together. */
const programUseSchema = z.object({
  program: z.string(),
  /** Of one core: 100 means that one core was busy with it. Null where it is not known, as at its first sight. */
  cpuPercent: z.number().nullable(),
  /** Resident. Null where it is not told. */
  memoryBytes: z.number().nullable(),
});
export type ProgramUse = z.infer<typeof programUseSchema>;

/** A program now, and at the earliest time of the last ten minutes at which it stood in the table; null when only now. */
export const programChangeSchema = programUseSchema
  .extend({ before: programUseSchema.omit({ program: true }).extend({ at: z.number() }).nullable() })
  .meta({ id: 'ProgramChange' });
export type ProgramChange = z.infer<typeof programChangeSchema>;

/** What ran at a time (`at`, epoch milliseconds), most used first, for the question why an alert fired. */
export const topProgramsSchema = z
  .object({ at: z.number(), byCpu: z.array(programChangeSchema), byMemory: z.array(programChangeSchema) })
  .meta({ id: 'TopPrograms' });
export type TopPrograms = z.infer<typeof topProgramsSchema>;
