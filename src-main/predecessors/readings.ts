import type { Ledger } from './ledger.ts';
import type { Found } from './reader.ts';

/** How a value is read where the predecessor's libraries took more than the schema does. What it can not read stays as it is written. */
export type Reading = (found: Found, ledger: Ledger) => unknown;

/** YAML 1.1, as PyYAML reads it, has eleven more words for true and false. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

/** True and false, and the words that PyYAML takes for them. */
export const asBoolean: Reading = ({ value, path }, ledger) => {
  const meant = typeof value === 'string' ? booleans.get(value.toLowerCase()) : undefined;
  if (meant === undefined) return value;
  ledger.warnings.push({ path, message: `${String(value)} is read as ${meant}; write ${meant}` });
  return meant;
};
