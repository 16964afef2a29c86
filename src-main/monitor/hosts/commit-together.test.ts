import { expect, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import type { Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';
import { CommitTogether } from './commit-together.ts';

const reading = (host: string, at = 1): Reading => ({
  ...{ host, source: 'cpu', at, durationMs: 0, error: null },
  samples: [{ metric: 'cpu_percent', labels: {}, value: 1 }],
});

test('each is told of its own samples what was there before, in whatever order it is said', async () => {
  const commits = new CommitTogether((readings) =>
    Promise.resolve(
      readings
        .flatMap(({ at }, place): HadBefore[] =>
          at > 1 ? [{ reading: place, sample: at, had: 'same' }] : [],
        )
        .reverse(),
    ),
  );
  const said = await Promise.all([
    commits.commit([reading('a', 1), reading('a', 2)]),
    commits.commit([]),
    commits.commit([reading('b', 1)]),
    commits.commit([reading('c', 3), reading('c', 4), reading('c', 1)]),
  ]);
  expect(said.map((had) => had.map(({ reading: place, sample }) => [place, sample]).sort())).toEqual([
    [[1, 2]],
    [],
    [],
    [
      [0, 3],
      [1, 4],
    ],
  ]);
});

test('where thousands send again what was there before, what is said of it is looked at a few times only', async () => {
  let looks = 0;
  const had = (place: number): HadBefore => ({
    get reading() {
      looks++;
      return place;
    },
    ...{ sample: 0, had: 'same' },
  });
  const commits = new CommitTogether((readings) => Promise.resolve(readings.map((_, place) => had(place))));
  const count = 1500;
  const said = await Promise.all(
    Array.from({ length: count }, (_, host) => commits.commit([reading(`web-${host}`)])),
  );
  expect(said.every((one) => one.length === 1 && one[0]?.reading === 0)).toBe(true);
  expect(looks).toBeLessThan(5 * count);
});

test('what cannot be stored takes nothing else with it; where nothing can be stored nobody is tried alone', async () => {
  const groups: number[] = [];
  const commits = (code: 'internal' | 'disk_full') =>
    new CommitTogether((readings) => {
      groups.push(readings.length);
      if (!readings.some(({ host }) => host === 'bad')) return Promise.resolve([]);
      return Promise.reject(new PlimsollError(code, 'no'));
    });
  const outcomes = async (one: CommitTogether) => {
    const all = ['a', 'bad', 'c'].map((host) => one.commit([reading(host)]));
    return (await Promise.allSettled(all)).map(({ status }) => status);
  };
  expect(await outcomes(commits('internal'))).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(groups.splice(0)).toEqual([3, 1, 1, 1]);
  expect(await outcomes(commits('disk_full'))).toEqual(['rejected', 'rejected', 'rejected']);
  expect(groups).toEqual([3]);
});
