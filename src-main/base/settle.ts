import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By when a process has read what it needs to begin with. */
const startedMs = 25_000;

/**
 * Gives back, once, what starting a process leaves behind. V8 does so by itself when hardly anything happens, but minutes later, and
 * in main then again every 100 s, as if there were still something to find: up to 0.1 s of processor time each time. After one look
 * at everything it leaves it at that.
 *
 * Not for a main that takes posts: it is held up meanwhile, for about 50 ms.
 */
export function settleOnceStarted(afterMs = startedMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    collectGarbage();
  }, afterMs).unref();
}
