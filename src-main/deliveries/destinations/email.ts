import { z } from 'zod';
import type { Bundle, Message } from '../../contract/delivery.ts';
import type { ReportNote } from '../../contract/report.ts';
import { isLoopback } from '../../base/loopback.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { defineDestination, peopleReadEveryMs } from '../destination-kind.ts';
import type { Destination, DestinationSurroundings, Together } from '../destination-kind.ts';
import { asciiDomain, readAddress, readSender } from '../mail/address.ts';
import type { MailAddress } from '../mail/address.ts';
import { digestLetterOf, letterOf } from '../mail/letter.ts';
import { reportLetterOf } from '../mail/report-letter.ts';
import type { Letter } from '../mail/letter.ts';
import { ReceivedBy } from '../mail/received-by.ts';
import { post, securities } from '../mail/smtp.ts';
import type { Posted, Route } from '../mail/smtp.ts';

const addressRule = 'must be one mail address such as ops@example.org, without quotes, spaces or line ends';

const options = z
  .strictObject({
    host: z
      .string()
      .refine(
        (host) => asciiDomain(host) !== undefined,
        "must be a server's name or IP address, without smtp:// and without a port",
      )
      .meta({ title: 'Server', description: 'The name or the IP address of the SMTP server.' }),
    port: z.int().min(1).max(65_535).default(587).meta({
      title: 'Port',
      description: 'Usually 587 with STARTTLS, and 465 with TLS from the start.',
    }),
    security: z.enum(securities).default('starttls').meta({
      title: 'Encryption',
      description:
        'starttls: the server must encrypt before anything is sent. tls: encrypted from the start, port 465. plain: nothing is encrypted, the password neither. opportunistic: encrypted when the server offers it, its certificate not checked; only for a server on this machine.',
    }),
    username: z.string().min(1).max(300).optional().meta({
      title: 'User name',
      description: 'Left out with a server that wants no login.',
    }),
    password: secretReferenceSchema.optional().meta({
      title: 'Password',
      description: 'Goes with the user name. The settings only say where it is found.',
      secret: true,
    }),
    from: z
      .string()
      .refine(
        (text) => readSender(text) !== undefined,
        'must be a mail address such as ops@example.org, or Name <ops@example.org>',
      )
      .optional()
      .meta({
        title: 'From',
        description:
          'The address of the sender, with a name before it if you like. Without it, the user name.',
      }),
    to: z
      .array(z.string().refine((text) => readAddress(text) !== undefined, addressRule))
      .min(1, 'at least one address is needed')
      .max(50, 'at most 50 addresses are allowed; for more, use a mailing list')
      .refine(
        (to) => new Set(to.map((text) => readAddress(text)?.toLowerCase() ?? text)).size === to.length,
        'each address can be named once',
      )
      .meta({ title: 'To', description: 'Who gets the mails. All of them see each other.' }),
    onResolve: z
      .boolean()
      .default(true)
      .meta({ title: 'Also when it is over', description: 'Write again when the alert resolves.' }),
  })
  .superRefine(({ host, security, username, password, from }, { addIssue }) => {
    const report = (key: string, message: string) => addIssue({ code: 'custom', path: [key], message });
    if (security === 'opportunistic' && !isLoopback(host))
      report(
        'security',
        'opportunistic does not check who answers, so it is only for a server on this machine (localhost, 127.0.0.1 or ::1); use starttls or tls',
      );
    if (username === undefined && password !== undefined)
      report('username', 'is missing; a password goes with a user name');
    if (username !== undefined && password === undefined)
      report('password', 'is missing; a user name goes with a password');
    if (from === undefined && readAddress(username ?? '') === undefined)
      report('from', 'is missing, and the user name is no mail address that could stand for it');
  });
type EmailOptions = z.infer<typeof options>;

export const emailDestination = defineDestination<EmailOptions>({
  kind: 'email',
  title: 'Email',
  description: 'Writes each alert to one or more people, with its record attached as JSON and CSV.',
  role: 'announce',
  takesReports: true,
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: (chosen, surroundings) => new Mailbox(chosen, surroundings),
});

