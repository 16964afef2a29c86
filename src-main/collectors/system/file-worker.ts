import type { StatsFs } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { fitsGlob } from '../glob.ts';

/** The size of a file in bytes and when it was modified, in epoch ms; null if there is none. */
export interface FileFacts {
  size: number;
  changedAt: number;
}

/** A path, or a folder and a pattern of names of which the newest file is wanted. */
export type FileQuestion = { path: string } | { folder: string; pattern: string };

interface Problem {
  code: string;
  message: string;
}

export type FileAnswer = { facts: FileFacts | null } | Problem;

/** The fields of statfs(2), as Node returns them. */
export type VolumeFacts = Pick<StatsFs, 'frsize' | 'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree'>;

type Question = FileQuestion | { volume: string };

/**
 * Runs in its own thread, as text because a bundle has no file for it. Its calls may block for ever: otherwise a dead
 * network file system would occupy one of the few threads that this process has for all files and names.
 */
const script = `
const { parentPort } = require('node:worker_threads');
const { opendirSync, statfsSync, statSync } = require('node:fs');
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
    if ('volume' in question) {
      const { frsize, blocks, bfree, bavail, files, ffree } = statfsSync(question.volume);
      parentPort.postMessage({ frsize, blocks, bfree, bavail, files, ffree });
    } else {
      const facts = 'path' in question ? factsOf(question.path) : newestIn(question.folder, question.pattern);
      parentPort.postMessage({ facts });
    }
  } catch (error) {
    parentPort.postMessage({ code: String(error.code), message: error.message });
  }
});
`;

/** An idle worker, kept for the next query. */
let idle: Worker | undefined;

let busy = 0;

/** Queries still running. Each may block its thread for ever, and a process waits for its threads before it exits. */
export function busyThreads(): number {
  return busy;
}

/**
 * Looks at a file in a thread of its own. If the system call never returns, neither does this, and its thread is lost;
 * other queries get another one. `text` is for tests of that.
 */
export function lookAtFile(question: FileQuestion, text = script): Promise<FileAnswer> {
  return ask<FileAnswer>(question, text);
}

/** Like `lookAtFile`, for the file system that holds a path. Throws the system's error. */
export async function lookAtVolume(path: string): Promise<VolumeFacts> {
  const answer = await ask<VolumeFacts | Problem>({ volume: path }, script);
  if ('code' in answer) throw new Error(answer.message);
  return answer;
}

async function ask<Answer>(question: Question, text: string): Promise<Answer | Problem> {
  const worker = takeIdle() ?? startWorker(text);
  const { promise, resolve } = Promise.withResolvers<Answer | Problem>();
  const onError = (thrown: unknown) => resolve({ code: ended, message: String(thrown) });
  const onExit = () => resolve({ code: ended, message: 'the thread has ended' });
  worker.once('message', resolve).once('error', onError).once('exit', onExit);
  worker.ref();
  worker.postMessage(question);
  busy++;
  const answer = await promise;
  busy--;
  worker.off('message', resolve).off('error', onError).off('exit', onExit);
  worker.unref();
  giveBack(worker, !isProblem(answer) || answer.code !== ended);
  return answer;
}

const ended = 'WORKER';

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer;
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
