import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By when a process has read what it needs to begin with. */
const startedMs = 25_000;

/**
 * Gives back, once, what starting a process leaves behind. V8 does so by itself when hardly anything happens, but minutes later, and
 * then again every two minutes, as if there were still something to find: 0.1 s of processor time each time. After one look at
 * everything it leaves it at that.
 *
 * Nothing for processes that are busy: they are held up while it looks, about as long as 50 ms.
 */
export function settleOnceStarted(afterMs = startedMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    collectGarbage();
  }, afterMs).unref();
}
