import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';
import type { DiskSpace } from './disk-space.ts';
import type { OpenedHistory } from './open.ts';

/** What the process itself does, so that a test can stand in for it. */
export interface HistoryProcess {
  clock: Clock;
  open(): Promise<OpenedHistory>;
  /** What stands in the way of writing, and what to do when the disk was found full. */
  space: Pick<DiskSpace, 'whyNotToWrite' | 'roomBytes' | 'isNearlyFull' | 'foundFull'>;
  /** What is still to be done when the process is to end, in place of closing the store; undefined where nothing is. */
  beforeEnd?(): Promise<unknown> | undefined;
  /** Remembers for the next start that the file is damaged. */
  markDamaged(): void;
  /** Processor time used since the process started, in milliseconds. */
  cpuMs(): number;
  /** Ends the process with code 0 when everything that was sent has left. */
  leave(): void;
}

/** Of a write that failed: damage is remembered and thrown on, so that it ends the process; of a full disk there is note taken. */
export function noteFailedWrite(process: HistoryProcess, thrown: unknown): void {
  if (!(thrown instanceof PlimsollError)) return;
  if (thrown.code === 'damaged') {
    process.markDamaged();
    throw thrown;
  }
  // Without a cause it is a refusal of our own, made because the disk was found full before.
  if (thrown.code === 'disk_full' && thrown.cause !== undefined) process.space.foundFull();
}
