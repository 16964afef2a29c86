import { z } from 'zod';

// Kept by `.meta()` on every field from which a form and a reference table are drawn: `title` and `description`, which are
// JSON Schema's own, and `unit`, `secret`, `multiline`, `wholeLines` (a list whose texts may hold commas) and `advanced` (folded away until it is asked for), which are ours. `z.toJSONSchema(schema, { io: 'input' })` keeps them all.

/** Names that people give to sources, rules and destinations: 1 to 200 characters, one line, nothing invisible. */
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

/** Words by which owners sort what they watch. */
export const tagsSchema = z
  .array(tagSchema)
  .min(1, 'name at least one, or leave `tags` out')
  .max(20, 'at most 20 tags')
  .refine(isWithoutTwins, noTwins);

/** Words by which the owner of a hub sorts hosts; none are as good as some. */
export const hostTagsSchema = z.array(tagSchema).max(20, 'at most 20 tags').refine(isWithoutTwins, noTwins);

/** A name as names are compared: those that look alike to a person are the same, Straße and STRASSE too (by way of capitals). */
export function foldedName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase();
}

/** A number that can be stored and compared exactly: finite, and not an integer beyond 2^53. */
export const exactNumberSchema = z
  .number()
  .refine(
    (value) => Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)),
    'must be finite and exactly representable',
  );

/** How long the address may be that links in messages start with: a link never takes the place of what it leads to. */
export const linkCharactersAtMost = 300;
