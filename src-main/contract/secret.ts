import { z } from 'zod';

/**
 * Where a secret is to be found. The settings hold references only: an environment variable (or the file that
 * `NAME_FILE` names), a file, or an entry of the secret store.
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

/** Text that may be public or secret, such as the value of a header. */
export const textOrSecretSchema = z.union([z.string().max(5000), secretReferenceSchema], {
  error: 'must be text, or say where a secret is: { env: NAME }, { file: PATH } or { secret: NAME }',
});
export type TextOrSecret = z.infer<typeof textOrSecretSchema>;

/**
 * A secret as the window sends it and as a predecessor's file holds it: in clear. It is put into the secret store and
 * replaced by a reference before anything else sees the settings.
 */
export interface PlainSecret {
  plain: string;
}

/** Secrets by name, on this machine. */
export interface SecretStore {
  /** Null when there is none of this name. */
  read(name: string): Promise<string | null>;
  /** Throws a `PlimsollError` where there is no place for secrets. */
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** As `write`, many in one go: all of them or none. */
  writeAll(secrets: ReadonlyMap<string, string>): Promise<void>;
  /** As `remove`, many in one go. */
  removeAll(names: readonly string[]): Promise<void>;
  /** The names of all that are kept. */
  names(): Promise<string[]>;
}

/** Turns references into secrets. Throws `unreadable` for one that is not there, with how to mend it. */
export type ResolveSecret = (reference: SecretReference) => Promise<string>;
