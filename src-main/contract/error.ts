/**
 * Codes of all expected errors. Code decides by these and never by the message text. The API and the command line map
 * them to HTTP statuses and exit codes.
 */
export type ErrorCode =
  | 'address_in_use'
  | 'already_running'
  | 'busy'
  | 'cannot_create'
  | 'cardinality'
  | 'conflict'
  | 'damaged'
  | 'deadline'
  | 'disk_full'
  | 'forbidden'
  | 'internal'
  | 'invalid_request'
  | 'invalid_settings'
  | 'misdirected'
  | 'network_down'
  | 'newer_format'
  | 'no_permission'
  | 'not_approved'
  | 'not_found'
  | 'not_running'
  | 'stage_down'
  | 'too_large'
  | 'too_many_requests'
  | 'unauthorized'
  | 'unreachable'
  | 'unreadable'
  | 'unsupported'
  | 'usage';

/** One error in a document or a request, with its place. Lines and columns count from 1. */
export interface Problem {
  /** Key path inside the document, such as `rules[2].threshold`; empty for the document as a whole. */
  path: string;
  message: string;
  line?: number;
  column?: number;
  /** Key path of the other entry, if two entries contradict each other. */
  clashesWith?: string;
}

/** An expected error. `retry` says whether the same attempt may succeed later without anyone's help. */
export class PlimsollError extends Error {
  override readonly name = 'PlimsollError';
  readonly code: ErrorCode;
  readonly retry: boolean;
  /** How long the other side asks to wait before a retry, in milliseconds; undefined if it does not say. */
  readonly retryAfterMs: number | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      retry?: boolean;
      retryAfterMs?: number | undefined;
      problems?: readonly Problem[];
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.problems = options.problems ?? [];
  }
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What one process tells another of any thrown value. What is no `PlimsollError` is `internal`. */
export function codeAndMessage(thrown: unknown): Pick<PlimsollError, 'code' | 'message'> {
  if (thrown instanceof PlimsollError) return { code: thrown.code, message: thrown.message };
  return { code: 'internal', message: messageOf(thrown) };
}

/** The system error code of any thrown value (`ENOENT`, `ENOSPC`, …), if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
