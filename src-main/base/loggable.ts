const struckOut = '[struck out]';
const leftOut = '[left out]';

/** Limits of one line: characters, characters of one text, values and depth. Enough for every honest line. */
const mostText = 16_384;
const mostPerText = 4096;
const mostValues = 500;
const deepest = 8;

/** Names that suggest a secret, wherever they occur in a key: `smtpPassword`, `x-api-key`, `Authorization`. */
const secretName =
  /pass(word|wd|phrase)|secret|token|authorization|cookie|credential|(api|private|access).?key/i;

/** Secrets inside a text: the user part of a URL, and the text after an authentication scheme. */
const userPart = /([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,500}@/gi;
const scheme = /\b(Bearer|Basic) {1,4}[A-Za-z0-9._~+/=-]{8,}/gi;

/**
 * Makes a message and its details safe for a log: secrets are replaced by key name and inside texts, errors become
 * name, code and causes, cycles are cut, and the size is limited. Lists and objects that are too long end with a note.
 */
export function loggable(
  message: string,
  details: Record<string, unknown> = {},
): { message: string; details: Record<string, unknown> } {
  const budget: Budget = { text: mostText, values: mostValues, above: new Set() };
  const text = plainText(message, budget);
  const safe = plainObject(details, budget, 0);
  return { message: text, details: safe };
}

interface Budget {
  text: number;
  values: number;
  /** The objects that contain the current value, to detect cycles. */
  above: Set<object>;
}

function plain(value: unknown, budget: Budget, depth: number): unknown {
  if (--budget.values < 0) return leftOut;
  switch (typeof value) {
    case 'string':
      return plainText(value, budget);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : plainDeep(value, budget, depth);
    case 'function':
    case 'symbol':
      return undefined;
    default:
      return value;
  }
}

function plainText(text: string, budget: Budget): string {
  if (budget.text <= 0) return leftOut;
  const most = Math.min(mostPerText, budget.text);
  // Secrets are replaced before the text is cut, because half a secret must not be logged either.
  const safe = text
    .slice(0, 4 * mostPerText)
    .replace(userPart, `$1${struckOut}@`)
    .replace(scheme, `$1 ${struckOut}`);
  budget.text -= Math.min(safe.length, most);
  return safe.length > most || text.length > 4 * mostPerText ? `${safe.slice(0, most)}…` : safe;
}

function plainDeep(value: object, budget: Budget, depth: number): unknown {
  if (depth >= deepest || budget.above.has(value)) return leftOut;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  budget.above.add(value);
  try {
    if (value instanceof Error) return plainError(value, budget, depth);
    if (Array.isArray(value)) return plainList(value, budget, depth);
    if (value instanceof Map) return plainList([...value], budget, depth);
    if (value instanceof Set) return plainList([...value], budget, depth);
    return plainObject(value, budget, depth);
  } finally {
    budget.above.delete(value);
  }
}

function plainList(list: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const safe: unknown[] = [];
  for (const item of list) {
    if (budget.values <= 0) {
      safe.push(`[${list.length - safe.length} more left out]`);
      break;
    }
    safe.push(plain(item, budget, depth + 1));
  }
  return safe;
}

function plainObject(object: object, budget: Budget, depth: number): Record<string, unknown> {
  const safe: [string, unknown][] = [];
  const names = Object.keys(object);
  for (const name of names) {
    if (budget.values <= 0) {
      safe.push([leftOut, names.length - safe.length]);
      break;
    }
    safe.push([plainText(name, budget), plainField(object, name, budget, depth)]);
  }
  return Object.fromEntries(safe);
}

function plainField(object: object, name: string, budget: Budget, depth: number): unknown {
  let value: unknown;
  try {
    value = Reflect.get(object, name);
  } catch {
    return leftOut;
  }
  const hidesNothing = value === null || value === undefined || typeof value === 'boolean';
  return secretName.test(name) && !hidesNothing ? struckOut : plain(value, budget, depth + 1);
}

/** Own fields carry details of the error, such as `code`, `retry`, `problems`, `path` and `syscall`. */
function plainError(error: Error, budget: Budget, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const safe: Record<string, unknown> = {
    name,
    message: plainText(message, budget),
    ...plainObject(error, budget, depth),
  };
  // Causes come before the stack, because they say more if the space runs out.
  if (cause !== undefined) safe['cause'] = plain(cause, budget, depth + 1);
  if (stack !== undefined && depth <= 1) safe['stack'] = plainText(stack, budget);
  return safe;
}
