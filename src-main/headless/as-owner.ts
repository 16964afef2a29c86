import { PlimsollError } from '../contract/error.ts';
import { openState } from '../monitor/state/state.ts';
import type { State } from '../monitor/state/state.ts';

/** Asks the process that owns the directory, or works in the directory itself if none does. */
export async function asOwner<Answer>(
  directory: string,
  ask: () => Promise<Answer>,
  act: (state: State) => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_running') throw thrown;
  }
  const state = openState(directory);
  try {
    return await act(state);
  } finally {
    state.close();
  }
}
