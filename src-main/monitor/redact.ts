/** Shorter ones are no secrets, and striking them out would leave nothing to read. */
const shortest = 3;
/** Shorter pieces of Base64 stand in many texts by chance. */
const shortestPiece = 4;

/**
 * Strikes secrets out of texts, as they are and as protocols write them: percent-encoded, as a form sends them, escaped
 * in JSON, and in Base64, also in the midst of something longer such as `user:password`.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets.filter((secret) => secret.length >= shortest).flatMap((secret) => formsOf(secret)),
  );
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

function formsOf(secret: string): string[] {
  const pieces = [0, 1, 2].map((before) => base64Piece(secret, before));
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...pieces.flatMap((piece) => [piece, piece.replaceAll('+', '-').replaceAll('/', '_')]),
  ].filter((form, index) => form.length >= (index < 4 ? shortest : shortestPiece));
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
