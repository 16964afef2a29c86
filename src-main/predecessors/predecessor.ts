import type { Entry, Section } from './reader.ts';

/** One of the programs whose files are understood. */
export interface Predecessor {
  title: string;
  /** See {@link Translation.starter}. */
  starter: boolean;
  /** Whether a file with these keys at the top is one of its files. */
  recognises(keys: ReadonlySet<string>): boolean;
  /** Fills our document from the file. Keys that it does not take are reported afterwards. */
  translate(file: Section, document: Entry, environment: Readonly<Record<string, string | undefined>>): void;
}
