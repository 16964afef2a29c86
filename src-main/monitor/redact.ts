/** Shorter ones are no secrets, and striking them out would leave nothing to read. */
const shortest = 3;

/** Strikes secrets out of texts, as they are and as protocols write them: Base64, percent-encoded, escaped in JSON. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret.length >= shortest)
      .flatMap((secret) => [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
      ]),
  );
  // The longest first, so that no part of one is left over.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, form) => left.replaceAll(form, '[secret]'), text);
}
