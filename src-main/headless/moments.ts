import { momentsAt, ownZone } from '../base/time-zone.ts';
import { zoneSchema } from '../contract/downtime.ts';
import { usage } from './arguments.ts';
import { shown } from './terminal.ts';

const momentPattern =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(?<offset>Z|[+-]\d{2}:\d{2})?)?$/i;
const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The time (epoch ms) that somebody wrote behind a flag. A day begins at its midnight. Where the text names no zone it is
 * what clocks in `zone` show, by default those of this machine. Throws `usage`.
 */
export function momentOf(flag: string, text: string, zone = ownZone()): number {
  const at = momentIn(text, zone);
  if (at === null)
    throw usage(
      `${flag} ${shown(text)} is no time. Write 2026-01-05, 2026-01-05T14:00 or 2026-01-05T14:00Z.`,
    );
  return at;
}

/** The same, or how long before `now` (epoch ms): `90m`, `24h`, `7d`. */
export function momentOrAgo(flag: string, text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * (unitMs[unit] ?? 0);
  const at = momentIn(text, ownZone());
  if (at === null)
    throw usage(`${flag} ${shown(text)} is no time. Write 2026-01-05, 2026-01-05T14:00Z, 90m, 24h or 7d.`);
  return at;
}

/** The name of a time zone behind `--zone`. Throws `usage`. */
export function zoneOf(given: string): string {
  const { success, error } = zoneSchema.safeParse(given);
  if (success) return given;
  throw usage(`--zone: ${shown(error.issues[0]?.message ?? given)}.`);
}

function momentIn(text: string, zone: string): number | null {
  const { date = '', time = '00:00', offset } = momentPattern.exec(text)?.groups ?? {};
  const clock = Date.parse(`${date}T${time}Z`);
  // A 30th of February would be read as one of March.
  if (Number.isNaN(clock) || !new Date(clock).toISOString().startsWith(date)) return null;
  const at = offset === undefined ? momentsAt(clock, zone)[0] : Date.parse(`${date}T${time}${offset}`);
  return at === undefined || Number.isNaN(at) ? null : at;
}
