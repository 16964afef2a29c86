import { mkdirSync } from 'node:fs';
import { inColumns } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import { openHistory } from '../history/open.ts';
import { openState } from '../monitor/state/state.ts';
import { HandClock } from './hand-clock.ts';

/** A data directory that a Plimsoll has left which sampled these readings, oldest first. */
export async function seedHistory(directory: string, readings: readonly Reading[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  openState(directory).close();
  const now = readings.at(-1)?.at ?? 0;
  const { store } = await openHistory(directory, new HandClock(now));
  try {
    for (let start = 0; start < readings.length; start += 2000)
      store.append(readings.slice(start, start + 2000).map(inColumns));
    // As a Plimsoll would have done it in the hours since: what is an hour old lies in blocks.
    while (store.tend({ now, rawHours: Infinity }));
  } finally {
    store.close();
  }
}
