import type { Entry, Section } from './reader.ts';

/** The variables of the environment, `.env` included. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One of the programs whose files are understood. */
export interface Predecessor {
  title: string;
  /** See {@link Translation.starter}. */
  starter: boolean;
  /** It logged into a folder `logs` beside its file, where people look for it. */
  logsBeside: boolean;
  /** Keys at its top that no file of ours has. */
  keys: readonly string[];
  /** Whether this is one of its files, by the keys in it. */
  recognises(file: Readonly<Record<string, unknown>>): boolean;
  /** Fills our document from the file. Keys that it does not take are reported afterwards. */
  translate(file: Section, document: Entry, environment: Readonly<Record<string, string | undefined>>): void;
}
