import { z } from 'zod';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Comparison } from '../../contract/rule.ts';
import { defineDestination } from '../destination-kind.ts';

const options = z.strictObject({
  onResolve: z
    .boolean()
    .default(true)
    .meta({ title: 'Also when it is over', description: 'Say so when the value is back below the line.' }),
});

export const desktopDestination = defineDestination<z.infer<typeof options>>({
  kind: 'desktop',
  title: 'Desktop notification',
  description: 'Shows alerts as notifications of this desktop, and takes them away when they are over.',
  role: 'announce',
  options,
  open: ({ onResolve }, { notifier }) => ({
    async deliver(message) {
      if (notifier === null) {
        throw new PlimsollError(
          'unsupported',
          'There is no desktop here. Desktop notifications need the desktop application.',
        );
      }
      const { alert, transition } = message;
      const isOver = transition.to === 'resolved';
      if (isOver) notifier.withdraw(alert.id);
      if (isOver && !onResolve) return 'Took the notification away.';
      await notifier.show({
        id: message.id,
        alertId: alert.id,
        title: isOver ? `Over: ${alert.ruleName}` : alert.ruleName,
        body: bodyOf(message),
        urgency: !isOver && alert.severity === 'critical' ? 'critical' : 'normal',
      });
      return 'Shown on this desktop.';
    },
  }),
});

const limits: Record<Comparison, string> = {
  greater_than: 'above',
  less_than: 'below',
  equals: 'exactly at',
};

/** For whoever has no better words: the value, the limit, where, since when. */
function bodyOf({ alert, transition }: Message): string {
  const { source, metric, host } = alert.series;
  const what = `${source} ${metric} on ${host}`;
  const limit = `${limits[alert.comparison]} ${alert.threshold}`;
  const since = new Date(alert.since).toISOString();
  return transition.to === 'resolved'
    ? `${what} was ${limit} since ${since}, worst ${alert.worstValue}.`
    : `${what} is at ${transition.value ?? alert.lastValue}, ${limit} since ${since}.`;
}
