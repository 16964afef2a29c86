import { PlimsollError } from '../contract/error.ts';
import { shown } from './terminal.ts';

/** Everything that is wrong with a settings file, one line each: `file:line:column: path: message`. */
export function problemLines(file: string, error: PlimsollError): string[] {
  if (error.problems.length === 0) return [shown(error.message)];
  return error.problems.map(({ path, message, line, column }) => {
    const position = line === undefined ? '' : `:${line}:${column ?? 1}`;
    return shown(`${file}${position}: ${path === '' ? '' : `${path}: `}${message}`);
  });
}

/** Whether a settings file is at fault, rather than the place it is in or the program. */
export function isSettingsError(thrown: unknown): thrown is PlimsollError {
  return (
    thrown instanceof PlimsollError && (thrown.code === 'invalid_settings' || thrown.code === 'unreadable')
  );
}
