import { expect, onTestFinished, test, vi } from 'vitest';
import type { VolumeFacts } from './file-worker.ts';
import { VolumeQuestions } from './volume.ts';

const facts: VolumeFacts = { frsize: 4096, blocks: 10, bfree: 5, bavail: 4, files: 0, ffree: 0 };

/** Volumes of which those below `/dead` answer only when the test says so. */
function volumes() {
  const asked = { pool: [] as string[], thread: [] as string[] };
  const revive: (() => void)[] = [];
  const by = (way: 'pool' | 'thread') => (path: string) => {
    asked[way].push(path);
    if (!path.startsWith('/dead')) return Promise.resolve(facts);
    return new Promise<VolumeFacts>((resolve) => revive.push(() => resolve(facts)));
  };
  return { asked, revive, questions: new VolumeQuestions(by('pool'), by('thread')) };
}

test('any number of file systems that hang takes one thread of Node, and holds up nobody for long', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { asked, revive, questions } = volumes();
  const dead = Array.from({ length: 6 }, (_, place) => questions.ask(`/dead/${place}`));
  const fine = questions.ask('/');
  await vi.advanceTimersByTimeAsync(1_500);
  expect(await fine).toEqual(facts);
  expect(asked).toEqual({
    pool: ['/dead/0'],
    thread: ['/dead/1', '/dead/2', '/dead/3', '/dead/4', '/dead/5', '/'],
  });
  // Further callers wait with the others, and no further thread is lost.
  const again = questions.ask('/dead/0');
  expect(await questions.ask('/home')).toEqual(facts);
  expect(questions.underWay).toBe(6);
  for (const answer of revive) answer();
  expect(await Promise.all([...dead, again])).toEqual(Array(7).fill(facts));
  expect(questions.underWay).toBe(0);
  expect(await questions.ask('/data')).toEqual(facts);
  expect(asked.pool).toEqual(['/dead/0', '/data']);
});

test('hundreds that answer are asked without a thread of their own', async () => {
  const { asked, questions } = volumes();
  const paths = Array.from({ length: 300 }, (_, place) => `/srv/${place}`);
  expect(await Promise.all(paths.map((path) => questions.ask(path)))).toHaveLength(300);
  expect(asked).toEqual({ pool: paths, thread: [] });
});

test('one that cannot be asked is an error with its path, and the next one is asked', async () => {
  const questions = new VolumeQuestions((path) =>
    path === '/gone' ? Promise.reject(new Error('ENOENT')) : Promise.resolve(facts),
  );
  const answers = await Promise.allSettled([
    questions.ask('/gone'),
    questions.ask('/a'),
    questions.ask('/b'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  await expect(questions.ask('/gone')).rejects.toMatchObject({ code: 'unreadable', retry: true });
});
