import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { isIP } from 'node:net';
import { z } from 'zod';
import { childEnvironment } from '../../base/child-environment.ts';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import {
  addressesOf,
  checkMetrics,
  hostSchema,
  ownNetworkError,
  patienceMs,
} from '../targets/check-target.ts';
import { defineSource } from '../source-kind.ts';

/** How long after a program's end its last output may arrive. */
const pipesMs = 200;

/** A genuine answer is a few lines. */
const outputAtMost = 16 * 1024;

/**
 * Uses the system's `ping`, because raw sockets need privileges that a monitor should not have. It gets an address that
 * was looked up and checked before, never text that a user typed.
 */
export const ping = defineSource({
  kind: 'ping',
  title: 'Ping',
  description:
    'Whether a machine answers an echo request, and how fast. Asks through the ping program of the system.',
  intervalSeconds: 30,
  example: { name: 'router', host: '192.168.1.1' },
  options: z.strictObject({ host: hostSchema }),
  metrics: checkMetrics(
    'the machine answered one echo request within 5 s',
    'From the request to the reply, as the ping program measured it.',
  ),
  asks: ({ host }) => host,
  open({ host }) {
    let child: ChildProcess | undefined;
    return {
      async collect(signal, deadlineMs) {
        const [first] = await addressesOf(host);
        signal.throwIfAborted();
        const waitMs = patienceMs(deadlineMs);
        const command = pingCommand(process.platform, first?.address ?? '', waitMs * 0.8);
        const run = started(command);
        child = run.child;
        const cut = cutAfter(waitMs, signal, () => endGroup(run.child));
        try {
          const ended = await run.ended;
          // With enough time, ping would have reported the missing answer itself.
          if (cut.happened() && command.waitsMs < waitMs) throw hung(waitMs);
          const latency = latencyIn(ended, host);
          if (latency === undefined) return [{ metric: 'reachable', labels: {}, value: 0 }];
          return [
            { metric: 'reachable', labels: {}, value: 1 },
            { metric: 'latency_ms', labels: {}, value: latency },
          ];
        } finally {
          cut.cancel();
          child = undefined;
        }
      },
      close() {
        if (child !== undefined) endGroup(child);
      },
    };
  },
});

/** Calls back once, after that time or when the signal is aborted. */
function cutAfter(ms: number, signal: AbortSignal, callback: () => void) {
  let hasHappened = false;
  const cut = () => {
    hasHappened = true;
    callback();
  };
  const timer = setTimeout(cut, ms);
  signal.addEventListener('abort', cut, { once: true });
  return {
    happened: () => hasHappened,
    cancel() {
      clearTimeout(timer);
      signal.removeEventListener('abort', cut);
    },
  };
}

interface PingCommand {
  program: string;
  words: string[];
  /** How long ping itself waits for a reply. */
  waitsMs: number;
}

/** Program and arguments for one echo request to an address, for each system. */
export function pingCommand(platform: NodeJS.Platform, address: string, waitMs: number): PingCommand {
  const family = isIP(address);
  if (family === 0) throw new Error('ping is given addresses only');
  const milliseconds = String(Math.floor(waitMs));
  const version = `-${family}`;
  if (platform === 'win32')
    return { program: 'ping.exe', words: [version, '-n', '1', '-w', milliseconds, address], waitsMs: waitMs };
  if (platform === 'darwin') {
    // Its ping supports IPv4 only, and takes -W in milliseconds; ping6 has no option for the wait.
    return family === 6
      ? { program: 'ping6', words: ['-n', '-c', '1', address], waitsMs: Number.POSITIVE_INFINITY }
      : { program: 'ping', words: ['-n', '-c', '1', '-W', milliseconds, address], waitsMs: waitMs };
  }
  // iputils and busybox: whole seconds.
  const seconds = Math.max(1, Math.floor(waitMs / 1000));
  return {
    program: 'ping',
    words: [version, '-n', '-c', '1', '-W', String(seconds), address],
    waitsMs: seconds * 1000,
  };
}

interface Ended {
  output: string;
  complaint: string;
  /** Null if a signal ended it. */
  code: number | null;
}

function started({ program, words }: PingCommand): {
  child: ChildProcess;
  ended: Promise<Ended>;
} {
  const isWindows = process.platform === 'win32';
  const child = spawn(program, words, {
    // The output must be in the expected language, whatever the language of the machine.
    env: { ...childEnvironment(process.env), LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that all of it can be ended.
    detached: !isWindows,
    windowsHide: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const texts = { output: '', complaint: '' };
  const listen = (name: keyof typeof texts) => (chunk: Buffer) => {
    texts[name] = (texts[name] + chunk.toString('latin1')).slice(0, outputAtMost + 1);
    if (texts[name].length > outputAtMost) endGroup(child);
  };
  child.stdout.on('data', listen('output'));
  child.stderr.on('data', listen('complaint'));
  child.on('error', (thrown) => reject(notThere(thrown)));
  child.on('close', (code) => resolve({ ...texts, code }));
  // A process that it started could hold its pipes open for ever.
  child.on('exit', (code) => setTimeout(() => resolve({ ...texts, code }), pipesMs));
  return { child, ended: promise };
}

function notThere(thrown: unknown): PlimsollError {
  const code = systemCodeOf(thrown) ?? '';
  const why =
    code === 'ENOENT'
      ? 'There is no ping program on this machine. Install it (Debian: iputils-ping), or check a TCP port instead.'
      : `The ping program cannot be run${code === '' ? '' : ` (${code})`}. Check its permissions.`;
  return new PlimsollError('unsupported', why, { cause: thrown });
}

function hung(waitMs: number): PlimsollError {
  return new PlimsollError(
    'deadline',
    `The ping program did not return within ${Math.round(waitMs / 100) / 10} s and was ended.`,
    { retry: true },
  );
}

/**
 * The round-trip time in the output of ping, in milliseconds: `time=0.043 ms`, or on Windows `Zeit<1ms`, which counts
 * as 1. Undefined if there was no reply. Throws if ping reports that it could not send.
 */
function latencyIn({ output, complaint, code }: Ended, host: string): number | undefined {
  const [, time] = /[=<]\s*(\d+(?:\.\d+)?)\s*ms/.exec(output) ?? [];
  if (code === 0 && time !== undefined) return Number(time);
  const said = `${complaint}\n${output}`;
  if (/network is unreachable|no route to host|general failure/i.test(said)) {
    const problem = ownNetworkError('ENETUNREACH', host);
    if (problem !== undefined) throw problem;
  }
  if (/not permitted|permission denied|lacking privilege/i.test(said)) {
    throw new PlimsollError(
      'no_permission',
      'The ping program may not send echo requests. It needs its capability back (setcap cap_net_raw+ep), or check a TCP port instead.',
    );
  }
  // What shells return for a program that they cannot run, and what no version of ping prints about a silent machine.
  if (code === 126 || code === 127 || /usage:|(?:invalid|unrecognized|illegal) option/i.test(said)) {
    throw new PlimsollError(
      'unsupported',
      'The ping program of this machine is none that Plimsoll knows how to ask.',
    );
  }
  return undefined;
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
