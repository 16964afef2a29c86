import { z } from 'zod';

/** What is kept for a time of its own: the samples as they were, and roll-ups of minutes, hours and days. */
const keptPartSchema = z
  .object({
    what: z.enum(['samples', 'minutes', 'hours', 'days']),
    /** The oldest that is there, epoch milliseconds; null where there is nothing yet. Roll-ups begin after the first whole day. */
    oldestAt: z.number().nullable(),
    /** For how long it is kept; null for ever. */
    keptMs: z.number().nullable(),
    /** What is older than this went although it was to be kept longer: history had reached its size. Null when nothing did. */
    cutBefore: z.number().nullable(),
  })
  .meta({ id: 'KeptPart' });
export type KeptPart = z.infer<typeof keptPartSchema>;

/** How large history is, how large it may become, and how far back it reaches. */
export const historySizeSchema = z
  .object({
    /** The file, and the log beside it. */
    bytes: z.number(),
    /** What the file may take; null for as much as the disk has. */
    mostBytes: z.number().nullable(),
    samples: z.number(),
    oldestAt: z.number().nullable(),
    kept: z.array(keptPartSchema),
    /** Files that were found damaged and set aside, newest first; absent where the store has no files of its own. */
    damaged: z.array(z.object({ name: z.string(), bytes: z.number() })).optional(),
  })
  .meta({ id: 'HistorySize' });
export type HistorySize = z.infer<typeof historySizeSchema>;

/** What a look at all of history found. Nothing is changed by it. */
export const historyCheckSchema = z
  .object({
    ok: z.boolean(),
    /** What SQLite says of the file; empty when it is whole. */
    findings: z.array(z.string()),
    /** Blocks, roll-ups and readings whose checksums were compared. */
    checked: z.number(),
    damagedCount: z.number(),
    /** Which of them do not hold, by series and time; the first hundred. They are absent in every answer. */
    damaged: z.array(z.string()),
  })
  .meta({ id: 'HistoryCheck' });
export type HistoryCheck = z.infer<typeof historyCheckSchema>;

/** Which samples are exported: of `from` to before `to`, epoch milliseconds; of all sources and metrics where none is named. */
export interface HistoryExport {
  from: number;
  to: number;
  source?: string | undefined;
  metric?: string | undefined;
  format: 'json' | 'csv';
}
