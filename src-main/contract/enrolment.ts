import { z } from 'zod';
import { hostTagsSchema } from './fields.ts';
import { hostNameSchema } from './ingest.ts';

/** For how long an enrolment waits for the first sign of life, in seconds, unless somebody says otherwise; and at most. */
const usualEnrolmentSeconds = 86_400;
export const longestEnrolmentSeconds = 30 * 86_400;

/** A machine that may send from now on. The token can be seen here only. */
export const enrolmentSchema = z
  .object({
    host: z.string(),
    /** The id of the token, by which it is revoked. */
    id: z.string(),
    token: z.string(),
    /** When it ends unless it was used by then, epoch milliseconds. */
    useBy: z.number(),
    /** The hub's address, as in the lines. */
    url: z.string(),
    /** What to type on that machine to have it send until Ctrl-C. */
    line: z.string(),
    /** The same for good, where its systemd unit is installed. */
    serviceLine: z.string(),
  })
  .meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** Where an agent finds a hub: its origin, or one with a path in front. */
export const hubAddressSchema = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://hub.example.org:8888' })
  .max(2000)
  .regex(
    /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i,
    'must be the address alone, without a name, a password or a query',
  );

/** What is asked of a hub that is to let a machine in. */
export const enrolmentQuestionSchema = z.object({
  host: hostNameSchema,
  /** How that machine finds this hub. */
  url: hubAddressSchema,
  tags: hostTagsSchema.optional(),
  withinSeconds: z.int().min(60).max(longestEnrolmentSeconds).default(usualEnrolmentSeconds).meta({
    description: 'When the token is not used for so long, it is over',
  }),
});
export type EnrolmentQuestion = z.output<typeof enrolmentQuestionSchema>;

/**
 * One line each for a POSIX shell on the machine that is to send. The token goes through a built-in command into a file, so
 * that no list of processes shows it.
 */
export function enrolmentLines({
  host,
  token,
  url,
}: Pick<Enrolment, 'host' | 'token' | 'url'>): Pick<Enrolment, 'line' | 'serviceLine'> {
  const print = `printf '%s\\n'`;
  return {
    line: `(umask 077 && ${print} ${quoted(token)} > plimsoll-token) && AGENT_ID=${quoted(host)} plimsoll agent --hub ${quoted(url)} --token-file plimsoll-token`,
    serviceLine: [
      `${print} ${quoted(token)} | sudo install -D -m 600 /dev/stdin /etc/plimsoll/hub-token`,
      `${print} ${quoted(`SERVER_URL=${inFile(url)}`)} ${quoted(`AGENT_ID=${inFile(host)}`)} | sudo tee /etc/plimsoll/agent.env > /dev/null`,
      'sudo systemctl enable plimsoll-agent && sudo systemctl restart plimsoll-agent',
    ].join(' && '),
  };
}

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w.:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A text as a value in a file that systemd reads, see systemd.exec(5), `EnvironmentFile=`. */
function inFile(text: string): string {
  return /^[\w.:/@%+=-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, (sign) => `\\${sign}`)}"`;
}
