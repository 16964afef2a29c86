import type { ShortIngest } from '../api/short-ingest.ts';
import type { Log } from '../base/log.ts';
import type { Clock } from '../base/clock.ts';
import type { ListeningView } from '../contract/listening.ts';
import type { Answer } from '../hub/http-server.ts';
import { Listening, listeningNotice } from '../hub/listening.ts';
import { wantedWhileReceiving } from '../hub/wanted.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';
import type { Monitor } from '../monitor/monitor-api.ts';

interface ReceivingParts {
  engine: Pick<Monitor, 'settings' | 'access' | 'subscribe' | 'listeningChanged'>;
  /** The API, with the interface before it. */
  answer: Answer;
  /** Takes posts of samples without it, where they are as usual. */
  short: ShortIngest;
  onUnexpected: (error: unknown) => void;
  /** Where relative paths of the settings start. */
  directory: string;
  clock: Clock;
  log: Log;
  /** Where others find this application now; null for nowhere. */
  onMove: (address: string | null) => void;
}

/**
 * The port for other machines. There is none unless the settings say that this Plimsoll receives, and what keeps it from being
 * opened never keeps the application from anything else.
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

  /** Opens, moves or closes the port as the settings say now. */
  follow(): Promise<void> {
    const { engine, directory } = this.#parts;
    return this.#listening.follow(wantedWhileReceiving(engine.settings.view().settings, directory));
  }

  close(): Promise<void> {
    this.#endListening();
    return this.#listening.close();
  }
}
