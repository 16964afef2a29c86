/** A key path from the top of a document. */
export type Path = readonly PropertyKey[];

/** A place in a predecessor's file, with a remark. Never contains a secret. */
export interface Place {
  path: Path;
  message: string;
}

/** A predecessor's file as a document of ours. */
export interface Translation {
  /** The type of the file, such as `Threshold monitor (config.yaml)`. */
  title: string;
  /**
   * A document in our format, not yet validated. Values are as written, so that the schema can report them; secrets in
   * plain text become `{ plain: '…' }`.
   */
  content: Record<string, unknown>;
  /** The file defines no sources and rules, so the starter ones are added. */
  starter: boolean;
  /** Each key that was taken over, and what it became. */
  mapped: Place[];
  /** Keys that Plimsoll does not support (yet). They have no effect. */
  notSupported: Place[];
  /** Settings that take effect but should be reviewed, and unknown keys. */
  warnings: Place[];
  /** The place in the file that a key path of `content` comes from, or its closest existing ancestor. */
  origin(path: Path): Path;
  /** The same, but for a missing key the place where it would be, in the file's own spelling. */
  called(path: Path): Path;
}
