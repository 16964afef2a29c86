import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import type { Clean } from './transcript.ts';

/** The useful fields of the mail library's errors; see `Codes` in its documentation. */
const thrownSchema = z.object({
  message: z.string().catch(''),
  code: z.string().catch(''),
  /** The code of the system or of TLS, if `code` only names the step. */
  originalCode: z.string().catch(''),
  timeoutType: z.string().catch(''),
  response: z.string().catch(''),
  command: z.string().catch(''),
});
type Thrown = z.infer<typeof thrownSchema>;

/** A server's reply, RFC 5321, 4.2: three digits, of which the first means success, wait or failure. */
const replyFormat = /^([2-5])\d\d(?:[ -]|$)/;

/** Whether a reply is a permanent failure (5…), so that a retry is useless; an unknown reply may be temporary. */
export function isPermanent(reply: string): boolean {
  return replyFormat.exec(reply)?.[1] === '5';
}

const codesOfCertificates =
  /CERT|^UNABLE_TO_|^(DEPTH_ZERO_)?SELF_SIGNED|^INVALID_(CA|PURPOSE)|^HOSTNAME_MISMATCH$/;
const codesOfTls = /^ERR_SSL_|^ERR_TLS_|^EPROTO$/;

const waiting: Readonly<Record<string, string>> = {
  CONNECT_TIMEOUT:
    'did not take the connection in time. Check host and port, and whether a firewall is between',
  GREETING_TIMEOUT:
    'took the connection and did not greet in time. A port that speaks TLS from the start, as 465 does, waits like this: it needs `security: tls`',
  UPGRADE_TIMEOUT: 'agreed to encrypt and did not finish that in time',
};

/** The error for a problem with a server, in words that say how to fix it, and whether to retry. */
export function smtpProblem(thrown: unknown, server: string, clean: Clean): PlimsollError {
  const parsed = thrownSchema.safeParse(thrown);
  const seen: Thrown = parsed.data ?? thrownSchema.parse({});
  const reply = replyFormat.test(seen.response) ? clean(seen.response) : '';
  const retry = !isPermanent(reply);
  const system = seen.originalCode || seen.code;
  // Not the original error, which may contain a password.
  const cause = Object.assign(new Error(system), { code: system });
  const problem = (code: ErrorCode, words: string, isWorthRetrying: boolean) =>
    new PlimsollError(code, `${server} ${words}.`, { retry: isWorthRetrying, cause });

  switch (seen.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return problem(
        'unreachable',
        `cannot be found: ${clean(seen.message)}. Check the name, and whether this machine is online`,
        true,
      );
    case 'ETIMEDOUT':
      return problem('deadline', waiting[seen.timeoutType] ?? 'fell silent', true);
    case 'ETLS':
      if (reply === '') break;
      return unencrypted(seen, reply, retry, problem);
    case 'EAUTH':
      return problem(
        'unauthorized',
        `refused the login: ${reply || clean(seen.message)}. Check user name and password; some services want a password made for one application`,
        reply !== '' && retry,
      );
    case 'EPROTOCOL':
      if (/^[45]/.test(reply)) return problem('forbidden', `refuses to serve: ${reply}`, retry);
      if (seen.response === '')
        return problem('too_large', 'answers without end; the connection was cut', true);
      return problem(
        'unreadable',
        `does not speak SMTP; it said ${JSON.stringify(clean(seen.response).slice(0, 80))}. Check host and port`,
        true,
      );
    case 'ECONNECTION':
      // Without EHLO there is no STARTTLS; only then does the session end at this step.
      if (seen.command === 'EHLO' && !retry) return unencrypted(seen, reply, retry, problem);
      return reply === ''
        ? problem('unreachable', 'closed the connection without an answer', true)
        : problem('unreachable', `ended the talk: ${reply}`, retry);
    case 'EENVELOPE':
    case 'EMESSAGE':
      return refusal(seen, reply || clean(seen.message), retry, problem);
    default:
      break;
  }
  return lineProblem(seen, clean, problem);
}

type Compose = (code: ErrorCode, words: string, isWorthRetrying: boolean) => PlimsollError;

function unencrypted({ command }: Thrown, reply: string, retry: boolean, problem: Compose): PlimsollError {
  return problem(
    'forbidden',
    `does not encrypt (${command}: ${reply}); nothing was sent to it. If it never does, use a port with TLS and \`security: tls\``,
    retry,
  );
}

function refusal({ command, code }: Thrown, said: string, retry: boolean, problem: Compose): PlimsollError {
  if (/^552|larger than allowed/.test(said))
    return problem('too_large', `finds the mail too large: ${said}`, false);
  if (said.startsWith('530')) return problem('unauthorized', `wants a login first: ${said}`, false);
  const what = command === 'MAIL FROM' ? 'the sender' : code === 'EMESSAGE' ? 'the mail' : 'mails';
  return retry
    ? problem('too_many_requests', `does not take ${what} now: ${said}`, true)
    : problem('forbidden', `refused ${what}: ${said}`, false);
}

/** Problems below SMTP: TLS, or the connection itself. */
function lineProblem({ code, originalCode, message }: Thrown, clean: Clean, problem: Compose): PlimsollError {
  const system = originalCode || code;
  if (codesOfCertificates.test(system)) {
    return problem(
      'forbidden',
      `showed a certificate that does not hold (${system}: ${clean(message)}); nothing was sent to it. Check the host's name, or have the certificate renewed`,
      false,
    );
  }
  if (codesOfTls.test(system) || code === 'ETLS') {
    return problem(
      'forbidden',
      `could not agree on encryption (${clean(message)}); nothing was sent to it. Check port and security: 465 goes with \`tls\`, 587 and 25 with \`starttls\``,
      false,
    );
  }
  return problem('unreachable', `cannot be reached: ${clean(message)}. Check host and port`, true);
}
