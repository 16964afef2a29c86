import { briefOf, digestBriefOf } from './brief.ts';
import type { Brief } from './brief.ts';
import { peopleReadEveryMs } from './destination-kind.ts';
import type { Destination } from './destination-kind.ts';

/**
 * One attempt to send something; `id` is the same for every attempt of the same message. Like `Destination.deliver`.
 */
type Say = (brief: Brief, signal: AbortSignal, id: string) => Promise<string>;

/** A destination that people read: it sends one alert, or all that waited, in the same way as a brief. */
export function forPeople(plimsollUrl: string | undefined, say: Say): Destination {
  return {
    deliver: (message, signal) => say(briefOf(message, plimsollUrl), signal, message.id),
    together: {
      everyMs: peopleReadEveryMs,
      deliver: (bundle, signal) => say(digestBriefOf(bundle, plimsollUrl), signal, bundle.id),
    },
  };
}
