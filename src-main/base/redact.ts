/** Shorter texts are no secrets, and replacing them would make everything unreadable. */
const shortest = 3;
/** Shorter pieces of Base64 occur in many texts by chance. */
const shortestPiece = 4;

/** Authentication schemes at the beginning of a header value: those of IANA's registry, and common private ones. */
const scheme =
  /^(?:basic|bearer|token|digest|dpop|hoba|mutual|negotiate|vapid|api-?key|key|splunk|sso-key) +(\S.*)$/i;

/**
 * Returns a function that removes secrets from texts, both as they are and in the forms that protocols use: percent-encoded,
 * form-encoded, escaped in JSON, and in Base64, even within a longer text such as `user:password`. In a header value such as
 * `Bearer X`, the part after the scheme is a secret by itself, and so is the password in `Basic X`.
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
    // The form of Python and PHP: all in ASCII.
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

/** The part of the Base64 of a longer text that depends only on the secret, if `before` bytes (modulo three) precede it. */
function base64Piece(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

interface Part {
  start: number;
  end: number;
}

/** The parts of a text that match one of the forms, in order; overlapping ones are merged. */
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
