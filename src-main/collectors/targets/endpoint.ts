import { z } from 'zod';
import { httpRequest } from '../../base/http/client.ts';
import type { HttpAnswer, HttpRequest } from '../../base/http/client.ts';
import { withDefaults } from '../../base/http/headers.ts';
import type { HttpAuthorization, HttpHeaders } from '../../base/http/headers.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from '../../base/http/options.ts';
import { hostOf } from '../../base/http/url.ts';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import { authorityFileSchema, readAuthorities } from '../../base/http/authority-file.ts';
import { ownNetworkError } from './check-target.ts';
import { PartialReading } from '../partial-reading.ts';

/** The options of every source that queries a web address. */
export const endpointShape = {
  url: httpUrlSchema.meta({
    title: 'Address',
    description:
      'Such as https://example.org/status. Only http and https, without a user name or password in it.',
  }),
  headers: httpHeadersSchema.optional().meta({
    title: 'Headers',
    description: 'Sent with each request. What is secret in them is referred to.',
    advanced: true,
  }),
  username: z
    .string()
    .min(1)
    .max(500)
    .refine((name) => !name.includes(':'), 'must not contain a colon')
    .optional()
    .meta({
      title: 'User name',
      description: 'For endpoints that ask for a name and a password (Basic).',
      advanced: true,
    }),
  password: secretReferenceSchema
    .optional()
    .meta({ title: 'Password', description: 'Goes with the user name.', secret: true, advanced: true }),
  token: secretReferenceSchema.optional().meta({
    title: 'Token',
    description: 'Sent as `Authorization: Bearer …`, in place of a user name and password.',
    secret: true,
    advanced: true,
  }),
  authorityFile: authorityFileSchema.optional().meta({ advanced: true }),
  verifyCertificate: z.boolean().default(true).meta({
    title: 'Check the certificate',
    description:
      'Off means that anybody between here and there can answer instead, read what is sent, and take the token or password. Name an authority file rather.',
    advanced: true,
  }),
};
type Endpoint = z.infer<z.ZodObject<typeof endpointShape>>;

type Complain = (path: string, message: string) => void;

/** Checks the options against each other. */
export function checkEndpoint(
  { url, headers, username, password, token, authorityFile, verifyCertificate }: Endpoint,
  complain: Complain,
): void {
  const isNamed = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  if (password !== undefined && username === undefined) complain('password', 'a password needs a user name');
  if ([username !== undefined, token !== undefined, isNamed].filter(Boolean).length > 1)
    complain(
      token === undefined ? 'username' : 'token',
      'a user name, a token and the header Authorization exclude each other; leave all but one out',
    );
  if (authorityFile !== undefined && !verifyCertificate)
    complain('authorityFile', 'has no meaning while the certificate is not checked; leave one of both out');
  if (!verifyCertificate && !url.startsWith('https:'))
    complain('verifyCertificate', 'has a meaning for https:// only; leave it out');
}

/** The host of an endpoint, for `SourceKind.asks`. */
export function hostAsked(url: string): string {
  return hostOf(new URL(url));
}

/** Less than the whole deadline, so that there is time to report silence. */
const shareOfDeadline = 0.95;
const longestMs = 10_000;

/**
 * Queries an endpoint. If there is no answer, the error carries the samples `reachable` 0 and `unanswered`, unless the
 * failure is on this machine or the name cannot be looked up.
 */
export async function askEndpoint(
  chosen: Endpoint,
  secret: ResolveSecret,
  request: Pick<HttpRequest, 'method' | 'body'> & { signal: AbortSignal },
  {
    defaults,
    deadlineMs = longestMs,
    unanswered = [],
  }: { defaults: HttpHeaders; deadlineMs?: number | undefined; unanswered?: readonly Measurement[] },
): Promise<HttpAnswer> {
  const { headers } = await resolvedHeaders(chosen.headers, secret);
  const { authorityFile, verifyCertificate } = chosen;
  const asked = {
    ...request,
    url: chosen.url,
    headers: withDefaults(headers, defaults),
    authorization: await authorization(chosen, secret),
    privateAddresses: 'allowed',
    deadlineMs: Math.min(deadlineMs, longestMs) * shareOfDeadline,
    authorities: authorityFile === undefined ? undefined : [await readAuthorities(authorityFile)],
    verifyCertificate,
  } satisfies HttpRequest;
  try {
    return await httpRequest(asked);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || !saysUnreachable(thrown)) throw thrown;
    throw new PartialReading([{ metric: 'reachable', labels: {}, value: 0 }, ...unanswered], thrown);
  }
}

function saysUnreachable({ code, cause }: PlimsollError): boolean {
  if (code === 'deadline') return true;
  const reason = systemCodeOf(cause);
  const isLookup = reason === 'ENOTFOUND' || reason === 'EAI_AGAIN';
  return code === 'unreachable' && !isLookup && ownNetworkError(reason, '') === undefined;
}

async function authorization(
  { username, password, token }: Endpoint,
  secret: ResolveSecret,
): Promise<HttpAuthorization | undefined> {
  if (token !== undefined) return { token: await secret(token) };
  if (username === undefined) return undefined;
  return { username, password: password === undefined ? '' : await secret(password) };
}
