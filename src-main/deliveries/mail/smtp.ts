import { format } from 'node:util';
import type { SendMailOptions } from 'nodemailer';
import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { MailAddress } from './address.ts';
import type { Letter } from './letter.ts';
import { isPermanent, smtpProblem } from './smtp-problem.ts';
import { checkedSocket } from '../checked-socket.ts';
import { Transcript, cleanerOf } from './transcript.ts';
import type { Clean, Login } from './transcript.ts';

/**
 * How the connection to the server is encrypted. `starttls`: before anything confidential is sent. `tls`: from the
 * first byte. `plain`: not at all. `opportunistic`: if the server offers it, without verifying who it is.
 */
export const securities = ['starttls', 'tls', 'plain', 'opportunistic'] as const;
export type Security = (typeof securities)[number];

export interface Route {
  host: string;
  port: number;
  security: Security;
  login: Login | undefined;
  /** Certificates to trust instead of the system's, in PEM format. */
  ca: string | undefined;
}

export interface Envelope {
  sender: MailAddress;
  /** The recipients in the headers. */
  to: readonly string[];
  /** The recipients of this attempt: some of `to`. */
  recipients: readonly string[];
}

/** A server's refusal of one recipient. */
export interface Refusal {
  address: string;
  reply: string;
  /** A retry would get the same answer. */
  isPermanent: boolean;
}

/** The result for a mail: accepted for some, all or none of the recipients, each with the server's answer. */
export interface Posted {
  accepted: string[];
  refused: Refusal[];
  reply: string;
}

/**
 * Milliseconds of silence at any step, and for the whole. Less than the outbox waits, because the error here is more
 * precise.
 */
const stepMs = 10_000;
const wholeMs = 13_000;
/** No genuine reply is longer; the mail library's limit has the same number, in bytes. */
const mostReply = 64 * 1024;

/**
 * Hands a letter to a server, once. Refusals of single recipients are returned; a failure for all of them is thrown as
 * a `PlimsollError`. Neither contains the password.
 */
export async function post(
  letter: Letter,
  envelope: Envelope,
  route: Route,
  signal: AbortSignal,
  trace: (line: string) => void = () => {},
): Promise<Posted> {
  const clean = cleanerOf(route.login);
  const deadline = AbortSignal.timeout(wholeMs);
  const smuggled = new AbortController();
  const logger = talkLog(new Transcript(trace, clean), smuggled);
  const server = `${route.host}:${String(route.port)}`;
  // Loaded on demand: it takes 25 MB of memory.
  const { createTransport } = await import('nodemailer');
  const ending = AbortSignal.any([signal, deadline, smuggled.signal]);
  const transport = createTransport({
    ...connectionOf(route, logger),
    getSocket: (_options, done) => {
      const { host, port, ca } = route;
      const isEncrypted = route.security === 'tls';
      checkedSocket({ host, port, isEncrypted, ca }, ending).then(
        (connection) => done(null, { connection, secured: isEncrypted }),
        (thrown: unknown) => done(thrown instanceof Error ? thrown : new Error(String(thrown)), false),
      );
    },
  });
  const mail: SendMailOptions = { ...contentOf(letter, envelope), signal: ending };
  try {
    const { accepted, rejectedErrors, response } = sentSchema.parse(await transport.sendMail(mail));
    return { accepted, refused: refusalsOf(rejectedErrors, clean), reply: clean(response) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (smuggled.signal.aborted) throw smuggledProblem(server);
    if (deadline.aborted) {
      throw new PlimsollError('deadline', `${server} was not done after ${wholeMs / 1000} seconds.`, {
        retry: true,
      });
    }
    if (thrown instanceof PlimsollError) throw thrown;
    const everybody = everybodyRefusedSchema.safeParse(thrown);
    if (everybody.success)
      return { accepted: [], refused: refusalsOf(everybody.data.rejectedErrors, clean), reply: '' };
    throw smtpProblem(thrown, server, clean);
  } finally {
    transport.close();
  }
}

const rejectedSchema = z.array(z.object({ recipient: z.string(), response: z.string() }));
const sentSchema = z.object({
  accepted: z.array(z.string()),
  rejectedErrors: rejectedSchema.default([]),
  response: z.string(),
});
const everybodyRefusedSchema = z.object({
  code: z.literal('EENVELOPE'),
  rejectedErrors: rejectedSchema.min(1),
});

function refusalsOf(errors: z.infer<typeof rejectedSchema>, clean: Clean): Refusal[] {
  return errors.map(({ recipient, response }) => ({
    address: recipient,
    reply: clean(response),
    isPermanent: isPermanent(response),
  }));
}

function connectionOf({ host, port, security, login, ca }: Route, logger: ReturnType<typeof talkLog>) {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    opportunisticTLS: security === 'opportunistic',
    tls: { rejectUnauthorized: security !== 'opportunistic', ...(ca !== undefined && { ca }) },
    ...(login !== undefined && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    dnsTimeout: stepMs,
    socketCloseTimeout: 1000,
    maxResponseSize: mostReply,
    logger,
    transactionLog: true,
  };
}

function contentOf(letter: Letter, { sender, to, recipients }: Envelope): SendMailOptions {
  const { thread, ...content } = letter;
  return {
    ...content,
    from: sender,
    to: to.map((address) => ({ name: '', address })),
    envelope: { from: sender.address, to: [...recipients] },
    ...(thread !== null && { inReplyTo: thread, references: thread }),
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function smuggledProblem(server: string): PlimsollError {
  return new PlimsollError(
    'forbidden',
    `${server} went on in clear after it had agreed to encrypt, as somebody between would. Nothing was sent to it.`,
  );
}

const entrySchema = z.object({
  tnx: z.string().catch(''),
  discarded: z.number().optional().catch(undefined),
});

/**
 * Turns the mail library's log calls into a transcript. The library discards data that arrives in clear after STARTTLS
 * (CVE-2011-0411) and continues; for us such an attempt is reason enough to disconnect.
 */
function talkLog(transcript: Transcript, smuggled: AbortController) {
  const hear = (entry: unknown, ...said: unknown[]) => {
    const { tnx, discarded } = entrySchema.parse(entry);
    const text = format(...said);
    if (tnx === 'client') transcript.client(text);
    else if (tnx === 'server') transcript.server(text);
    else if (['network', 'smtp', 'message'].includes(tnx)) transcript.note(text);
    if (discarded !== undefined) smuggled.abort();
  };
  return { level: () => {}, trace: hear, debug: hear, info: hear, warn: hear, error: hear, fatal: hear };
}
