import type { HistoryQuery, SeriesHistory } from '../../contract/history.ts';
import type { HistoryCheck, HistoryExport, HistorySize } from '../../contract/history-size.ts';
import type { HistoryLink } from '../stages/history-link.ts';
import { historyExport } from './history-export.ts';

/** Operations on the whole history, and charts of one series. Throws `stage_down` while the history does not run. */
export interface HistoryApi {
  range(query: HistoryQuery): Promise<SeriesHistory>;
  size(): Promise<HistorySize>;
  /** Verifies every checksum in the history, which answers nothing else meanwhile. */
  check(): Promise<HistoryCheck>;
  /** Writes a copy of the history into a new file on this machine. Throws `conflict` if the file exists. */
  backUp(path: string): Promise<{ bytes: number }>;
  /** The samples of a time range as text, in pieces. */
  export(query: HistoryExport): AsyncIterable<string>;
}

/** For operations that read the whole history. */
const longAnswerMs = 10 * 60_000;

/** The implementation that asks the history process. */
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
