import type { AlertsFilterQuery } from '../client/plimsoll-client.ts';

/** Stretches of time that end now, by their name in the address. */
export const timeSpans = { day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;
export type TimeSpan = keyof typeof timeSpans;

/** The time that an address asks for: a stretch that ends now, or everything since a moment. Null for any time. */
export function spanIn({ time = '' }: Readonly<Record<string, string>>): TimeSpan | null {
  return Object.hasOwn(timeSpans, time) ? (time as TimeSpan) : null;
}

/** What the view's address asks for; `now` is where the stretches of time end. What it does not understand it leaves out. */
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
