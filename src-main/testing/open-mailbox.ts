import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { testCertificate } from './certificate.ts';
import { exampleMessage } from './example-message.ts';
import { destinationSurroundings, secretsOf } from './surroundings.ts';
import type { ReadReport } from '../deliveries/destination-kind.ts';
import { Mailbox, emailDestination } from '../deliveries/destinations/email.ts';

const certificate = testCertificate({ name: 'localhost' });

/** Whom the server knows. */
export const secrets = { smtp: 'hunter2 & Söhne' };
export const login = { username: 'ops@example.org', password: { secret: 'smtp' } };

/** Of a delivery that nobody breaks off. */
export const signal: AbortSignal = new AbortController().signal;

/** A mail that the server took. */
export interface Arrived {
  recipients: string[];
  sender: string;
  mail: ParsedMail;
  raw: string;
}

/**
 * A server that takes mails from whoever knows the password, and a mailbox that sends to it; both end with the test. `options` are
 * those of the destination, `changes` those of the server.
 */
export async function openMailbox(
  options: Record<string, unknown> = {},
  changes: SMTPServerOptions = {},
  readReport?: ReadReport,
) {
  const arrived: Arrived[] = [];
  const trace: string[] = [];
  const server = new SMTPServer({
    cert: certificate.pem,
    key: certificate.key,
    disableReverseLookup: true,
    onAuth: ({ username = '', password }, _, callback) =>
      username === login.username && password === secrets.smtp
        ? callback(null, { user: username })
        : callback(new Error('Who are you?')),
    onData: (stream, { envelope }, callback) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const raw = Buffer.concat(chunks).toString();
        arrived.push({
          recipients: envelope.rcptTo.map(({ address }) => address),
          sender: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          mail: await simpleParser(raw),
          raw,
        });
        callback(null, `taken as ${String(arrived.length)}`);
      })();
    },
    ...changes,
  });
  // What a client thinks of the certificate is no matter of the server's.
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  onTestFinished(() => {
    server.close();
  });
  const parsed = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    to: ['a@example.org', 'b@example.org'],
    ...login,
    ...options,
  });
  const surroundings = destinationSurroundings({
    secret: secretsOf(secrets),
    trace: (line) => trace.push(line),
    ...(readReport && { readReport }),
  });
  const mailbox = new Mailbox(parsed, surroundings, certificate.pem);
  return {
    ...{ arrived, trace, port, mailbox },
    deliver: (message = exampleMessage()) => mailbox.deliver(message, signal),
  };
}

/** What smtp-server answers with a code of its own. */
export class Refused extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}
