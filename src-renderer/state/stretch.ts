const minute = 60_000;
const longest = 24 * 60 * minute;

/**
 * The time range for an alert's chart: at least an hour, half of it before the alert began, up to its end if it has
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
 * The beginning of a chart that may begin at `from`: the first known sample, but with a minimum length, so that the
 * first minutes are not a single pixel.
 */
export function beginningOf(from: number, to: number, first: number | undefined): number {
  return Math.max(from, Math.min(first ?? to, to - shortest));
}
