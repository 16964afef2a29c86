/** Shorter ones are no secrets, and striking them out would leave nothing to read. */
const shortest = 3;
/** Shorter pieces of Base64 stand in many texts by chance. */
const shortestPiece = 4;

/** How the value of a header says what kind of credential follows: those of IANA's registry, and what others made up. */
const scheme =
  /^(?:basic|bearer|token|digest|dpop|hoba|mutual|negotiate|vapid|api-?key|key|splunk|sso-key) +(\S.*)$/i;

/**
 * Strikes secrets out of texts, as they are and as protocols write them: percent-encoded, as a form sends them, escaped
 * in JSON, and in Base64, also in the midst of something longer such as `user:password`. Of a header's value such as `Bearer X`,
 * what follows the scheme is a secret by itself, and so is the password in `Basic X`.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const all = secrets.flatMap((secret) => [secret, ...credentialsIn(secret)]);
  const forms = new Set(all.filter((secret) => secret.length >= shortest).flatMap(formsOf));
  return (text) => {
    let clean = '';
    let end = 0;
    for (const part of partsOf(text, forms)) {
      clean += `${text.slice(end, part.start)}[secret]`;
      end = part.end;
    }
    return clean + text.slice(end);
  };
}

function credentialsIn(secret: string): string[] {
  const credential = scheme.exec(secret)?.[1];
  if (credential === undefined) return [];
  const [, password = ''] = /^[^:]*:(.+)$/s.exec(Buffer.from(credential, 'base64').toString()) ?? [];
  return /^basic /i.test(secret) ? [credential, password] : [credential];
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const written = [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    json,
    json.replaceAll('/', '\\/'),
    // As Python and PHP write it: all in ASCII.
    ...[json, json.replaceAll('/', '\\/')].map(asciiOf),
  ];
  const pieces = [0, 1, 2].map((before) => base64Piece(secret, before));
  const encoded = pieces.flatMap((piece) => [piece, piece.replaceAll('+', '-').replaceAll('/', '_')]);
  return [
    ...written.filter((form) => form.length >= shortest),
    ...encoded.filter((form) => form.length >= shortestPiece),
  ];
}

function asciiOf(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What of the Base64 of something longer depends on the secret alone, where so many bytes modulo three stand before it. */
function base64Piece(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

interface Part {
  start: number;
  end: number;
}

/** The parts of a text that are one of the forms, in order; those that overlap are one. */
function partsOf(text: string, forms: ReadonlySet<string>): Part[] {
  const found: Part[] = [];
  for (const form of forms)
    for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1))
      found.push({ start, end: start + form.length });
  const parts: Part[] = [];
  for (const part of found.sort((a, b) => a.start - b.start)) {
    const last = parts.at(-1);
    if (last !== undefined && part.start < last.end) last.end = Math.max(last.end, part.end);
    else parts.push(part);
  }
  return parts;
}
