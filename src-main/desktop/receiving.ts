import type { ShortIngest } from '../api/short-ingest.ts';
import type { Log } from '../base/log.ts';
import type { Clock } from '../base/clock.ts';
import type { ListeningView } from '../contract/listening.ts';
import type { Answer } from '../hub/ways.ts';
import { Listening, listeningNotice } from '../hub/listening.ts';
import { wantedWhileReceiving } from '../hub/wanted.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';
import type { Monitor } from '../monitor/monitor-api.ts';

interface ReceivingParts {
  engine: Pick<Monitor, 'settings' | 'access' | 'subscribe' | 'listeningChanged'>;
  /** The API and the interface. */
  answer: Answer;
  /** The fast path for posts of samples. */
  short: ShortIngest;
  onUnexpected: (error: unknown) => void;
  /** Base directory of relative paths in the settings. */
  directory: string;
  clock: Clock;
  log: Log;
  /** Called with the application's address for others whenever it changes; null for none. */
  onMove: (address: string | null) => void;
}

/**
 * The port for other machines. It exists only if the settings enable receiving. An error that prevents opening it
 * affects nothing else.
 */
export class Receiving {
  readonly #parts: ReceivingParts;
  readonly #listening: Listening;
  readonly #endListening: () => void;

  constructor(parts: ReceivingParts) {
    const { engine, answer, short, onUnexpected, clock, log, onMove } = parts;
    this.#parts = parts;
    this.#listening = new Listening({
      ...{ answer, short, onUnexpected },
      hasToken: () => engine.access.tokens().some((token) => isGoodToken(token, clock.now())),
      clock,
      onChange: () => {
        const { open, problem } = this.#listening;
        log.info('listening', { at: open.map(({ url }) => url), problem: problem?.message });
        onMove(open[0]?.url ?? null);
        engine.listeningChanged(listeningNotice(this.#listening));
      },
      warn: (message) => log.warn(message),
    });
    this.#endListening = engine.subscribe(({ type }) => {
      if (type === 'settings') void this.follow();
    });
  }

  view(): ListeningView {
    const { open, problem } = this.#listening;
    const fixed = { address: false, tls: false, receives: false };
    return { open, problem, always: false, fixed };
  }

  /** Opens, moves or closes the port according to the current settings. */
  follow(): Promise<void> {
    const { engine, directory } = this.#parts;
    return this.#listening.follow(wantedWhileReceiving(engine.settings.view().settings, directory));
  }

  close(): Promise<void> {
    this.#endListening();
    return this.#listening.close();
  }
}
