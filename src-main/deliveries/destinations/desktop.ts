import { z } from 'zod';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { defineDestination } from '../destination-kind.ts';
import { topProgramWords } from '../context-words.ts';
import { lastOfEach } from '../digest.ts';
import { headlineOf, oneLine, sentenceOf } from '../words.ts';

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
  open: ({ onResolve }, { notifier }) => {
    const deliver = async (message: Message) => {
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
        title: oneLine(headlineOf(message)),
        body: oneLine(sentenceOf(message)),
        // Once it is over, nobody needs to know which program to look at.
        detail: isOver || message.context === undefined ? null : topProgramWords(message.context),
        urgency: !isOver && alert.severity === 'critical' ? 'critical' : 'normal',
        isOver,
      });
      return 'Shown on this desktop.';
    };
    return {
      deliver,
      together: {
        // The desktop limits its own rate: a few at once are shown, the others counted.
        everyMs: 0,
        async deliver(bundle) {
          const alerts = lastOfEach(bundle);
          const outcomes = await Promise.allSettled(alerts.map(deliver));
          const failed = outcomes.filter(({ status }) => status === 'rejected');
          const [first] = failed;
          if (first?.status === 'rejected' && failed.length === alerts.length) throw first.reason;
          return `Told this desktop of ${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'}.`;
        },
      },
    };
  },
});
