import { z } from 'zod';

/** What a token allows: to send samples, to read everything, or to do everything. */
export const scopes = ['ingest', 'read', 'admin'] as const;
export const scopeSchema = z.enum(scopes).meta({ id: 'Scope' });
export type Scope = z.infer<typeof scopeSchema>;

/** What can be seen of a token once it was made. Times are epoch milliseconds. */
export const tokenViewSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: scopeSchema,
    createdAt: z.number(),
    lastUsedAt: z.number().nullable(),
    /** The only host it may send samples for; null for any. */
    host: z.string().nullable(),
    /** Expiry; null if it does not expire. */
    expiresAt: z.number().nullable(),
    /** Deadline for its first use; null if there is none. */
    useBy: z.number().nullable(),
  })
  .meta({ id: 'Token' });
export type TokenView = z.infer<typeof tokenViewSchema>;
