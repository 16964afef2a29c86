/** The zone that this window lives in, such as `Europe/Berlin`. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone that can be chosen, `UTC` first. */
export function allZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

/** Whether there is a zone of that name. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}

/** A moment as a field for date and time holds it: what the clocks of `zone` show, `2026-11-28T02:00`. */
export function wallTime(at: number, zone: string): string {
  const shown = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return shown.format(at).replace(' ', 'T');
}

/**
 * When the clocks of `zone` show this, epoch milliseconds; null for what is no date and time. Of an hour that comes twice
 * it is the first, and what a clock skips is as long after the jump as it would have been after its beginning.
 */
export function momentOf(wall: string, zone: string): number | null {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return null;
  const shiftAt = (at: number): number =>
    Date.parse(`${wallTime(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  const day = 86_400_000;
  const candidates = [asUtc - shiftAt(asUtc - day), asUtc - shiftAt(asUtc + day)];
  const right = candidates.filter((at) => at + shiftAt(at) === asUtc);
  return right.length > 0 ? Math.min(...right) : (candidates[0] ?? null);
}
