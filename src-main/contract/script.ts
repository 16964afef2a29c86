import { z } from 'zod';

/**
 * A file that is or could be used as a script. `waiting`: nobody approved it yet. `changed`: it differs from what was
 * approved. Neither is run. `refused`: it cannot be approved as it is; `problem` says why.
 */
export const scriptViewSchema = z
  .object({
    /** As a source names it: relative to the scripts folder, or a full path. */
    file: z.string(),
    path: z.string(),
    state: z.enum(['waiting', 'changed', 'approved', 'refused']),
    problem: z.string().nullable(),
    /** SHA-256 of the current file, in hexadecimal. */
    sha256: z.string().nullable(),
    approvedSha256: z.string().nullable(),
    /** Epoch milliseconds. */
    approvedAt: z.number().nullable(),
    size: z.number().nullable(),
    modifiedAt: z.number().nullable(),
    /** User id of the owner; null on Windows. */
    owner: z.number().nullable(),
    /** Who can change it besides administrators; null on Windows, where Plimsoll cannot tell. */
    writableBy: z.enum(['nobody', 'owner', 'group']).nullable(),
    /** Approved interpreter, or the one to approve; null for the default. */
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
    /** The scripts folder. It need not exist. */
    folder: z.string(),
    scripts: z.array(scriptViewSchema),
    /** A problem that concerns the owner, such as unreadable approvals; null if there is none. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'Scripts' });
export type ScriptsView = z.infer<typeof scriptsViewSchema>;

/** The content of a script, to be read before it is approved. */
export const scriptTextSchema = z
  .object({
    path: z.string(),
    /** Hash of the whole file, so that exactly the file that was read is approved. */
    sha256: z.string(),
    /** Null if the file is not text. */
    text: z.string().nullable(),
    /** True if `text` holds only the beginning of the file. */
    isCut: z.boolean(),
  })
  .meta({ id: 'ScriptText' });
export type ScriptText = z.infer<typeof scriptTextSchema>;

export const scriptApprovalSchema = z
  .object({
    path: z.string().min(1).max(4096),
    /** Hash of the file that was read. If the file has changed since, the approval is refused. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** The interpreter to run it; without one, that of its source, or the default. */
    interpreter: z.string().min(1).max(4096).nullable().optional(),
  })
  .meta({ id: 'ScriptApproval' });
export type ScriptApproval = z.infer<typeof scriptApprovalSchema>;
