import { PlimsollError } from '../contract/error.ts';
import type { Note, TranslationView } from '../contract/import.ts';
import { shown } from './terminal.ts';

/** Every problem of a settings file, one line each: `file:line:column: path: message`. */
export function problemLines(file: string, error: PlimsollError): string[] {
  return error.problems.length === 0 ? [shown(error.message)] : noteLines(file, error.problems);
}

/** Notes on places in a file, in the same form. */
export function noteLines(file: string, notes: readonly Note[]): string[] {
  return notes.map(({ path, message, line, column }) => {
    const position = line === undefined ? '' : `:${line}:${column ?? 1}`;
    return shown(`${file}${position}: ${path === '' ? '' : `${path}: `}${message}`);
  });
}

/** How a predecessor's file was translated: every key that was taken over, what is not supported, what to look at. */
export function translationLines(file: string, translation: TranslationView): string[] {
  const { title, mapped, notSupported, warnings } = translation;
  const inOrder = (notes: readonly Note[]) => notes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const part = (heading: string, notes: readonly Note[]) =>
    notes.length === 0
      ? []
      : [`  ${heading} (${notes.length})`, ...noteLines(file, inOrder(notes)).map((line) => `    ${line}`)];
  return [
    shown(`${title}: read as it is, and never written.`),
    ...part('Taken over', mapped),
    ...part('Not supported', notSupported),
    ...part('Look at', warnings),
  ];
}

/** Whether the settings file itself is at fault, rather than its location or the program. */
export function isSettingsError(thrown: unknown): thrown is PlimsollError {
  return (
    thrown instanceof PlimsollError && ['invalid_settings', 'unreadable', 'not_found'].includes(thrown.code)
  );
}
