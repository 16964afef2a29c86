import { randomBytes } from 'node:crypto';
import { isSecretInClear } from '../../base/http/options.ts';
import { mapLeaves, mapReferences } from './secret-references.ts';
import type { Place } from './secret-references.ts';

/** Settings without secrets in clear, and the secrets by the names under which the settings now refer to them. */
export interface Separated<T> {
  content: T;
  secrets: ReadonlyMap<string, string>;
}

/**
 * Replaces every `{ plain }` in a document, and every header text with the name of a secret, such as `Authorization`,
 * by a reference to the secret store: users need not know that settings only refer to secrets. The names say where the
 * secret is (`destinations/mail/password`). Stored ones end in a unique mark, so that a replaced secret never changes
 * what older settings refer to.
 */
export function separateSecrets<T>(content: T, mark = randomMark): Separated<T> {
  const secrets = new Map<string, string>();
  const stored = mapLeaves(content, (value, place) => {
    const plain = isPlain(value) ? value.plain : isHeaderInClear(value, place) ? value : undefined;
    if (plain === undefined) return undefined;
    const name = `${place.join('/').slice(0, 250)}${mark()}`;
    secrets.set(name, plain);
    return { value: { secret: name } };
  });
  return { content: stored, secrets };
}

function randomMark(): string {
  return `#${randomBytes(4).toString('hex')}`;
}

function isPlain(value: unknown): value is { plain: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'plain' in value &&
    typeof value.plain === 'string' &&
    Object.keys(value).length === 1
  );
}

function isHeaderInClear(value: unknown, place: Place): value is string {
  const [parent, name] = place.slice(-2);
  return (
    typeof value === 'string' && parent === 'headers' && name !== undefined && isSecretInClear(name, value)
  );
}

/** The reverse: references to these secrets become the secrets themselves, to be stored anew. */
export function withPlainSecrets(content: unknown, secrets: ReadonlyMap<string, string>): unknown {
  return mapReferences(content, (reference) => {
    const plain = 'secret' in reference ? secrets.get(reference.secret) : undefined;
    return plain === undefined ? reference : { plain };
  });
}
