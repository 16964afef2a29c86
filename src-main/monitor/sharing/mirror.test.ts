import { expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import type { SharedEntry } from './evaluation-store.ts';
import { Mirror } from './mirror.ts';

const minute = 60_000;

/** A mirror before a database with these entries, and what it did. */
function mirrored(entries: SharedEntry[]) {
  const did = {
    now: 1_795_000_000_000,
    isFull: false,
    asked: [] as number[],
    tagged: [] as unknown[],
    failed: 0,
  };
  const put: unknown[] = [];
  const mirror = new Mirror({
    now: () => did.now,
    isMine: () => false,
    show: () => undefined,
    tag: (host, tags) => {
      if (did.isFull) throw new PlimsollError('disk_full', 'no room');
      did.tagged.push([host, tags]);
    },
    remove: () => undefined,
    failed: () => did.failed++,
    tags: () => new Map(),
  });
  const store = {
    shared: (since: number) => {
      did.asked.push(since);
      return Promise.resolve(entries);
    },
    putTags: (host: string, tags: readonly string[]) => {
      put.push([host, tags]);
      return Promise.resolve();
    },
    removeHost: () => Promise.resolve(),
  };
  return { did, put, mirror, store };
}

test('what could not be kept is fetched again, from where it was all kept last', async () => {
  const { did, mirror, store } = mirrored([{ kind: 'tags', key: 'web-1', body: ['blue'] }]);
  const begin = did.now;
  await mirror.catchUp(store);
  did.now += 10 * minute;
  did.isFull = true;
  await mirror.catchUp(store);
  did.now += 10 * minute;
  did.isFull = false;
  await mirror.catchUp(store);
  did.now += 10 * minute;
  await mirror.catchUp(store);
  // The clocks of hubs may be a minute apart.
  expect(did.asked.slice(1)).toEqual([begin, begin, begin + 20 * minute].map((at) => at - minute));
  expect(did.failed).toBe(1);
});

test('what is heard is not told again; what was decided here and not told yet holds', async () => {
  const { did, put, mirror, store } = mirrored([{ kind: 'tags', key: 'web-1', body: ['blue'] }]);
  mirror.tagged('web-1', ['green']);
  await mirror.catchUp(store);
  expect(did.tagged).toEqual([]);
  expect(put).toEqual([['web-1', ['green']]]);
  await mirror.catchUp(store);
  expect(did.tagged).toEqual([['web-1', ['blue']]]);
  expect(put).toHaveLength(1);
});
