/**
 * Everything that can be expected to go wrong, by code. Code decides by these; nobody reads message text.
 * Doors map them to HTTP statuses and exit codes.
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

/** One thing that is wrong with a document or a request, and where. Lines and columns count from 1. */
export interface Problem {
  /** Key path inside the document, such as `rules[2].threshold`; empty for the document as a whole. */
  path: string;
  message: string;
  line?: number;
  column?: number;
  /** Key path of the other entry, where two entries can not both stand as they are. */
  clashesWith?: string;
}

/** An expected failure. `retry` says whether the same attempt may succeed later without anyone's help. */
export class PlimsollError extends Error {
  override readonly name = 'PlimsollError';
  readonly code: ErrorCode;
  readonly retry: boolean;
  /** How long the other side asks to wait before that, in milliseconds; undefined where it does not. */
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

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's code of whatever was thrown (`ENOENT`, `ENOSPC`, …), if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
