/** One line of InfluxDB's line protocol. Text fields are left out, because they are not numbers. */
export interface Line {
  measurement: string;
  tags: Map<string, string>;
  fields: Map<string, number>;
  /** In units of the precision; undefined if the line has none. */
  time: bigint | undefined;
}

/** Matches in only one way: with ambiguity, a long invalid text would cause quadratic backtracking. */
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const whole = /^[+-]?\d{1,20}[iu]$/;
const yes = ['t', 'T', 'true', 'True', 'TRUE'];
const no = ['f', 'F', 'false', 'False', 'FALSE'];

/** Most fields of one line. */
const fieldsAtMost = 1000;

/** Parses a line; undefined if it is invalid or has more than 1,000 fields. The caller skips empty lines and comments. */
export function readLine(line: string): Line | undefined {
  const parts = split(line, ' ');
  const [key = '', fieldSet = '', time] = parts;
  if (parts.length < 2 || parts.length > 3 || (time !== undefined && !/^-?\d{1,19}$/.test(time)))
    return undefined;
  const [measurement = '', ...tagTexts] = split(key, ',');
  const tags = new Map<string, string>();
  for (const text of tagTexts) {
    const [name = '', value = '', ...more] = split(text, '=');
    if (name === '' || value === '' || more.length > 0) return undefined;
    tags.set(plain(name), plain(value));
  }
  const fields = new Map<string, number>();
  const fieldTexts = split(fieldSet, ',');
  if (fieldTexts.length > fieldsAtMost) return undefined;
  for (const text of fieldTexts) {
    const [name = '', value = '', ...more] = split(text, '=');
    if (name === '' || more.length > 0) return undefined;
    const read = valueOf(value);
    if (read === undefined) return undefined;
    if (read !== null) fields.set(plain(name), read);
  }
  if (measurement === '') return undefined;
  return {
    measurement: plain(measurement),
    tags,
    fields,
    time: time === undefined ? undefined : BigInt(time),
  };
}

/** A number, null for a text, undefined for anything else. */
function valueOf(text: string): number | null | undefined {
  if (text.startsWith('"')) return text.length > 1 && text.endsWith('"') ? null : undefined;
  if (number.test(text)) return Number(text);
  if (whole.test(text)) return Number(text.slice(0, -1));
  if (yes.includes(text)) return 1;
  return no.includes(text) ? 0 : undefined;
}

/** Splits at each separator that is not in quotes and not escaped by a backslash. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [from, isQuoted] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"' && (isQuoted || text[at - 1] === '=')) isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function plain(text: string): string {
  return text.replaceAll(/\\([,= \\])/g, '$1');
}
