import { z } from 'zod';

// Forms and reference tables are drawn from the `.meta()` of every field: `title` and `description` from JSON Schema,
// and our own `unit`, `secret`, `multiline`, `wholeLines` (a list whose texts may contain commas) and `advanced`
// (collapsed at first). `z.toJSONSchema(schema, { io: 'input' })` keeps them all.

/** Names of sources, rules and destinations: 1 to 200 characters, one line, nothing invisible. */
export const nameSchema = z
  .string()
  .min(1, 'a name needs at least one character')
  .max(200, 'a name has at most 200 characters')
  .refine((name) => name.trim() === name, 'a name must not begin or end with a space')
  .refine(
    (name) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name),
    'a name must not contain control or direction characters',
  );

const tagSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,49}$/u,
    'a tag is 1 to 50 letters, digits and . _ : / -, the first a letter or a digit',
  );
const isWithoutTwins = (tags: readonly string[]): boolean => new Set(tags).size === tags.length;
const noTwins = 'each tag can stand there once';

/** Tags by which owners sort what they watch. */
export const tagsSchema = z
  .array(tagSchema)
  .min(1, 'name at least one, or leave `tags` out')
  .max(20, 'at most 20 tags')
  .refine(isWithoutTwins, noTwins);

/** Tags that the owner of a hub gives to hosts; the list may be empty. */
export const hostTagsSchema = z.array(tagSchema).max(20, 'at most 20 tags').refine(isWithoutTwins, noTwins);

/** Case-folds a name for comparison, so that names that look alike are equal: Straße and STRASSE too, hence upper case first. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase();
}

/** A number that can be stored and compared exactly: finite, and no integer beyond 2^53. */
export const exactNumberSchema = z
  .number()
  .refine(
    (value) => Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)),
    'must be finite and exactly representable',
  );

/** Longest base address of links in messages, in characters, so that a link leaves room for the message itself. */
export const linkCharactersAtMost = 300;
