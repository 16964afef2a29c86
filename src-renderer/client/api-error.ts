import type { Problem } from '../../src-main/contract/error.ts';

/** What the API answered instead of what was asked, or that it could not be reached (`unreachable`, status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(status: number, code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

/** The error behind an answer that is not a success; the body may be anything, a proxy's page included. */
export async function errorOf(response: {
  status: number;
  statusText: string;
  text(): Promise<string>;
}): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; problems?: Problem[] } };
    return new ApiError(response.status, error.code, error.message, error.problems ?? []);
  } catch {
    return new ApiError(response.status, 'unreachable', `${response.status} ${response.statusText}`.trim());
  }
}
