/** What JSON calls a number (RFC 8259, 6), with leading zeros and a plus allowed as people and programs write them. */
const decimal = /^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Longer texts can not say anything that a number could hold. */
const charactersAtMost = 400;

/**
 * The number that a text is, all of it: digits of ASCII with a point. Undefined for what else there is (`80,5`, `0x10`, `NaN`,
 * ` 42`, `42 %`, an empty one) and for what is too large to be finite.
 */
export function decimalIn(text: string): number | undefined {
  if (text.length > charactersAtMost || !decimal.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // There is one zero only where samples are compared and stored.
  return value === 0 ? 0 : value;
}
