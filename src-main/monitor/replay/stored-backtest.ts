import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Backtest } from '../../contract/backtest.ts';
import type { Settings } from '../../contract/settings.ts';
import { tagWordsOf } from '../../contract/host.ts';
import { openHistoryToRead } from '../../history/open.ts';
import { Backtests } from './backtests.ts';
import type { BacktestQuestion } from './backtests.ts';
import type { AskHistory } from './recording.ts';
import { openState } from '../state/state.ts';

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
    const tags = tagsOfHosts(directory);
    const tagsOfHost = (name: string): readonly string[] => tags.get(name) ?? [];
    const backtests = new Backtests({ host, clock, settings: () => settings, ask, tagsOfHost });
    return await backtests.backtest(question, new AbortController().signal);
  } finally {
    store.close();
  }
}

/** The tags of all hosts that the directory remembers. It is looked into only where it has a state: opening one would begin it. */
function tagsOfHosts(directory: string): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  if (!existsSync(join(directory, 'state.sqlite'))) return tags;
  const state = openState(directory);
  try {
    for (const [name, given] of state.hostTags()) tags.set(name, tagWordsOf(given, {}));
    for (const row of state.hosts()) tags.set(row.host, tagWordsOf(tags.get(row.host) ?? [], row.tags));
    return tags;
  } finally {
    state.close();
  }
}
