import { m } from '../paraglide/messages.js';
import { isObject } from './schema-fields.ts';

/** Where a secret in a form is stored; `plain`: it is typed but not saved yet. */
type SecretOrigin = 'plain' | 'env' | 'file' | 'secret';

/** The secret in a field's value; null for other values, such as a text. */
export function secretIn(value: unknown): { origin: SecretOrigin; text: string } | null {
  if (!isObject(value)) return null;
  for (const origin of ['plain', 'env', 'file', 'secret'] as const) {
    const text = value[origin];
    if (typeof text === 'string') return { origin, text };
  }
  return null;
}

/** Describes where a secret is stored, never its content. */
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

/** Whether a name usually denotes a secret. */
export function soundsSecret(name: string): boolean {
  return /authori[sz]ation|cookie|api-?key|password|secret|token/i.test(name);
}
