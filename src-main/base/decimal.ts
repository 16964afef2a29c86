/** A JSON number (RFC 8259, 6), but with leading zeros and a plus allowed, as people and programs write them. */
const decimal = /^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Longer texts are refused: no double needs that many characters. */
const charactersAtMost = 400;

/**
 * Parses a whole text as a decimal number: ASCII digits with a decimal point. Undefined for anything else (`80,5`,
 * `0x10`, `NaN`, ` 42`, `42 %`, an empty text) and for numbers that are too large to be finite.
 */
export function decimalIn(text: string): number | undefined {
  if (text.length > charactersAtMost || !decimal.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // -0 becomes 0, because comparisons and storage do not keep its sign.
  return value === 0 ? 0 : value;
}
