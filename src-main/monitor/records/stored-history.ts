import { PlimsollError } from '../../contract/error.ts';
import type { HistoryExport } from '../../contract/history-size.ts';
import { openHistoryToRead } from '../../history/open.ts';
import { restoreHistory } from '../../history/restore.ts';
import { historyExport } from './history-export.ts';
import type { AskExport } from './history-export.ts';
import { openState } from '../state/state.ts';

/** The operations on a history that no process owns. */
export type StoredHistory = Pick<ReturnType<typeof openHistoryToRead>, 'size' | 'check' | 'backup'>;

/** Reads the history in a directory that no process owns; changes nothing. Throws `not_found` if there is none. */
export async function lookAtStored<Answer>(
  directory: string,
  look: (history: StoredHistory) => Answer | Promise<Answer>,
): Promise<Answer> {
  let history;
  try {
    history = openHistoryToRead(directory);
    return await look(history);
  } catch (thrown) {
    throw withRemedy(thrown);
  } finally {
    history?.close();
  }
}

/** Like `historyExport`, for the history in a directory that no process owns. */
export async function* exportStored(directory: string, query: HistoryExport): AsyncGenerator<string> {
  let history: ReturnType<typeof openHistoryToRead> | undefined;
  try {
    const opened = (history = openHistoryToRead(directory));
    const ask = ((question: 'recorded' | 'search', asked: never) =>
      Promise.resolve(question === 'search' ? opened.search(asked) : opened.recorded(asked))) as AskExport;
    yield* historyExport(query, ask);
  } catch (thrown) {
    throw withRemedy(thrown);
  } finally {
    history?.close();
  }
}

/** Reading repairs nothing, so the error says what does. */
function withRemedy(thrown: unknown): unknown {
  if (!(thrown instanceof PlimsollError) || thrown.code !== 'damaged') return thrown;
  return new PlimsollError(
    'damaged',
    `${thrown.message} The next start of Plimsoll sets the file aside and takes over what can be read of it; a backup is put in its place by: plimsoll history restore FILE`,
    { cause: thrown },
  );
}

/** See `restoreHistory`. Throws `already_running` while a process owns the directory. */
export function restoreStored(backup: string, directory: string, now: number): string | null {
  // The state is the lock of the directory: nobody can start meanwhile.
  const lock = lockOf(directory);
  try {
    return restoreHistory(backup, directory, now);
  } finally {
    lock.close();
  }
}

function lockOf(directory: string): ReturnType<typeof openState> {
  try {
    return openState(directory);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'already_running') throw thrown;
    throw new PlimsollError('already_running', `${thrown.message} Stop it, restore, and start it again.`, {
      cause: thrown,
    });
  }
}
