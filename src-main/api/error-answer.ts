import type { ClientErrorStatusCode, ServerErrorStatusCode } from 'hono/utils/http-status';
import type { ErrorCode, PlimsollError, Problem } from '../contract/error.ts';

/** The body of an error answer. */
export interface ErrorAnswer {
  error: { code: string; message: string; problems: Problem[] };
}

/** The only mapping from error codes to HTTP statuses. */
export const statusOf: Readonly<Record<ErrorCode, ClientErrorStatusCode | ServerErrorStatusCode>> = {
  address_in_use: 503,
  already_running: 409,
  busy: 503,
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

export function errorAnswer(
  code: ErrorCode,
  message: string,
  problems: readonly Problem[] = [],
): ErrorAnswer {
  return { error: { code, message, problems: problems.map((problem) => ({ ...problem })) } };
}

/** The error answer for an expected error. */
export function answerOf(error: PlimsollError): ErrorAnswer {
  return errorAnswer(error.code, error.message, error.problems);
}

/** For the case that a module which is loaded on demand is missing or belongs to another version. */
export const notLoaded =
  'a part of Plimsoll cannot be loaded; start it again if another version was installed while it ran';
