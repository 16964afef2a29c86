import type { HistoryQuery, SeriesHistory } from '../../contract/history.ts';
import type { HistoryCheck, HistoryExport, HistorySize } from '../../contract/history-size.ts';
import type { HistoryLink } from '../stages/history-link.ts';
import { historyExport } from './history-export.ts';

/** The history as a whole, and one series of it for a chart. Throws `stage_down` while history does not run. */
export interface HistoryApi {
  range(query: HistoryQuery): Promise<SeriesHistory>;
  size(): Promise<HistorySize>;
  /** Compares every checksum in the history; nothing else is answered of it meanwhile. */
  check(): Promise<HistoryCheck>;
  /** Writes a copy of the history into a new file of this machine. Throws `conflict` where one is. */
  backUp(path: string): Promise<{ bytes: number }>;
  /** The samples of a stretch as text, piece by piece. */
  export(query: HistoryExport): AsyncIterable<string>;
}

/** For what looks at all of history. */
const longAnswerMs = 10 * 60_000;

/** The same, asked of history. */
export class RunningHistory implements HistoryApi {
  readonly #history: Pick<HistoryLink, 'ask'>;

  constructor(history: Pick<HistoryLink, 'ask'>) {
    this.#history = history;
  }

  range(query: HistoryQuery): Promise<SeriesHistory> {
    return this.#history.ask('range', query);
  }

  size(): Promise<HistorySize> {
    return this.#history.ask('size', {});
  }

  check(): Promise<HistoryCheck> {
    return this.#history.ask('check', {}, undefined, longAnswerMs);
  }

  backUp(path: string): Promise<{ bytes: number }> {
    return this.#history.ask('backup', { path }, undefined, longAnswerMs);
  }

  export(query: HistoryExport): AsyncIterable<string> {
    return historyExport(query, (question, ask) => this.#history.ask(question, ask));
  }
}
