const secretName = /auth|cookie|token|key|secret|pass|sign|credential/i;

/** Names of headers that say nothing secret although they sound like it. */
const harmless = new Set(['idempotency-key']);

/** Whether what stands under this name of a header or parameter is for nobody's eyes, such as `Authorization` or `api_key`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmless.has(name.toLowerCase());
}

const parameter = /([?&#;])([^=&#;?]+)=([^&#;]*)/g;

/** An address whose `?token=…` is struck out; every other text as it is. */
export function withoutSecretParameters(text: string): string {
  if (!/^https?:\/\//i.test(text)) return text;
  return text.replace(parameter, (whole, sign: string, name: string) =>
    isSecretName(decoded(name)) ? `${sign}${name}=[secret]` : whole,
  );
}

/** What `withoutSecretParameters` strikes out, as it stands there and decoded. */
export function secretParameters(url: string): string[] {
  return [...url.matchAll(parameter)].flatMap(([, , name = '', value = '']) =>
    isSecretName(decoded(name)) ? [value, decoded(value)] : [],
  );
}

/** As whoever reads the parameter: `%74oken` is a token too. */
function decoded(text: string): string {
  return new URLSearchParams(`a=${text}`).get('a') ?? text;
}
