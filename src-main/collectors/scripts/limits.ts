import { PlimsollError } from '../../contract/error.ts';
import type { RunProcess } from './run-traces.ts';

/** Limits of one reading of a script. Time is limited by the source's own deadline. */
export const limits = {
  /** Of stdout and of stderr each. */
  outputBytes: 64 * 1024,
  /** All its processes together, if the system shows them. */
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  /**
   * How often memory and processes are checked: a fork bomb reaches 64 processes in less than this, and saturates the
   * machine soon after.
   */
  lookEveryMs: 30,
  /** How often a script that stays loaded is checked between readings. */
  lookBetweenMs: 2000,
  /** How long to wait for the output of a process that has ended while others still hold its pipes. */
  pipesMs: 200,
} as const;

/** More violations than this are a flood, and each would be a series. */
export const violationsAtMost = 50;
/** The name of a violation becomes a label. */
export const violationCharacters = 200;

/** How long a reading may take, and the signal that ends it early. */
export interface Call {
  deadlineMs: number;
  signal: AbortSignal;
}

interface Watched {
  /** The processes that belong to the script at the moment. */
  processes(): readonly RunProcess[];
  onTooMuchOutput?(callback: () => void): void;
}

/** The limit that these processes exceed, as the beginning of a sentence; null if none. */
export function excessOf(processes: readonly RunProcess[]): string | null {
  const memoryBytes = processes.reduce((sum, each) => sum + each.memoryBytes, 0);
  if (processes.length > limits.processes) return 'It had more than 64 processes at once';
  return memoryBytes > limits.memoryBytes ? 'It used more than 256 MiB of memory' : null;
}

/**
 * Returns the result of the work, or throws at the first limit that is exceeded meanwhile: `deadline` or `too_large`.
 */
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
