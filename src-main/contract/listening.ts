import { z } from 'zod';

/** Where this Plimsoll is reached over the network right now, and what keeps it from listening as the settings say. */
export const listeningSchema = z
  .object({
    open: z.array(
      z.object({
        host: z.string(),
        port: z.number(),
        isTls: z.boolean(),
        /** Where a browser on this machine finds it, such as `https://127.0.0.1:8888`. */
        url: z.string(),
      }),
    ),
    /** Why it is not as the settings say: what was open before stays, and it is tried again by itself. Null where all is as wanted. */
    problem: z
      .object({
        /** The address, the files for TLS, or that others would get in while nobody has a token. */
        about: z.enum(['address', 'tls', 'token']),
        code: z.string(),
        message: z.string(),
        /** The address that was tried last; null where it did not come to that. */
        address: z.object({ host: z.string(), port: z.number() }).nullable(),
      })
      .nullable(),
    /** It listens whether or not it receives from other machines, as headless ones do. */
    always: z.boolean(),
    /** What the command line or the environment decides, so that the settings do not. */
    fixed: z.object({ address: z.boolean(), tls: z.boolean(), receives: z.boolean() }),
  })
  .meta({ id: 'Listening' });
export type ListeningView = z.infer<typeof listeningSchema>;
export type ListeningProblem = NonNullable<ListeningView['problem']>;
