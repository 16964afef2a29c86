import { z } from 'zod';

/**
 * A file that is a script, or would be one. `waiting`: nobody approved it; `changed`: it is not what was approved any more; neither runs.
 * `refused`: it can not be approved as it is, and `problem` says why.
 */
export const scriptViewSchema = z
  .object({
    /** As a source names it: relative to the folder of scripts, or a full path. */
    file: z.string(),
    path: z.string(),
    state: z.enum(['waiting', 'changed', 'approved', 'refused']),
    problem: z.string().nullable(),
    /** SHA-256 of the file as it is now, in hexadecimal. */
    sha256: z.string().nullable(),
    approvedSha256: z.string().nullable(),
    /** Epoch milliseconds. */
    approvedAt: z.number().nullable(),
    size: z.number().nullable(),
    modifiedAt: z.number().nullable(),
    /** The number of the user that it belongs to; null on Windows. */
    owner: z.number().nullable(),
    /** Who can change it besides administrators; null on Windows, where Plimsoll can not tell. */
    writableBy: z.enum(['nobody', 'owner', 'group']).nullable(),
    /** The program that runs it, as it is or would be approved; null for the usual one. */
    interpreter: z.string().nullable(),
    /** Names of the sources that run it. */
    sources: z.array(z.string()),
    /** Names of the destinations that run it. */
    destinations: z.array(z.string()),
  })
  .meta({ id: 'Script' });
export type ScriptView = z.infer<typeof scriptViewSchema>;

export const scriptsViewSchema = z
  .object({
    /** Where files are looked for. It need not exist. */
    folder: z.string(),
    scripts: z.array(scriptViewSchema),
    /** What an owner should know, such as that the approvals can not be read. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'Scripts' });
export type ScriptsView = z.infer<typeof scriptsViewSchema>;

/** What is in a script, to be read before it is approved. */
export const scriptTextSchema = z
  .object({
    path: z.string(),
    /** Of all of it: what is approved is what was seen. */
    sha256: z.string(),
    /** Null for a file that is no text. */
    text: z.string().nullable(),
    /** Only its beginning is in `text`. */
    isCut: z.boolean(),
  })
  .meta({ id: 'ScriptText' });
export type ScriptText = z.infer<typeof scriptTextSchema>;

export const scriptApprovalSchema = z
  .object({
    path: z.string().min(1).max(4096),
    /** What was looked at: when the file is another one by now, nothing is approved. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** The program that is to run it; without one, what its source says, or the usual one. */
    interpreter: z.string().min(1).max(4096).nullable().optional(),
  })
  .meta({ id: 'ScriptApproval' });
export type ScriptApproval = z.infer<typeof scriptApprovalSchema>;
