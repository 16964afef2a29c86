const secretName = /auth|cookie|token|key|secret|pass|sign|credential/i;

/** Names of headers that say nothing secret although they sound like it. */
const harmless = new Set(['idempotency-key']);

/** Whether what stands under this name of a header or parameter is for nobody's eyes, such as `Authorization` or `api_key`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmless.has(name.toLowerCase());
}
