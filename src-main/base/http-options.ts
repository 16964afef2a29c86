import { z } from 'zod';
import { textOrSecretSchema } from '../contract/secret.ts';
import type { ResolveSecret, TextOrSecret } from '../contract/secret.ts';
import { headerNameProblem, headerValueProblem } from './http-headers.ts';
import { httpUrlProblem } from './http-url.ts';

const headersAtMost = 50;

/** The option `url` of everything that asks an address of the web. */
export const httpUrlSchema = z
  .string()
  .superRefine((url, context) => {
    const problem = httpUrlProblem(url);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ format: 'uri' });

/** The option `headers` of everything that asks an address of the web: text or a reference to a secret by name. */
export const httpHeadersSchema = z.record(z.string(), textOrSecretSchema).superRefine((headers, context) => {
  const names = Object.keys(headers);
  if (names.length > headersAtMost)
    context.addIssue({ code: 'custom', message: `must not be more than ${headersAtMost} headers` });
  for (const name of names.slice(0, headersAtMost)) {
    const value = headers[name];
    const problem =
      headerNameProblem(name) ?? (typeof value === 'string' ? headerValueProblem(value) : undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
  }
});

/** Headers as they are sent, and the values among them that nobody else may see. Rejects for a secret that is not there. */
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
