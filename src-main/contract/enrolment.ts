import { z } from 'zod';
import { hostTagsSchema } from './fields.ts';
import { hostNameSchema } from './ingest.ts';

/** Default and longest time an unused enrolment token stays valid, in seconds. */
const usualEnrolmentSeconds = 86_400;
export const longestEnrolmentSeconds = 30 * 86_400;

/** A new enrolment: the machine may send from now on. The token is shown only in this answer. */
export const enrolmentSchema = z
  .object({
    host: z.string(),
    /** Id of the token, by which it is revoked. */
    id: z.string(),
    token: z.string(),
    /** When the token expires unless it was used before, epoch milliseconds. */
    useBy: z.number(),
    /** Address of the hub, as in the command lines. */
    url: z.string(),
    /** The command that makes that machine send until Ctrl-C. */
    line: z.string(),
    /** The command that makes it send permanently, if its systemd unit is installed. */
    serviceLine: z.string(),
  })
  .meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** Address at which an agent reaches a hub: an origin, optionally followed by a path. */
export const hubAddressSchema = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://hub.example.org:8888' })
  .max(2000)
  .regex(
    /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i,
    'must be the address alone, without a name, a password or a query',
  );

/** Request to a hub to enrol a machine. */
export const enrolmentQuestionSchema = z.object({
  host: hostNameSchema,
  /** Address under which that machine reaches this hub. */
  url: hubAddressSchema,
  tags: hostTagsSchema.optional(),
  withinSeconds: z.int().min(60).max(longestEnrolmentSeconds).default(usualEnrolmentSeconds).meta({
    description: 'When the token is not used for so long, it is over',
  }),
});
export type EnrolmentQuestion = z.output<typeof enrolmentQuestionSchema>;

/**
 * One-line commands for a POSIX shell on the machine that is to send. A shell built-in writes the token to a file, so
 * the token never appears in a list of processes.
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

/** Quotes a text as one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w.:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Quotes a text as a value in a file that systemd reads; see systemd.exec(5), `EnvironmentFile=`. */
function inFile(text: string): string {
  return /^[\w.:/@%+=-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, (sign) => `\\${sign}`)}"`;
}
