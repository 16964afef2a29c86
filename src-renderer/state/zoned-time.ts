/** This browser's time zone, such as `Europe/Berlin`. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All selectable time zones, `UTC` first. */
export function allZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

/** Whether a time zone of this name exists. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}

/** The local time in `zone`, in the format of a `datetime-local` field: `2026-11-28T02:00`. */
export function wallTime(at: number, zone: string): string {
  const shown = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return shown.format(at).replace(' ', 'T');
}

/**
 * The time at which clocks in `zone` show `wall`, epoch milliseconds; null if it is no date and time. Of an hour that
 * occurs twice, the first is meant. A time skipped by a clock change maps to the same distance after the change.
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
