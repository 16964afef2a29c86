import { z } from 'zod';

/** One part of history with its own retention: the raw samples, or the roll-ups of minutes, hours or days. */
const keptPartSchema = z
  .object({
    what: z.enum(['samples', 'minutes', 'hours', 'days']),
    /** Time of the oldest entry, epoch milliseconds; null if there is none yet. Roll-ups begin after the first whole day. */
    oldestAt: z.number().nullable(),
    /** Retention in milliseconds; null for unlimited. */
    keptMs: z.number().nullable(),
    /**
     * Entries before this time were deleted before their retention ended, because history had reached its size limit.
     * Null if none were.
     */
    cutBefore: z.number().nullable(),
  })
  .meta({ id: 'KeptPart' });
export type KeptPart = z.infer<typeof keptPartSchema>;

/** Size of history, its limit, and how far back it reaches. */
export const historySizeSchema = z
  .object({
    /** Size of the database file and its write-ahead log. */
    bytes: z.number(),
    /** Size limit of the file, in bytes; null for none. */
    mostBytes: z.number().nullable(),
    samples: z.number(),
    oldestAt: z.number().nullable(),
    kept: z.array(keptPartSchema),
    /** Damaged files that were set aside, newest first. Absent if the store has no files of its own. */
    damaged: z.array(z.object({ name: z.string(), bytes: z.number() })).optional(),
  })
  .meta({ id: 'HistorySize' });
export type HistorySize = z.infer<typeof historySizeSchema>;

/** Result of a check of all history. The check changes nothing. */
export const historyCheckSchema = z
  .object({
    ok: z.boolean(),
    /** Errors that SQLite reports for the file; empty if it is intact. */
    findings: z.array(z.string()),
    /** Number of blocks, roll-ups and readings whose checksums were compared. */
    checked: z.number(),
    damagedCount: z.number(),
    /** The first hundred with a wrong checksum, by series and time. Queries leave them out. */
    damaged: z.array(z.string()),
  })
  .meta({ id: 'HistoryCheck' });
export type HistoryCheck = z.infer<typeof historyCheckSchema>;

/**
 * Which samples to export: from `from` up to but not including `to`, epoch milliseconds; all sources or metrics if none
 * is named.
 */
export interface HistoryExport {
  from: number;
  to: number;
  source?: string | undefined;
  metric?: string | undefined;
  format: 'json' | 'csv';
}
