import { randomBytes } from 'node:crypto';
import { isSecretInClear } from '../base/http-options.ts';

/** Settings without secrets in clear, and the secrets by the names under which the settings now refer to them. */
export interface Separated<T> {
  content: T;
  secrets: ReadonlyMap<string, string>;
}

/**
 * Replaces every `{ plain }` in a document by a reference to the secret store, and so the text of headers that are called as
 * secrets are, such as `Authorization`: whoever sends one need not know that settings only refer to it. The names say where the secret stands
 * (`destinations/mail/password`). Those that are stored end in a mark of their own, so that a secret that is replaced never
 * changes what older settings refer to.
 */
export function separateSecrets<T>(content: T, mark = randomMark): Separated<T> {
  const secrets = new Map<string, string>();
  const stored = (secret: string, place: readonly string[]) => {
    const name = `${place.join('/').slice(0, 250)}${mark()}`;
    secrets.set(name, secret);
    return { secret: name };
  };
  const walk = (value: unknown, place: readonly string[]): unknown => {
    if (typeof value === 'string') return isHeaderInClear(place, value) ? stored(value, place) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return value.map((item, index) => walk(item, [...place, nameOf(item) ?? String(index)]));
    if (isPlain(value)) return stored(value.plain, place);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, walk(inner, [...place, key])]),
    );
  };
  return { content: walk(content, []) as T, secrets };
}

function randomMark(): string {
  return `#${randomBytes(4).toString('hex')}`;
}

function isPlain(value: object): value is { plain: string } {
  return 'plain' in value && typeof value.plain === 'string' && Object.keys(value).length === 1;
}

function isHeaderInClear(place: readonly string[], text: string): boolean {
  const [parent, name] = place.slice(-2);
  return parent === 'headers' && name !== undefined && isSecretInClear(name, text);
}

function nameOf(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
    ? item.name
    : undefined;
}

/** The other way round: references to these secrets become the secrets themselves, for who stores them anew. */
export function withPlainSecrets(content: unknown, secrets: ReadonlyMap<string, string>): unknown {
  if (secrets.size === 0 || typeof content !== 'object' || content === null) return content;
  if (Array.isArray(content)) return content.map((item) => withPlainSecrets(item, secrets));
  const name = 'secret' in content && Object.keys(content).length === 1 ? content.secret : undefined;
  const plain = typeof name === 'string' ? secrets.get(name) : undefined;
  if (plain !== undefined) return { plain };
  return Object.fromEntries(
    Object.entries(content).map(([key, value]) => [key, withPlainSecrets(value, secrets)]),
  );
}
