import { resolve } from 'node:path';

/** Flag of a start that the owner did not request, such as at login: no window is opened. */
export const hiddenFlag = '--hidden';

/** Options from the command line. */
export interface Start {
  hidden: boolean;
  /** Absolute path of the data directory; undefined for the default. */
  dataDirectory: string | undefined;
}

/**
 * Parses the command line. Unknown arguments are ignored, because Chromium and Electron have flags of their own and
 * desktops add theirs.
 */
export function readStart(words: readonly string[], workingDirectory: string): Start {
  const at = words.indexOf('--data');
  // The second form is Chromium's own name for it.
  const [, joined] =
    words.map((word) => /^--(?:data|user-data-dir)=(.+)$/.exec(word)).find((found) => found !== null) ?? [];
  const given = joined ?? (at >= 0 ? words[at + 1] : undefined);
  const isPath = given !== undefined && !given.startsWith('--');
  return {
    hidden: words.includes(hiddenFlag),
    dataDirectory: isPath ? resolve(workingDirectory, given) : undefined,
  };
}
