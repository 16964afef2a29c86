/** A locale's decimal and thousands separators. */
interface Separators {
  decimal: string;
  group: string;
}

export function separatorsOf(locale: string): Separators {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1_234_567.8);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { decimal: of('decimal') || '.', group: of('group') };
}

/** Why a text is not a number. The interface has a sentence for each. */
export type NumberProblem = 'empty' | 'not_a_number' | 'too_large';
export type ParsedNumber = { ok: true; value: number } | { ok: false; problem: NumberProblem };

/**
 * Parses a number in the notation of a locale: `80,5` and `1.200` in German, `80.5` and `1,200` in English. A single
 * separator of the other notation is accepted if it cannot mean thousands (`80.5` in German). Exponents and incomplete
 * numbers are refused.
 */
export function parseNumber(text: string, locale: string): ParsedNumber {
  const plain = text
    .trim()
    .replace(/^[−–]/, '-')
    .replaceAll(/[\s\u00a0\u202f]/g, '');
  if (plain === '') return { ok: false, problem: 'empty' };
  const { decimal } = separatorsOf(locale);
  const other = decimal === ',' ? '.' : ',';
  const written = [grouped(decimal, other), plainFraction(decimal), loneForeign(other)];
  const fits = written.findIndex((pattern) => pattern.test(plain));
  if (fits < 0) return { ok: false, problem: 'not_a_number' };
  const standard = fits === 2 ? plain.replace(other, '.') : plain.replaceAll(other, '').replace(decimal, '.');
  const value = Number(standard);
  const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return exact ? { ok: true, value } : { ok: false, problem: 'too_large' };
}

function grouped(decimal: string, group: string): RegExp {
  return new RegExp(String.raw`^[+-]?\d{1,3}([${group}]\d{3})+([${decimal}]\d+)?$`);
}
function plainFraction(decimal: string): RegExp {
  return new RegExp(String.raw`^[+-]?(\d+([${decimal}]\d+)?|[${decimal}]\d+)$`);
}
function loneForeign(other: string): RegExp {
  return new RegExp(String.raw`^[+-]?\d+[${other}](\d{1,2}|\d{4,})$`);
}
