import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By this time a process has read everything it needs to start, in milliseconds. */
const startedMs = 25_000;

/**
 * Collects the garbage of the start once. V8 would do so by itself only minutes later, and in an idle main process
 * again every 100 s, each time using up to 0.1 s of processor time. After one full collection it stops doing that.
 *
 * Not for a main process that receives posts: it blocks for about 50 ms.
 */
export function settleOnceStarted(afterMs = startedMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    collectGarbage();
  }, afterMs).unref();
}
