import type { DesktopFacts } from '../contract/desktop-bridge.ts';
import type { ErrorCode } from '../contract/error.ts';

/** Result of a window's shell action. Errors thrown over IPC lose their code, so they are sent as data. */
export type ShellAnswer = { value: DesktopFacts | null } | { error: { code: ErrorCode; message: string } };

/** Returns the value, or throws the error with its code as `name`. */
export function unwrapShell(answer: ShellAnswer): DesktopFacts | null {
  if ('value' in answer) return answer.value;
  const error = new Error(answer.error.message);
  error.name = answer.error.code;
  throw error;
}
