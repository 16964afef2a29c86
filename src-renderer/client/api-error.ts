import type { Problem } from '../../src-main/contract/error.ts';

/** An error answer of the API, or a failure to reach it (`unreachable`, status 0). */
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

/** Creates the error for an unsuccessful response. The body may be anything, even a proxy's page. */
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
