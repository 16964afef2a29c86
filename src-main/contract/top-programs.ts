import { z } from 'zod';

/** The use of one program at one time: all processes of that name together. */
const programUseSchema = z.object({
  program: z.string(),
  /** In percent of one core: 100 is one core fully used. Null if unknown, for example when it was just first seen. */
  cpuPercent: z.number().nullable(),
  /** Resident memory. Null if not reported. */
  memoryBytes: z.number().nullable(),
});
export type ProgramUse = z.infer<typeof programUseSchema>;

/**
 * The current use of a program and the earliest known in the last ten minutes; `before` is null if it was not in the
 * table then.
 */
export const programChangeSchema = programUseSchema
  .extend({ before: programUseSchema.omit({ program: true }).extend({ at: z.number() }).nullable() })
  .meta({ id: 'ProgramChange' });
export type ProgramChange = z.infer<typeof programChangeSchema>;

/** Programs at one time (`at`, epoch milliseconds), highest use first, to explain why an alert fired. */
export const topProgramsSchema = z
  .object({ at: z.number(), byCpu: z.array(programChangeSchema), byMemory: z.array(programChangeSchema) })
  .meta({ id: 'TopPrograms' });
export type TopPrograms = z.infer<typeof topProgramsSchema>;
