import { setTimeout as pause } from 'node:timers/promises';
import type { DestinationKind } from '../deliveries/destination-kind.ts';
import type { SampleDestinationKind } from '../deliveries/onward/sample-destination.ts';
import type { HandClock } from './hand-clock.ts';

/** Attempts that are on real sockets while the clock stands still. */
export class UnderWay {
  #attempts = 0;

  async count<T>(attempt: Promise<T>): Promise<T> {
    this.#attempts++;
    return attempt.finally(() => this.#attempts--);
  }

  /** Turns the clock second by second; before each all attempts have ended. */
  async turn(clock: HandClock, ms: number): Promise<void> {
    for (let turned = 0; turned < ms; turned += 1000) {
      await clock.turn(1000);
      while (this.#attempts > 0) await pause(2);
    }
  }

  /** The same kind, of which each attempt is counted. */
  alerts(kind: DestinationKind | undefined): DestinationKind | undefined {
    if (kind === undefined) return undefined;
    return {
      ...kind,
      open: (options, surroundings) => {
        const opened = kind.open(options, surroundings);
        return {
          deliver: (message, signal) => this.count(opened.deliver(message, signal)),
          close: () => opened.close?.(),
        };
      },
    };
  }

  samples(kind: SampleDestinationKind | undefined): SampleDestinationKind | undefined {
    if (kind === undefined) return undefined;
    return {
      ...kind,
      open: (options, surroundings) => {
        const opened = kind.open(options, surroundings);
        return { send: (batch, signal) => this.count(opened.send(batch, signal)) };
      },
    };
  }
}
