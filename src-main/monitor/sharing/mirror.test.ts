import { expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import { PlimsollError } from '../../contract/error.ts';
import { Mirror } from './mirror.ts';

const minute = 60_000;
const begin = 1_795_000_000_000;
/** One alert of another hub that is over, of which nothing is read here. */
const over = [{ id: 'a1', state: 'resolved', series: { host: 'web-1' } } as Alert];

test('what could not be kept because the disk was full is fetched again, from where all was kept last', async () => {
  let [now, isFull, failed] = [begin, false, 0];
  let until: number | null = null;
  const asked: number[] = [];
  const nothing = () => Promise.resolve();
  const mirror = new Mirror({
    now: () => now,
    isMine: () => false,
    show: () => {
      if (isFull) throw new PlimsollError('disk_full', 'no room');
    },
    caughtUp: () => undefined,
    tag: () => undefined,
    remove: () => undefined,
    failed: () => failed++,
    tags: () => new Map(),
    store: {
      untold: () => [],
      decide: () => undefined,
      told: () => undefined,
      sharedUntil: () => until,
      putSharedUntil: (at) => (until = at),
    },
  });
  const store = {
    shared: () => Promise.resolve([]),
    async *past(since: number) {
      asked.push(since);
      yield await Promise.resolve(over);
    },
    ...{ putTags: nothing, removeHost: nothing },
  };
  const later = async (isFullThen: boolean) => {
    now += 10 * minute;
    isFull = isFullThen;
    await mirror.catchUp(store);
    // There is room again before it is written down until when all is known.
    isFull = false;
    mirror.keptUp();
  };
  for (const isFullThen of [false, true, false, false]) await later(isFullThen);
  // Heard on a connection that held.
  isFull = true;
  mirror.take(over);
  isFull = false;
  now += 10 * minute;
  mirror.keptUp();
  await later(false);
  // The clocks of hubs may be a minute apart.
  expect(asked.slice(1).map((since) => (since + minute - begin) / minute)).toEqual([10, 10, 30, 40]);
  expect(failed).toBe(2);
});
