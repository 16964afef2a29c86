const secretName = /auth|cookie|token|key|secret|pass|sign|credential/i;

/** Header names that look like secrets but are none. */
const harmless = new Set(['idempotency-key']);

/** Whether the name of a header or parameter implies a secret value, such as `Authorization` or `api_key`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmless.has(name.toLowerCase());
}

const parameter = /([?&#;])([^=&#;?]+)=([^&#;]*)/g;

/** Replaces secret parameters such as `?token=…` in a URL; any other text is returned unchanged. */
export function withoutSecretParameters(text: string): string {
  if (!/^https?:\/\//i.test(text)) return text;
  return text.replace(parameter, (whole, sign: string, name: string) =>
    isSecretName(decoded(name)) ? `${sign}${name}=[secret]` : whole,
  );
}

/** The values that `withoutSecretParameters` replaces, both encoded and decoded. */
export function secretParameters(url: string): string[] {
  return [...url.matchAll(parameter)].flatMap(([, , name = '', value = '']) =>
    isSecretName(decoded(name)) ? [value, decoded(value)] : [],
  );
}

/** Decoded like the server does: `%74oken` is a token too. */
function decoded(text: string): string {
  return new URLSearchParams(`a=${text}`).get('a') ?? text;
}
