/** A duration in minutes from now, or until 8:00 local time the next day. */
export type Span = number | 'tomorrow';

export const pauseSpans: readonly Span[] = [30, 60, 'tomorrow'];
export const snoozeSpans: readonly (Span | 'resolved')[] = [15, 60, 240, 'tomorrow', 'resolved'];

/** The end of a span that begins at `now`, both in epoch milliseconds. */
export function spanEnd(span: Span, now: number): number {
  if (span !== 'tomorrow') return Math.round(now) + span * 60_000;
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return morning.getTime();
}

/** Whether a period that ends at `until` is still active at `now`. */
export function lasts(until: number | null, now: number): until is number {
  return until !== null && until > now;
}
