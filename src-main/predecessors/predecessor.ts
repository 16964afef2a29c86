import type { Entry, Section } from './reader.ts';

/** Environment variables, including those of `.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A program whose configuration files Plimsoll can read. */
export interface Predecessor {
  title: string;
  /** See {@link Translation.starter}. */
  starter: boolean;
  /** It wrote logs to the folder `logs` beside its file, where users look for them. */
  logsBeside: boolean;
  /** Top-level keys that never occur in our own files. */
  keys: readonly string[];
  /** Recognises its files by their keys. */
  recognises(file: Readonly<Record<string, unknown>>): boolean;
  /** Fills our document from the file. Keys that it does not take are reported afterwards. */
  translate(file: Section, document: Entry, environment: Readonly<Record<string, string | undefined>>): void;
}
