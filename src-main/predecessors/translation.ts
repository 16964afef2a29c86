/** A key path, from the top of a document. */
export type Path = readonly PropertyKey[];

/** A place in a predecessor's file, and what is to be known of it. Never holds a secret. */
export interface Place {
  path: Path;
  message: string;
}

/** A predecessor's file as a document of ours. */
export interface Translation {
  /** What the file is, such as `Threshold monitor (config.yaml)`. */
  title: string;
  /**
   * A document in our shape, still to be checked. Values stand in it as they were written, so that the schema can
   * complain about them; secrets in clear stand in it as `{ plain: '…' }`.
   */
  content: Record<string, unknown>;
  /** The file says nothing of sources and rules: the starter ones are to be put in. */
  starter: boolean;
  /** Each key that was taken over, and what it is now. */
  mapped: Place[];
  /** What Plimsoll does not do, or not yet. Nothing of it is in force. */
  notSupported: Place[];
  /** What is in force but should be looked at, and keys that nobody knows. */
  warnings: Place[];
  /** Where in the file a key path of `content` comes from: the nearest place that is really there. */
  origin(path: Path): Path;
  /** The same, but of what is not there the place where it would stand, in the file's words. */
  called(path: Path): Path;
}
