/** The suggested name and the limit of a rule, before or after a change. */
export interface NamedLimit {
  suggested: string;
  /** The limit as text, such as `80 %`. */
  limit: string;
}

/**
 * A better name for a rule whose name contains an outdated limit; null if the name contains no limit or the right one.
 * In a name written by the owner only the limit is replaced.
 */
export function betterName(name: string, before: NamedLimit, now: NamedLimit): string | null {
  const better = plain(now.suggested);
  const own = plain(name);
  if (better === '' || own === better) return null;
  if (own === plain(before.suggested) || withoutNumbers(own) === withoutNumbers(better)) return better;
  const old = plain(before.limit);
  if (old === '' || old === plain(now.limit)) return null;
  const at = limitIn(own, old);
  return at === null ? null : own.slice(0, at.from) + plain(now.limit) + own.slice(at.to);
}

/** Position of a limit in a name, with or without its space; never a part of a longer number. */
function limitIn(name: string, limit: string): { from: number; to: number } | null {
  const written = limit.split(' ').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const found = new RegExp(String.raw`(?<![\d.,])${written.join(' ?')}(?![\d\p{L}]|[.,]\d)`, 'u').exec(name);
  return found === null ? null : { from: found.index, to: found.index + found[0].length };
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').trim();
}
function withoutNumbers(text: string): string {
  return text.replaceAll(/\d[\d.,]*/g, '0');
}
