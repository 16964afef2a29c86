/** Longest accepted URL, in characters. */
export const urlCharactersAtMost = 2048;

/**
 * What is wrong with a URL for a request, as the end of a sentence that begins with its name; undefined if nothing is.
 * The URL itself is not repeated, because it may contain a secret.
 */
export function httpUrlProblem(text: string): string | undefined {
  if (text.length > urlCharactersAtMost) return `must not have more than ${urlCharactersAtMost} characters`;
  if (/[\s\p{Cc}\p{Cf}]/u.test(text))
    return 'must not contain spaces or control characters; a space is written %20';
  const url = URL.parse(text);
  if (url === null) return 'must be a full address, such as https://example.org/status';
  if (!isHttp(url)) return 'must begin with http:// or https://; nothing else is ever asked';
  if (url.username !== '' || url.password !== '')
    return 'must not contain a user name or a password, which would be shown wherever the address is; there are fields for them, or the header Authorization';
  return undefined;
}

export function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** The host; for an IPv6 address without the brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The target of a URL for messages: scheme, host and port. Path and query may contain secrets, as those of webhooks do. */
export function placeOf(url: URL): string {
  // Not `url.origin`, which is `null` for schemes other than those of the web.
  return `${url.protocol}//${url.host}`;
}
