import type { Interruption } from '../contract/history.ts';
import type { Stretch } from './ranges.ts';

interface Evidence {
  /** How long Plimsoll had been running, in seconds: before the range, in it, and after it. */
  before: Stretch;
  inside: Stretch;
  after: Stretch;
  /** Lost time in seconds, recorded when it was noticed: in the range and after it. */
  lost: Stretch;
  from: number;
  to: number;
  /** A longer time between two readings is a gap. */
  missingMs: number;
}

/** What is known at one point: how long Plimsoll had been running at the beginning and the end of an entry. */
interface Look {
  begin: number;
  end: number;
  least: number;
  most: number;
}

/**
 * When nothing was sampled between `from` and `to`, oldest first. If the running time restarted, Plimsoll was off until
 * then. Lost time counts as sleep, as far as nothing was sampled in it. Other gaps are left out: their samples are
 * missing for another reason.
 */
export function interruptionsIn(evidence: Evidence): Interruption[] {
  const { before, inside, after, lost, from, to, missingMs } = evidence;
  const looks = [...looksOf(before).slice(-1), ...looksOf(inside), ...looksOf(after).slice(0, 1)];
  const found: Interruption[] = [];
  for (const [index, look] of looks.entries()) {
    const previous = looks[index - 1];
    const startedAt = look.begin - look.least * 1000;
    if (previous === undefined) {
      // Nothing is known of earlier times: Plimsoll did not exist, or its history was forgotten.
      if (startedAt > from) found.push({ from, to: startedAt, why: 'off' });
      continue;
    }
    if (look.begin - previous.end <= missingMs || look.least >= previous.most) continue;
    found.push({ from: previous.end, to: Math.max(previous.end, startedAt), why: 'off' });
  }
  for (const [index, at] of lost.at.entries()) {
    const ms = (lost.max[index] ?? 0) * 1000;
    const begin = at - ms;
    found.push({ from: begin, to: at, why: 'asleep' });
  }
  return found
    .map((one) => ({ ...one, from: Math.max(from, one.from), to: Math.min(to, one.to) }))
    .filter((one) => one.to > one.from)
    .sort((a, b) => a.from - b.from);
}

function looksOf({ at, min, max, bucketMs }: Stretch): Look[] {
  return at.map((begin, index) => ({
    begin,
    end: begin + bucketMs,
    least: min[index] ?? 0,
    most: max[index] ?? 0,
  }));
}
