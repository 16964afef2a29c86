import type { Message } from '../contract/delivery.ts';
import { hostileContext } from './example-context.ts';
import { exampleMessage } from './example-message.ts';
import { hostileText } from './hostile-text.ts';

/** An alert in which everything that people, programs and other machines name is called `hostileText`. */
export function hostileMessage(): Message {
  return exampleMessage({
    alert: {
      ruleName: hostileText,
      series: {
        host: hostileText,
        source: hostileText,
        metric: hostileText,
        labels: { [hostileText]: hostileText },
      },
      acknowledgedAt: Date.UTC(2026, 0, 5, 12),
      acknowledgedBy: hostileText,
      note: hostileText,
    },
    transition: { announcement: { decision: 'announce', reason: 'more_severe' } },
    source: { name: hostileText, kind: 'cpu' },
    context: hostileContext(),
  });
}
