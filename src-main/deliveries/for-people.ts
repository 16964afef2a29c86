import { briefOf, digestBriefOf } from './brief.ts';
import type { Brief } from './brief.ts';
import { peopleReadEveryMs } from './destination-kind.ts';
import type { Destination } from './destination-kind.ts';

/** One attempt at saying something; `id` is the same for every attempt of the same message. Like `Destination.deliver`. */
type Say = (brief: Brief, signal: AbortSignal, id: string) => Promise<string>;

/** A destination that people read: what happened in short, of one alert or of all that waited, by one way. */
export function forPeople(plimsollUrl: string | undefined, say: Say): Destination {
  return {
    deliver: (message, signal) => say(briefOf(message, plimsollUrl), signal, message.id),
    together: {
      everyMs: peopleReadEveryMs,
      deliver: (bundle, signal) => say(digestBriefOf(bundle, plimsollUrl), signal, bundle.id),
    },
  };
}
