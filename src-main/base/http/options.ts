import { z } from 'zod';
import { textOrSecretSchema } from '../../contract/secret.ts';
import type { ResolveSecret, TextOrSecret } from '../../contract/secret.ts';
import { headerNameProblem, headerValueProblem } from './headers.ts';
import { httpUrlProblem } from './url.ts';
import { isSecretName } from '../secret-names.ts';

const headersAtMost = 50;

/** The option `url` of every kind that sends HTTP requests. */
export const httpUrlSchema = z
  .string()
  .superRefine((url, context) => {
    const problem = httpUrlProblem(url);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ format: 'uri' });

/**
 * Whether a header given as text contains a secret. Secrets must be references, because settings are copied, shown and
 * exported. Text that is no valid header is refused by another check.
 */
export function isSecretInClear(name: string, text: string): boolean {
  const isHeader = headerNameProblem(name) === undefined && headerValueProblem(text) === undefined;
  return isHeader && text !== '' && isSecretName(name);
}

/**
 * The option `headers` of every kind that sends HTTP requests: text or a reference to a secret by header name, and only
 * a reference if the name implies a secret.
 */
export const httpHeadersSchema = z.record(z.string(), textOrSecretSchema).superRefine((headers, context) => {
  const names = Object.keys(headers);
  if (names.length > headersAtMost)
    context.addIssue({ code: 'custom', message: `must not be more than ${headersAtMost} headers` });
  for (const name of names.slice(0, headersAtMost)) {
    const value = headers[name];
    const problem =
      headerNameProblem(name) ?? (typeof value === 'string' ? headerTextProblem(name, value) : undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
  }
});

function headerTextProblem(name: string, text: string): string | undefined {
  return isSecretInClear(name, text)
    ? 'is secret by its name, so its text does not belong in the settings: write { env: NAME }, { file: PATH } or { secret: NAME }'
    : headerValueProblem(text);
}

/** The headers to send, and the secret values among them. Rejects if a secret does not exist. */
export async function resolvedHeaders(
  headers: Readonly<Record<string, TextOrSecret>> | undefined,
  secret: ResolveSecret,
): Promise<{ headers: Record<string, string>; secrets: string[] }> {
  const resolved = await Promise.all(
    Object.entries(headers ?? {}).map(async ([name, value]) => {
      const isSecret = typeof value !== 'string';
      return { name, value: isSecret ? await secret(value) : value, isSecret };
    }),
  );
  return {
    headers: Object.fromEntries(resolved.map(({ name, value }) => [name, value])),
    secrets: resolved.filter(({ isSecret }) => isSecret).map(({ value }) => value),
  };
}
