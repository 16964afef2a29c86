import type { Clock } from '../../base/clock.ts';
import type { Backtest } from '../../contract/backtest.ts';
import type { Settings } from '../../contract/settings.ts';
import { openHistoryToRead } from '../../history/open.ts';
import { Backtests } from './backtests.ts';
import type { BacktestQuestion } from './backtests.ts';
import type { AskHistory } from './recording.ts';

/**
 * A back-test over the history in a directory that nobody owns; nothing is changed there. Throws what `Backtests` throws,
 * and `not_found` where there is no history.
 */
export async function backtestStored(
  directory: string,
  { host, clock, settings }: { host: string; clock: Clock; settings: Settings },
  question: BacktestQuestion,
): Promise<Backtest> {
  const store = openHistoryToRead(directory);
  // What replaying asks for is answered by the store itself.
  const ask = ((name: 'recorded' | 'series', asked: never) =>
    new Promise((resolve) =>
      resolve(name === 'series' ? store.series(asked) : store.recorded(asked)),
    )) as AskHistory;
  try {
    const backtests = new Backtests({ host, clock, settings: () => settings, ask });
    return await backtests.backtest(question, new AbortController().signal);
  } finally {
    store.close();
  }
}
