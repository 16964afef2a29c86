import type { DesktopFacts } from '../contract/desktop-bridge.ts';
import type { ErrorCode } from '../contract/error.ts';

/** How a window's shell action ended. An error that is thrown over IPC arrives without its code, so it is data. */
export type ShellAnswer = { value: DesktopFacts | null } | { error: { code: ErrorCode; message: string } };

/** The value, or the error, thrown with its code in the name. */
export function unwrapShell(answer: ShellAnswer): DesktopFacts | null {
  if ('value' in answer) return answer.value;
  const error = new Error(answer.error.message);
  error.name = answer.error.code;
  throw error;
}