/** Sends the mails of one destination. Exported for tests, which trust their own certificate. */
export class Mailbox implements Destination {
  readonly #options: EmailOptions;
  readonly #surroundings: DestinationSurroundings;
  readonly #sender: MailAddress;
  readonly #to: string[];
  readonly #ca: string | undefined;
  readonly #received = new ReceivedBy();
  readonly together: Together = {
    everyMs: peopleReadEveryMs,
    deliver: (bundle: Bundle, signal) => this.#hand(bundle.id, () => digestLetterOf(bundle), signal),
  };

  /** `ca`: certificates to trust instead of the system's, in PEM format. */
  constructor(chosen: EmailOptions, surroundings: DestinationSurroundings, ca?: string) {
    this.#options = chosen;
    this.#surroundings = surroundings;
    this.#ca = ca;
    const sender = readSender(chosen.from ?? chosen.username ?? '');
    if (sender === undefined)
      throw new PlimsollError('invalid_settings', 'There is no address to send mails from.');
    this.#sender = sender;
    this.#to = chosen.to.map((text) => readAddress(text)).filter((address) => address !== undefined);
  }

  /**
   * A server may accept a mail for some recipients and refuse it for others. Recipients who have it or were refused for
   * good are not tried again. While others can still get it, the delivery fails with retry. It has arrived when one
   * recipient has it.
   */
  deliver(message: Message, signal: AbortSignal): Promise<string> {
    return this.#hand(
      message.id,
      async () => letterOf(message, (await this.#surroundings.draw?.(message)) ?? null),
      signal,
    );
  }

  /** The page is attached as a file; if it is gone meanwhile, there is nothing to send. */
  deliverReport(id: string, report: ReportNote, signal: AbortSignal): Promise<string> {
    return this.#hand(id, () => this.#reportLetter(id, report), signal);
  }

  async #reportLetter(id: string, note: ReportNote): Promise<Letter> {
    const { readReport } = this.#surroundings;
    if (readReport === undefined) throw new PlimsollError('unsupported', 'There are no reports here.');
    const page = await readReport(note.report, 'metrics_report.html');
    // Without fonts there are no pictures, and the report is sent without one.
    const picture = await readReport(note.report, 'system_metrics.png').catch(() => null);
    return reportLetterOf(id, note, page, picture);
  }

  async #hand(id: string, write: () => Letter | Promise<Letter>, signal: AbortSignal): Promise<string> {
    const received = this.#received.of(id, this.#to);
    if (received.open.length > 0) {
      try {
        received.note(await this.#post(await write(), received.open, signal));
      } catch (thrown) {
        if (!(thrown instanceof PlimsollError) || thrown.retry || !received.hasArrived) throw thrown;
        received.giveUp(thrown.message);
      }
    }
    return received.receipt(`${this.#options.host}:${String(this.#options.port)}`);
  }

  async #post(letter: Letter, recipients: string[], signal: AbortSignal): Promise<Posted> {
    const route = await this.#route();
    signal.throwIfAborted();
    const envelope = { sender: this.#sender, to: this.#to, recipients };
    return post(letter, envelope, route, signal, this.#surroundings.trace);
  }

  async #route(): Promise<Route> {
    const { host, port, security, username, password } = this.#options;
    const login =
      username === undefined || password === undefined
        ? undefined
        : { user: username, password: await this.#secret(password) };
    return { host: asciiDomain(host) ?? host, port, security, login, ca: this.#ca };
  }

  /** A credential may be missing for a while, for example while its file is replaced: the mail waits for it. */
  async #secret(reference: NonNullable<EmailOptions['password']>): Promise<string> {
    try {
      return await this.#surroundings.secret(reference);
    } catch (thrown) {
      const code = thrown instanceof PlimsollError ? thrown.code : 'unreadable';
      throw new PlimsollError(code, messageOf(thrown), { retry: true, cause: thrown });
    }
  }
}
