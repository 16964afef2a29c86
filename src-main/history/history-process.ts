import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';
import type { DiskSpace } from './disk-space.ts';
import type { OpenedHistory } from './open.ts';

/** The effects of the process itself, so that a test can replace them. */
export interface HistoryProcess {
  clock: Clock;
  open(): Promise<OpenedHistory>;
  /** Says what prevents writing, and is told when the disk was full. */
  space: Pick<DiskSpace, 'whyNotToWrite' | 'roomBytes' | 'isNearlyFull' | 'foundFull'>;
  /** What has to be done before the process ends, instead of closing the store; undefined if there is nothing. */
  beforeEnd?(): Promise<unknown> | undefined;
  /** Records for the next start that the file is damaged. */
  markDamaged(): void;
  /** Processor time used since the process started, in milliseconds. */
  cpuMs(): number;
  /** Exits with code 0 when everything that was sent has left. */
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
