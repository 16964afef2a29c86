import type { Clock } from '../base/clock.ts';
import { PlimsollError, codeAndMessage } from '../contract/error.ts';
import type { ParentPort } from '../contract/port.ts';
import type { FromHistory } from './messages.ts';

const openAgainMs = 5000;

export interface Opening<Store> {
  port: Pick<ParentPort<FromHistory, unknown>, 'send'>;
  clock: Clock;
  open(): Promise<Store>;
  /** Ends the process. */
  leave(): void;
}

/**
 * Opens a store, again and again where it cannot be opened now but perhaps later. Each failure is reported with `refused`.
 * Undefined where it can never be opened: then the process leaves.
 */
export async function openPatiently<Store>(opening: Opening<Store>): Promise<Store | undefined> {
  const { port, clock } = opening;
  for (;;) {
    try {
      return await opening.open();
    } catch (thrown) {
      port.send({ type: 'refused', ...codeAndMessage(thrown) });
      if (!(thrown instanceof PlimsollError) || !thrown.retry) {
        opening.leave();
        return undefined;
      }
    }
    await new Promise<void>((resolve) => clock.after(openAgainMs, resolve));
  }
}
