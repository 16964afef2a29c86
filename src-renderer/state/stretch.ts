const minute = 60_000;
const longest = 24 * 60 * minute;

/**
 * The stretch of time that shows an alert: at least an hour, half of it before it began, and its end where it has
 * one. Never into the future, and never more than a day.
 */
export function stretchAround(
  alert: { since: number; resolvedAt: number | null },
  now: number,
): { from: number; to: number } {
  const end = alert.resolvedAt ?? now;
  const to = Math.max(
    alert.since + minute,
    Math.min(now, Math.max(alert.since + 30 * minute, end + 5 * minute)),
  );
  const from = Math.min(alert.since - 30 * minute, to - 60 * minute);
  return { from: Math.max(from, to - longest), to };
}

const shortest = 10 * minute;

/**
 * Where a chart that could begin at `from` begins: not before the first thing that is known, but with some room so
 * that the first minutes are not a single pixel.
 */
export function beginningOf(from: number, to: number, first: number | undefined): number {
  return Math.max(from, Math.min(first ?? to, to - shortest));
}
