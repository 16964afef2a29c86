import { PlimsollError } from '../../contract/error.ts';

/** Values by header name, in the spelling that is sent. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Credentials: name and password (Basic, RFC 7617) or a token (Bearer, RFC 6750). */
export type HttpAuthorization = { username: string; password: string } | { token: string };

/** A token as defined by RFC 9110 (5.6.2). */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** Headers that control the transfer and belong to the client: another value could smuggle in a second request. */
const ownNames = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive'],
  ...['proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/** The only headers that are sent to another origin after a redirect: any other may contain credentials. */
const forEveryone = new Set([
  ...['accept', 'accept-encoding', 'accept-language', 'content-type', 'idempotency-key', 'user-agent'],
]);

/** What is wrong with the name of a header, as the end of a sentence; undefined if nothing is. */
export function headerNameProblem(name: string): string | undefined {
  if (!headerName.test(name))
    return 'is no name for a header: letters, digits and hyphens, such as X-Api-Key';
  return ownNames.has(name.toLowerCase()) ? 'is a header that Plimsoll sets by itself' : undefined;
}

/** What is wrong with the value of a header. Line ends and NUL could start another header or request. */
export function headerValueProblem(value: string): string | undefined {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? undefined
    : 'has a value with a line end, a control character or a letter that a header cannot carry';
}

/**
 * The headers of a request with names in lower case: defaults, overridden by the caller's, plus the credentials. Throws
 * `invalid_settings`; the message contains no header's value.
 */
export function requestHeaders(
  defaults: HttpHeaders,
  given: HttpHeaders,
  authorization: HttpAuthorization | undefined,
): Map<string, string> {
  const headers = new Map<string, string>();
  const all =
    authorization === undefined ? [] : [['authorization', authorizationValue(authorization)] as const];
  for (const [name, value] of [...Object.entries(given), ...all]) {
    const problem = headerNameProblem(name) ?? headerValueProblem(value);
    if (problem !== undefined) throw invalid(`The header ${JSON.stringify(name.slice(0, 100))} ${problem}.`);
    if (headers.has(name.toLowerCase())) throw invalid(`The header ${name} is given twice. Leave one out.`);
    headers.set(name.toLowerCase(), value);
  }
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value);
  return headers;
}

/** The given headers, plus those defaults that are not among them in any spelling. */
export function withDefaults(given: HttpHeaders, defaults: HttpHeaders): Record<string, string> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const missing = Object.entries(defaults).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...given, ...Object.fromEntries(missing) };
}

function authorizationValue(authorization: HttpAuthorization): string {
  if ('token' in authorization) return `Bearer ${authorization.token}`;
  const { username, password } = authorization;
  if (username.includes(':')) throw invalid('A user name must not contain a colon.');
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid_settings', message);
}

/** Headers to send when a redirect leads to another origin. */
export function headersForOthers(headers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...headers].filter(([name]) => forEveryone.has(name)));
}

/** Headers to send when a redirect removes the body. */
export function headersWithoutBody(headers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...headers].filter(([name]) => !name.startsWith('content-')));
}
