import { resolve } from 'node:path';

/** The flag of a start that nobody asked for with a click: no window is opened. */
export const hiddenFlag = '--hidden';

/** What the command line asks for. */
export interface Start {
  hidden: boolean;
  /** Where data and settings are, instead of the usual place; absolute. */
  dataDirectory: string | undefined;
}

/**
 * Reads the words after the program. Chromium and Electron have flags of their own, and desktops add theirs: what is
 * not known here is not ours to judge.
 */
export function readStart(words: readonly string[], workingDirectory: string): Start {
  const at = words.indexOf('--data');
  // The second is Chromium's own name for the same.
  const [, joined] =
    words.map((word) => /^--(?:data|user-data-dir)=(.+)$/.exec(word)).find((found) => found !== null) ?? [];
  const given = joined ?? (at >= 0 ? words[at + 1] : undefined);
  const isPath = given !== undefined && !given.startsWith('--');
  return {
    hidden: words.includes(hiddenFlag),
    dataDirectory: isPath ? resolve(workingDirectory, given) : undefined,
  };
}
