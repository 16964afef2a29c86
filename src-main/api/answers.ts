import { z } from '@hono/zod-openapi';
import type { PlimsollError } from '../contract/error.ts';

const problemSchema = z.object({
  path: z.string(),
  message: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  clashesWith: z.string().optional(),
});

const errorAnswerSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), problems: z.array(problemSchema) }) })
  .meta({ id: 'Error' });

/** Value of `Retry-After` for an error, in seconds; undefined if the error does not say. */
export function retryAfterOf(error: PlimsollError): string | undefined {
  if (error.retryAfterMs === undefined) return undefined;
  return String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
}

/** Key path of a validation problem in the form of `Problem.path`: `rules[2].threshold`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`,
    )
    .join('');
}

function failure(description: string) {
  return { description, content: { 'application/json': { schema: errorAnswerSchema } } };
}

/** Error answers that every route can give; spread into a route's `responses`. */
export const failures = {
  '4XX': failure('The request cannot be served as it is; `error.code` says why.'),
  '5XX': failure('The request was fine, the monitor cannot serve it now.'),
} as const;

/** Describes a JSON answer, for a route's `responses`. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

/** Describes a required JSON body, for a route's `request`. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
