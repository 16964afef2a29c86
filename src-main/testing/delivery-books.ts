import type { AlertDetail } from '../monitor/records/alerts-api.ts';

/** Something that a receiver took, as it saw it. */
export interface Arrival {
  destination: string;
  /** Of the message, which is the same for every attempt. */
  id: string;
  /** What must not differ from one copy to the next. */
  content: string;
  /** In which run of Plimsoll, counted from 0. */
  run: number;
}

/** What a destination was due, and in how many parts that goes. */
export interface DueDestination {
  name: string;
  /** It gets every transition, announced or not. */
  isRecord: boolean;
  /** Which alerts go there; the others are listed with the reason why not. */
  wants: (ruleId: string) => boolean;
}

/**
 * What does not add up between what alerts say, what became of it, and what receivers took, each in a line; nothing where every
 * transition is accounted for, and came once, or once more for each run that ended before it could be noted.
 */
export function booksOf(
  details: readonly AlertDetail[],
  destinations: readonly DueDestination[],
  arrivals: readonly Arrival[],
): string[] {
  const problems: string[] = [];
  const due = new Map<string, string>();
  for (const { alert, transitions, deliveries } of details) {
    const moves = transitions.map(({ to }) => to).join();
    if (moves !== 'firing,resolved') problems.push(`alert ${alert.id} moved ${moves}`);
    for (const { to, announcement } of transitions) {
      if (!/^[a-z_]+$/.test(announcement.reason)) problems.push(`no reason at alert ${alert.id}`);
      for (const { name, isRecord, wants } of destinations) {
        const found = deliveries.filter((each) => each.destination === name && each.transition === to);
        const isDue = isRecord || announcement.decision === 'announce';
        const expected = !isDue ? '' : wants(alert.ruleId) ? 'sent' : 'suppressed';
        const states = found.map(({ state }) => state).join();
        if (states !== expected)
          problems.push(
            `${name}, ${to} of ${alert.id}: ${states || 'none'} in place of ${expected || 'none'}`,
          );
        for (const { state, reason } of found)
          if (state === 'suppressed' && reason === undefined)
            problems.push(`${name}: left out without reason`);
      }
    }
    for (const { id, destination, state, messageId } of deliveries)
      if (state === 'sent') due.set(id, `${destination} ${messageId ?? id}`);
  }

  const copies = Map.groupBy(arrivals, ({ destination, id }) => `${destination} ${id}`);
  for (const [id, message] of due)
    if (!copies.has(message)) problems.push(`${message} is noted as sent (${id}) and never arrived`);
  const known = new Set(due.values());
  for (const [message, each] of copies) {
    if (!known.has(message)) problems.push(`${message} arrived and nobody knows it`);
    if (new Set(each.map(({ run }) => run)).size < each.length)
      problems.push(`${message} arrived more than once in a run: ${each.map(({ run }) => run).join()}`);
    if (new Set(each.map(({ content }) => content)).size > 1) problems.push(`${message} changed on the way`);
  }
  return problems;
}
