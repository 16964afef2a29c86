import type { Log } from '../../base/log.ts';
import type { Settings } from '../../contract/settings.ts';
import type { State } from '../state/state.ts';

/** What waits for a program is tried at once: one that was not approved may be now. */
export function hurryCommands(
  { destinations }: Settings,
  { state, now, log }: { state: State; now: number; log: Log },
): void {
  try {
    for (const { name, kind } of destinations) if (kind === 'command') state.hurry(name, now);
  } catch (error) {
    log.warn('what waits for a program could not be hurried', { error });
  }
}
