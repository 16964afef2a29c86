import type { Ledger } from './ledger.ts';
import type { Found } from './reader.ts';

/**
 * Converts a value that the predecessor's libraries accepted but our schema does not. A value it cannot convert is
 * returned unchanged.
 */
export type Reading = (found: Found, ledger: Ledger) => unknown;

/** YAML 1.1, as PyYAML parses it, has more words for true and false. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

/** True and false, including PyYAML's other words for them. */
export const asBoolean: Reading = ({ value, path }, ledger) => {
  const meant = typeof value === 'string' ? booleans.get(value.toLowerCase()) : undefined;
  if (meant === undefined) return value;
  ledger.warnings.push({ path, message: `${String(value)} is read as ${meant}; write ${meant}` });
  return meant;
};

/** An integer. Text is converted, and a fraction is rounded up. */
export const asWholeNumber: Reading = ({ value, path }, ledger) => {
  const isDigits = typeof value === 'string' && /^\d{1,9}$/.test(value.trim());
  const number = isDigits ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return value;
  const meant = Math.ceil(number);
  if (meant !== value) ledger.warnings.push({ path, message: `${shown(value)} is read as ${meant}` });
  return meant;
};

/** Converts minutes to seconds. */
export const asMinutes: Reading = (found, ledger) => {
  const { value } = found;
  const isDigits = typeof value === 'string' && /^\d{1,9}$/.test(value.trim());
  const minutes = isDigits ? Number(value) : value;
  return typeof minutes === 'number' ? asWholeNumber({ ...found, value: minutes * 60 }, ledger) : value;
};

/** Converts a word to upper case. */
export const inCapitals: Reading = ({ value, path }, ledger) =>
  typeof value === 'string' ? cased(value, value.toUpperCase(), path, ledger) : value;

/** Converts a word or a list of words to lower case. */
export const inSmallLetters: Reading = ({ value, path }, ledger) =>
  Array.isArray(value)
    ? value.map((word: unknown, index) =>
        typeof word === 'string' ? cased(word, word.toLowerCase(), [...path, index], ledger) : word,
      )
    : value;

function cased(written: string, meant: string, path: Found['path'], ledger: Ledger): string {
  if (meant === written || !/^\w{1,20}$/.test(written)) return written;
  ledger.warnings.push({ path, message: `${shown(written)} is read as ${meant}` });
  return meant;
}

/**
 * Mail addresses without display names: `Bob <a@b.org>` becomes `a@b.org`. The value may be one address, several
 * separated by commas, or a list.
 */
export const asAddresses: Reading = ({ value, path }, ledger) => {
  const inOneText = (text: string) =>
    text
      .split(/[,;]/)
      .map((address) => address.trim())
      .filter((address) => address !== '');
  if (typeof value === 'string') return inOneText(value).map((address) => withoutName(address, path, ledger));
  if (!Array.isArray(value)) return value;
  return value.map((text: unknown, index) =>
    typeof text === 'string' ? withoutName(text, [...path, index], ledger) : text,
  );
};

function withoutName(text: string, path: Found['path'], ledger: Ledger): string {
  const address = /^[^<>\r\n]*[^<>\s]\s*<([^<>\s]{1,300})>$/.exec(text.slice(0, 1000).trim())?.[1];
  if (address?.includes('@') !== true) return text;
  ledger.warnings.push({ path, message: `is read as ${address}, without the name` });
  return address;
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}
