import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Backtest } from '../../contract/backtest.ts';
import type { Settings } from '../../contract/settings.ts';
import { openHistoryToRead } from '../../history/open.ts';
import { Backtests } from './backtests.ts';
import type { BacktestQuestion } from './backtests.ts';
import type { AskHistory } from './recording.ts';
import { TagsOfHosts } from '../hosts/tags-of-hosts.ts';
import { openState } from '../state/state.ts';

/**
 * A back-test over the history in a directory that no process owns; changes nothing there. Throws like `Backtests`, and
 * `not_found` if there is no history.
 */
export async function backtestStored(
  directory: string,
  { host, clock, settings }: { host: string; clock: Clock; settings: Settings },
  question: BacktestQuestion,
): Promise<Backtest> {
  const store = openHistoryToRead(directory);
  // The store itself answers the questions of the replay.
  const ask = ((name: 'recorded' | 'series', asked: never) =>
    new Promise((resolve) =>
      resolve(name === 'series' ? store.series(asked) : store.recorded(asked)),
    )) as AskHistory;
  try {
    const tags = tagsRemembered(directory);
    const tagsOfHost = (name: string): readonly string[] => tags?.of(name) ?? [];
    const backtests = new Backtests({ host, clock, settings: () => settings, ask, tagsOfHost });
    return await backtests.backtest(question, new AbortController().signal);
  } finally {
    store.close();
  }
}

/**
 * The tags of all hosts in the state of a directory. Not opened if there is no state, because opening would create one.
 */
function tagsRemembered(directory: string): TagsOfHosts | undefined {
  if (!existsSync(join(directory, 'state.sqlite'))) return undefined;
  const state = openState(directory);
  try {
    const sent = new Map(state.hosts.hosts().map(({ host, tags }) => [host, tags]));
    return new TagsOfHosts(state.hosts.hostTags(), (host) => sent.get(host));
  } finally {
    state.close();
  }
}
