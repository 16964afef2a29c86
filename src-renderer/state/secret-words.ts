import type { PlainSecret, SecretReference } from '../../src-main/contract/secret.ts';
import { m } from '../paraglide/messages.js';
import { isObject } from './schema-fields.ts';

/** A secret in a form: where it is, or in clear while it has only been typed. */
export type SecretValue = SecretReference | PlainSecret;
export type SecretOrigin = 'plain' | 'env' | 'file' | 'secret';

/** What a field holds as a secret; null for anything else, such as a text. */
export function secretIn(value: unknown): { origin: SecretOrigin; text: string } | null {
  if (!isObject(value)) return null;
  for (const origin of ['plain', 'env', 'file', 'secret'] as const) {
    const text = value[origin];
    if (typeof text === 'string') return { origin, text };
  }
  return null;
}

/** Where a secret is, never what it is. */
export function secretWords(value: unknown): string {
  const secret = secretIn(value);
  switch (secret?.origin) {
    case 'env':
      return m.secret_from_env({ name: secret.text });
    case 'file':
      return m.secret_from_file({ path: secret.text });
    case 'secret':
      return m.secret_stored();
    case 'plain':
      return m.secret_typed();
    case undefined:
      return m.secret_none();
  }
}

/** Names whose text is a secret more often than not. */
export function soundsSecret(name: string): boolean {
  return /authori[sz]ation|cookie|api-?key|password|secret|token/i.test(name);
}
