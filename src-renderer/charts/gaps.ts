import type { Interruption } from '../../src-main/contract/history.ts';
import { gapsOf } from './columns.ts';
import type { Gap } from './columns.ts';
import type { NamedGap } from './scene.ts';

/** Times in which none of the series has a sample. */
export function commonGaps(
  series: readonly { at: readonly number[]; gapMs: number }[],
  from: number,
  to: number,
): Gap[] {
  const [first, ...others] = series.map(({ at, gapMs }) => gapsOf(at, from, to, gapMs));
  return others.reduce((common, gaps) => overlaps(common, gaps), first ?? []);
}

function overlaps(some: readonly Gap[], others: readonly Gap[]): Gap[] {
  return some.flatMap((one) =>
    others
      .map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))
      .filter(({ from, to }) => to > from),
  );
}

/**
 * Adds reasons to gaps. Samples end shortly before a machine falls asleep and begin shortly after it wakes, so a
 * remainder of a gap beside an interruption that is shorter than `slackMs` counts as part of it.
 */
export function namedGaps(
  gaps: readonly Gap[],
  interruptions: readonly Interruption[],
  slackMs: number,
  nameOf: (why: NamedGap['why']) => string,
): NamedGap[] {
  const named: { from: number; to: number; why: NamedGap['why'] }[] = [];
  for (const gap of gaps) {
    let from = gap.from;
    for (const one of interruptions) {
      const begin = Math.max(from, one.from);
      const end = Math.min(gap.to, one.to);
      if (end <= begin) continue;
      if (begin - from > slackMs) named.push({ from, to: begin, why: 'no_data' });
      const start = begin - from > slackMs ? begin : from;
      named.push({ from: start, to: end, why: one.why });
      from = end;
    }
    const last = named.at(-1);
    if (gap.to - from > slackMs || last?.to !== from || from === gap.from)
      named.push({ from, to: gap.to, why: 'no_data' });
    else last.to = gap.to;
  }
  return named.filter(({ from, to }) => to > from).map((one) => ({ ...one, name: nameOf(one.why) }));
}

/** Where the middle of a gap's name stands, in pixels from the top: near the bottom, or where no line crosses it. */
export function gapNameAt(
  { top, bottom }: { top: number; bottom: number },
  lines: readonly number[],
): number {
  const places = [bottom - 17, top + 17, (top + bottom) / 2];
  const free = places.find((place) => lines.every((line) => Math.abs(line - place) > 12));
  return free ?? bottom - 17;
}
