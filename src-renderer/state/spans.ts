/** A stretch of minutes from now, or until eight o'clock in the morning of the next day, here. */
export type Span = number | 'tomorrow';

export const pauseSpans: readonly Span[] = [30, 60, 'tomorrow'];
export const snoozeSpans: readonly (Span | 'resolved')[] = [15, 60, 240, 'tomorrow', 'resolved'];

/** When a span ends that begins at `now`, both epoch milliseconds. */
export function spanEnd(span: Span, now: number): number {
  if (span !== 'tomorrow') return Math.round(now) + span * 60_000;
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return morning.getTime();
}

/** Whether something that lasts until `until` lasts at `now`. */
export function lasts(until: number | null, now: number): until is number {
  return until !== null && until > now;
}
