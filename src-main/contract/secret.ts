import { z } from 'zod';

/**
 * A reference to a secret. The settings hold only references: to an environment variable (or the file named by
 * `NAME_FILE`), to a file, or to an entry of the secret store.
 */
export const secretReferenceSchema = z
  .union(
    [
      z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
      z.strictObject({ file: z.string().min(1).max(1000) }),
      z.strictObject({ secret: z.string().min(1).max(300) }),
    ],
    {
      error:
        'must say where the secret is: { env: NAME }, { file: PATH } or { secret: NAME }; a secret itself does not belong in the settings',
    },
  )
  .meta({ secret: true });
export type SecretReference = z.infer<typeof secretReferenceSchema>;

/** A text that may be public or secret, such as the value of a header. */
export const textOrSecretSchema = z.union([z.string().max(5000), secretReferenceSchema], {
  error: 'must be text, or say where a secret is: { env: NAME }, { file: PATH } or { secret: NAME }',
});
export type TextOrSecret = z.infer<typeof textOrSecretSchema>;

/**
 * A secret in plain text, as a window sends it or a predecessor's file contains it. It is moved to the secret store and
 * replaced by a reference before other code sees the settings.
 */
export interface PlainSecret {
  plain: string;
}

/** Named secrets on this machine. */
export interface SecretStore {
  /** Null if there is no secret of this name. */
  read(name: string): Promise<string | null>;
  /** Throws a `PlimsollError` if this machine has no secret store. */
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** As `write`, for many at once: all of them or none. */
  writeAll(secrets: ReadonlyMap<string, string>): Promise<void>;
  /** As `remove`, for many at once. */
  removeAll(names: readonly string[]): Promise<void>;
  /** Names of all stored secrets. */
  names(): Promise<string[]>;
}

/** Resolves a reference to the secret. Throws `unreadable` if it does not exist, with a message that says how to mend it. */
export type ResolveSecret = (reference: SecretReference) => Promise<string>;
