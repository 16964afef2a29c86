import { isSecretName } from '../base/secret-names.ts';
import type { PlainSecret, SecretReference } from '../contract/secret.ts';
import { bare, isRecord } from './reader.ts';
import type { Entry, Found, Section } from './reader.ts';
import type { Path } from './translation.ts';

const inClear = 'is a secret in clear; keep it in the secret store, or refer to it with { env: NAME }';

/** Converts a text in the place of a secret. */
export type ReadSecret = (text: string) => PlainSecret | SecretReference;

/** The text is the secret itself. */
export const asWritten: ReadSecret = (text) => ({ plain: text });

/** `$NAME` and `${NAME}` are environment variables; any other text is the secret itself. */
export const orVariable: ReadSecret = (text) => {
  const name = /^\$(?:\{([A-Za-z_]\w{0,127})\}|([A-Za-z_]\w{0,127}))$/.exec(text);
  const env = name?.[1] ?? name?.[2];
  return env === undefined ? { plain: text } : { env };
};

/** Takes over a secret, if there is one. An invalid value becomes null, so that the schema reports it without showing it. */
export function moveSecret(
  section: Section,
  spellings: readonly string[],
  entry: Entry,
  key: string,
  read: ReadSecret = asWritten,
): void {
  const found = entry.take(section, spellings, key);
  if (found === undefined || found.value === null || found.value === '') return;
  entry.set(key, secretOf(found, entry, read), found.path);
  entry.note(found.path, key);
}

function secretOf({ value, path }: Found, entry: Entry, read: ReadSecret): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  if (typeof value === 'number')
    entry.ledger.warnings.push({
      path,
      message: 'is read as a number and then written out again; put it in quotes',
    });
  const secret = read(String(value));
  if ('plain' in secret) entry.ledger.warnings.push({ path, message: inClear });
  return secret;
}

/** Takes over the headers of a request; those that usually contain a secret are stored as secrets. */
export function moveHeaders(section: Section, entry: Entry): void {
  const found = section.take('headers');
  if (found === undefined) return;
  entry.note(found.path, 'headers');
  if (!isRecord(found.value)) {
    entry.set('headers', Array.isArray(found.value) ? [] : null, found.path);
    return;
  }
  const headers = Object.entries(found.value).map(([name, value]): [string, unknown] => {
    if (!isSecretName(name)) return [name, value];
    return [name, secretOf({ key: name, value, path: [...found.path, name] }, entry, asWritten)];
  });
  entry.set('headers', Object.fromEntries(headers), found.path);
}

/**
 * Takes over the URL of a request. Credentials in it are moved to places that are stored as secrets: `username` and
 * `password` if the kind has them, otherwise a header (RFC 7617).
 */
export function moveAddress(
  section: Section,
  spellings: readonly string[],
  entry: Entry,
  hasPassword: boolean,
): void {
  const found = entry.take(section, spellings, 'url');
  if (found === undefined) return;
  const { value, path } = found;
  entry.note(path, 'url');
  const parts = typeof value === 'string' ? withoutCredentials(value) : undefined;
  entry.set('url', parts?.url ?? bare(value), path);
  if (parts !== undefined) {
    entry.ledger.warnings.push({ path, message: `carries a user name or password, which ${inClear}` });
    setCredentials(entry, parts, hasPassword, path);
  } else if (typeof value === 'string' && hasSecretParameter(value)) {
    entry.ledger.warnings.push({
      path,
      message: 'seems to carry a secret behind the question mark; a header would keep it secret',
    });
  }
}

function hasSecretParameter(url: string): boolean {
  return [...url.slice(0, 10_000).matchAll(/[?&]([^=&#]*)=/g)].some(
    ([, name = '']) => isSecretName(name) || name.toLowerCase() === 'sig',
  );
}

function setCredentials(
  entry: Entry,
  { username, password }: { username: string; password: string },
  hasPassword: boolean,
  path: Path,
): void {
  if (hasPassword && password !== '') {
    entry.set('username', username, path);
    entry.set('password', { plain: password }, path);
    return;
  }
  const headers = entry.content['headers'] ?? {};
  if (!isRecord(headers)) return;
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  const plain = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  const origin = entry.content['headers'] === undefined ? path : undefined;
  entry.set('headers', { ...headers, Authorization: { plain } }, origin);
}

/**
 * Separates a URL from the credentials in it (RFC 3986, 3.2.1); undefined if there are none. If a password contains an
 * unencoded slash, everything up to the last @ counts as credentials.
 */
function withoutCredentials(text: string): { url: string; username: string; password: string } | undefined {
  const head = String.raw`^((?:(?:[a-z][a-z0-9+.-]*:)?[\\/]+)?)`;
  const credentialsPattern = URL.canParse(text) ? String.raw`([^/?#\\]*)` : '(.*)';
  const parts = new RegExp(`${head}${credentialsPattern}@(.*)$`, 'is').exec(text.trim());
  if (parts === null) return undefined;
  const [, scheme = '', credentials = '', rest = ''] = parts;
  const colon = credentials.includes(':') ? credentials.indexOf(':') : credentials.length;
  return {
    url: scheme + rest,
    username: decoded(credentials.slice(0, colon)),
    password: decoded(credentials.slice(colon + 1)),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
