import { dirname } from 'node:path';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import type { ProgramEnd, ProgramTask } from '../../contract/program.ts';
import { refuseUnlessApproved } from './approval.ts';
import type { SourceApproval } from './approval.ts';
import { ScriptChild } from './child.ts';
import { findProgram, findPython, refuseUnlessRunnable } from './how-it-runs.ts';
import type { SessionPlaces } from './open-session.ts';
import { privateCopy } from './private-copy.ts';
import { runMark } from './run-traces.ts';
import { readScript } from './script-file.ts';

/** A program to run, with the approval of its file; null if there is none. */
export interface ApprovedTask extends ProgramTask {
  approval: SourceApproval | null;
}

/** The outcome, in a form that can be sent between processes. */
export type ProgramOutcome =
  { type: 'ended'; end: ProgramEnd } | { type: 'failed'; code: ErrorCode; message: string; retry: boolean };

/** Runs the approved bytes under the limits of scripts, with an input on stdin. Never throws. */
export async function runProgram(
  task: ApprovedTask,
  places: Pick<SessionPlaces, 'copies' | 'owner'> | undefined,
  signal: AbortSignal,
): Promise<ProgramOutcome> {
  try {
    if (places === undefined)
      throw new PlimsollError('unsupported', 'Programs are run by a running Plimsoll only: plimsoll run.');
    return { type: 'ended', end: await ended(task, places, signal) };
  } catch (thrown) {
    const known = thrown instanceof PlimsollError ? thrown : undefined;
    const code = known?.code ?? 'internal';
    // It may still be approved later, so the message waits.
    return {
      type: 'failed',
      code,
      message: messageOf(thrown),
      retry: known?.retry === true || code === 'not_approved',
    };
  }
}

async function ended(
  { file, words, interpreter, approval, env, input, deadlineMs }: ApprovedTask,
  { copies, owner }: Pick<SessionPlaces, 'copies' | 'owner'>,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  const started = performance.now();
  const script = await readScript(file, dirname(file));
  refuseUnlessApproved(script, interpreter, approval);
  const isPython = /\.py$/i.test(script.path);
  const runner = interpreter !== null ? findProgram(interpreter) : isPython ? findPython(null) : null;
  refuseUnlessRunnable(script, runner);
  const copy = await privateCopy(script, copies);
  signal.throwIfAborted();
  const child = await ScriptChild.start({
    program: runner ?? copy,
    words: runner === null ? words : [copy, ...words],
    folder: dirname(script.path),
    env: { ...env, PLIMSOLL_SCRIPT: script.path },
    hasInput: true,
    mark: runMark(owner),
  });
  try {
    child.finish(input);
    const left = Math.max(1, deadlineMs - (performance.now() - started));
    const { code, signal: endedBy } = await child.within(child.ended, { deadlineMs: left, signal });
    if (code === null)
      throw new PlimsollError('unreadable', `${script.path} was ended by ${endedBy ?? 'something'}.`);
    return { code, stdout: child.stdout.text(), stderr: child.stderr.text() };
  } finally {
    child.end();
  }
}
