import type { HistoryExport } from '../../contract/history-size.ts';
import { openHistoryToRead } from '../../history/open.ts';
import { restoreHistory } from '../../history/restore.ts';
import { historyExport } from './history-export.ts';
import type { AskExport } from './history-export.ts';
import { openState } from '../state/state.ts';

/** What can be asked of a history that nobody owns. */
export type StoredHistory = Pick<ReturnType<typeof openHistoryToRead>, 'size' | 'check' | 'backup'>;

/** Looks at the history in a directory that nobody owns; nothing is changed there. Throws `not_found` where there is none. */
export async function lookAtStored<Answer>(
  directory: string,
  look: (history: StoredHistory) => Answer | Promise<Answer>,
): Promise<Answer> {
  const history = openHistoryToRead(directory);
  try {
    return await look(history);
  } finally {
    history.close();
  }
}

/** What `historyExport` says, of the history in a directory that nobody owns. */
export async function* exportStored(directory: string, query: HistoryExport): AsyncGenerator<string> {
  const history = openHistoryToRead(directory);
  const ask = ((question: 'recorded' | 'search', asked: never) =>
    Promise.resolve(question === 'search' ? history.search(asked) : history.recorded(asked))) as AskExport;
  try {
    yield* historyExport(query, ask);
  } finally {
    history.close();
  }
}

/** See `restoreHistory`. Throws `already_running` while somebody owns the directory. */
export function restoreStored(backup: string, directory: string, now: number): string | null {
  // Whoever has the state has the directory: nobody starts meanwhile.
  const lock = openState(directory);
  try {
    return restoreHistory(backup, directory, now);
  } finally {
    lock.close();
  }
}
