import { z } from 'zod';

/** The network addresses this Plimsoll listens on now, and any error that prevents those in the settings. */
export const listeningSchema = z
  .object({
    open: z.array(
      z.object({
        host: z.string(),
        port: z.number(),
        isTls: z.boolean(),
        /** URL for a browser on this machine, such as `https://127.0.0.1:8888`. */
        url: z.string(),
      }),
    ),
    /** Why the settings are not in effect; null if they are. Earlier addresses stay open, and Plimsoll retries by itself. */
    problem: z
      .object({
        /** The address, the TLS files, or missing tokens, without which anyone could get in. */
        about: z.enum(['address', 'tls', 'token']),
        code: z.string(),
        message: z.string(),
        /** The address tried last; null if none was tried. */
        address: z.object({ host: z.string(), port: z.number() }).nullable(),
      })
      .nullable(),
    /** It listens even if it does not receive from other machines, as headless installations do. */
    always: z.boolean(),
    /** Which settings are overridden by the command line or the environment. */
    fixed: z.object({ address: z.boolean(), tls: z.boolean(), receives: z.boolean() }),
  })
  .meta({ id: 'Listening' });
export type ListeningView = z.infer<typeof listeningSchema>;
export type ListeningProblem = NonNullable<ListeningView['problem']>;
