import type { AlertsFilterQuery } from '../client/plimsoll-client.ts';

/** Time ranges that end now, by their name in the address. */
export const timeSpans = { day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;
export type TimeSpan = keyof typeof timeSpans;

/** The named time range in an address; null if it has none. */
export function spanIn({ time = '' }: Readonly<Record<string, string>>): TimeSpan | null {
  return Object.hasOwn(timeSpans, time) ? (time as TimeSpan) : null;
}

/** The filter in the view's address. `now` is the end of the time ranges. Invalid parts are ignored. */
export function alertFilterIn(query: Readonly<Record<string, string>>, now: number): AlertsFilterQuery {
  const { state, severity, rule = '', source = '', q = '', since = '' } = query;
  const span = spanIn(query);
  const from = span === null ? (/^\d{1,15}$/.test(since) ? Number(since) : undefined) : now - timeSpans[span];
  return {
    ...((state === 'firing' || state === 'resolved') && { state }),
    ...((severity === 'warning' || severity === 'critical') && { severity }),
    ...(rule !== '' && { rule }),
    ...(source !== '' && { source }),
    ...(q.trim() !== '' && { text: q.trim().slice(0, 200) }),
    ...(from !== undefined && { from }),
  };
}
