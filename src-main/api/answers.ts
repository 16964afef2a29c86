import { z } from '@hono/zod-openapi';
import type { ClientErrorStatusCode, ServerErrorStatusCode } from 'hono/utils/http-status';
import type { ErrorCode, PlimsollError, Problem } from '../contract/error.ts';

/** The one place where an error's code becomes a status of HTTP. */
export const statusOf: Readonly<Record<ErrorCode, ClientErrorStatusCode | ServerErrorStatusCode>> = {
  address_in_use: 503,
  already_running: 409,
  cannot_create: 500,
  cardinality: 429,
  conflict: 409,
  damaged: 500,
  deadline: 504,
  disk_full: 507,
  forbidden: 403,
  internal: 500,
  invalid_request: 422,
  invalid_settings: 422,
  misdirected: 421,
  network_down: 503,
  newer_format: 500,
  no_permission: 500,
  not_approved: 403,
  not_found: 404,
  not_running: 503,
  stage_down: 503,
  too_large: 413,
  too_many_requests: 429,
  unauthorized: 401,
  unreachable: 502,
  unreadable: 500,
  unsupported: 415,
  usage: 400,
};

const problemSchema = z.object({
  path: z.string(),
  message: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  clashesWith: z.string().optional(),
});

export const errorAnswerSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), problems: z.array(problemSchema) }) })
  .meta({ id: 'Error' });
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>;

/** An error as it is told to a client: `{error: {code, message, problems}}`. */
export function errorAnswer(
  code: ErrorCode,
  message: string,
  problems: readonly Problem[] = [],
): ErrorAnswer {
  return { error: { code, message, problems: problems.map((problem) => ({ ...problem })) } };
}

/** An expected failure as it is told to a client. */
export function answerOf(error: PlimsollError): ErrorAnswer {
  return errorAnswer(error.code, error.message, error.problems);
}

/** What `Retry-After` says with an expected failure, in seconds; undefined where nothing is known. */
export function retryAfterOf(error: PlimsollError): string | undefined {
  if (error.retryAfterMs === undefined) return undefined;
  return String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
}

/** Key path of a validation problem, written as in a `Problem`: `rules[2].threshold`. */
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

/** What every route may answer when it can not do what it is asked; spread into a route's `responses`. */
export const failures = {
  '4XX': failure('The request can not be served as it is; `error.code` says why.'),
  '5XX': failure('The request was fine, the monitor can not serve it now.'),
} as const;

/** A JSON answer with a schema, for a route's `responses`. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

/** A required JSON body with a schema, for a route's `request`. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
