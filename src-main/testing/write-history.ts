import { inColumns } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import { openHistory } from '../history/open.ts';
import { HandClock } from './hand-clock.ts';

/** Leaves readings in a data directory, as a Plimsoll that has ended does. */
export async function writeHistory(directory: string, readings: readonly Reading[]): Promise<void> {
  const { store } = await openHistory(directory, new HandClock());
  store.append(readings.map(inColumns));
  store.close();
}
