import type { ClientErrorStatusCode, ServerErrorStatusCode } from 'hono/utils/http-status';
import type { ErrorCode, PlimsollError, Problem } from '../contract/error.ts';

/** An error as it is told to a client. */
export interface ErrorAnswer {
  error: { code: string; message: string; problems: Problem[] };
}

/** The one place where an error's code becomes a status of HTTP. */
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

/** The error that a client is sent. */
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

/** Why nothing is answered where a part of the program that is loaded late is not there, or is another one. */
export const notLoaded =
  'a part of Plimsoll can not be loaded; start it again if another version was installed while it ran';
