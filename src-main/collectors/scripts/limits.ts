import { PlimsollError } from '../../contract/error.ts';
import type { RunProcess } from './run-traces.ts';

/** What one reading of a script may use. Time is the source's own deadline. */
export const limits = {
  /** Of stdout and of stderr, each. */
  outputBytes: 64 * 1024,
  /** All of its processes together, where the system shows them. */
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  /** How often memory and processes are looked at: a fork bomb has 64 in less than this, and all processors soon after. */
  lookEveryMs: 30,
  /** How often what stays loaded between readings is looked at. */
  lookBetweenMs: 2000,
  /** How long the output of a process that has ended is waited for while somebody else holds its pipes. */
  pipesMs: 200,
} as const;

/** More than these are a flood, and each would be a series. */
export const violationsAtMost = 50;
/** A violation is called by its name, which is a label. */
export const violationCharacters = 200;

/** How long a reading may take, and what ends it early. */
export interface Call {
  deadlineMs: number;
  signal: AbortSignal;
}

interface Watched {
  /** The processes that belong to the script now. */
  processes(): readonly RunProcess[];
  onTooMuchOutput?(callback: () => void): void;
}

/** Which limit these processes of a script have met, as the beginning of a sentence; null while they have met none. */
export function excessOf(processes: readonly RunProcess[]): string | null {
  const memoryBytes = processes.reduce((sum, each) => sum + each.memoryBytes, 0);
  if (processes.length > limits.processes) return 'It had more than 64 processes at once';
  return memoryBytes > limits.memoryBytes ? 'It used more than 256 MiB of memory' : null;
}

/** What the work comes to, or an error for the first limit that is met meanwhile: `deadline` or `too_large`. */
export async function underLimits<T>(
  work: Promise<T>,
  { deadlineMs, signal }: Call,
  { processes, onTooMuchOutput }: Watched,
): Promise<T> {
  const { promise: met, reject } = Promise.withResolvers<never>();
  const tooMuch = (message: string) => reject(new PlimsollError('too_large', message));
  const late = () =>
    reject(
      new PlimsollError(
        'deadline',
        `It did not end within ${Math.round(deadlineMs / 100) / 10} s and was ended. What it had said until then does not count.`,
        { retry: true },
      ),
    );
  const look = () => {
    const excess = excessOf(processes());
    if (excess !== null) tooMuch(`${excess} and was ended.`);
  };
  onTooMuchOutput?.(() => tooMuch('It said more than 64 KiB and was ended. Let it say less.'));
  if (signal.aborted) late();
  signal.addEventListener('abort', late, { once: true });
  const timer = setTimeout(late, deadlineMs);
  const watch = setInterval(look, limits.lookEveryMs);
  try {
    return await Promise.race([work, met]);
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', late);
    onTooMuchOutput?.(() => undefined);
  }
}
