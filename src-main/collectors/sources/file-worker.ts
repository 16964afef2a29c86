import { Worker } from 'node:worker_threads';
import { fitsGlob } from './glob.ts';

/** What is known of a path: null where there is nothing, otherwise its size in bytes and when it was changed, epoch ms. */
export interface FileFacts {
  size: number;
  changedAt: number;
}

/** A path, or a folder and a pattern of names in it, of which the newest file is wanted. */
export type FileQuestion = { path: string } | { folder: string; pattern: string };

export type FileAnswer = { facts: FileFacts | null } | { code: string; message: string };

/**
 * Runs in a thread of its own, as text because a bundle has no file for it. Its calls may block for ever: a network file system that
 * is gone would otherwise take one of the four threads which this process has for all files and names.
 */
const script = `
const { parentPort } = require('node:worker_threads');
const { opendirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const fits = ${fitsGlob.toString()};
const entriesAtMost = 100000;

function factsOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : { size: stats.size, changedAt: stats.mtimeMs, isFile: stats.isFile() };
}

function newestIn(folder, pattern) {
  const directory = opendirSync(folder);
  let newest = null;
  try {
    for (let count = 0, entry; (entry = directory.readSync()) !== null; ) {
      if (++count > entriesAtMost) throw Object.assign(new Error('too many'), { code: 'TOO_MANY' });
      if (!fits(pattern, entry.name)) continue;
      const facts = factsOf(join(folder, entry.name));
      if (facts !== null && facts.isFile && (newest === null || facts.changedAt > newest.changedAt)) newest = facts;
    }
  } finally {
    directory.closeSync();
  }
  return newest;
}

parentPort.on('message', (question) => {
  try {
    const facts = 'path' in question ? factsOf(question.path) : newestIn(question.folder, question.pattern);
    parentPort.postMessage({ facts });
  } catch (error) {
    parentPort.postMessage({ code: String(error.code), message: error.message });
  }
});
`;

/** A worker that has nothing to do, kept for whoever asks next. */
let idle: Worker | undefined;

/**
 * Looks at a file in a thread that nobody else waits for. When it never returns, neither does this, and the thread is lost with it:
 * whoever asks meanwhile gets another one. `text` is for tests of that.
 */
export async function lookAtFile(question: FileQuestion, text = script): Promise<FileAnswer> {
  const worker = takeIdle() ?? startWorker(text);
  const { promise, resolve } = Promise.withResolvers<FileAnswer>();
  const onError = (thrown: unknown) => resolve({ code: 'WORKER', message: String(thrown) });
  const onExit = () => resolve({ code: 'WORKER', message: 'the thread has ended' });
  worker.once('message', resolve).once('error', onError).once('exit', onExit);
  worker.ref();
  worker.postMessage(question);
  const answer = await promise;
  worker.off('message', resolve).off('error', onError).off('exit', onExit);
  worker.unref();
  giveBack(worker, !('code' in answer) || answer.code !== 'WORKER');
  return answer;
}

function takeIdle(): Worker | undefined {
  const worker = idle;
  idle = undefined;
  return worker;
}

function giveBack(worker: Worker, isWell: boolean): void {
  if (isWell && idle === undefined) idle = worker;
  else void worker.terminate();
}

function startWorker(text: string): Worker {
  return new Worker(text, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
}
