import type { Retention } from './messages.ts';
import { hoursInDay, rollUp } from './roll-up.ts';
import type { Tier } from './rollups.ts';
import { keptNames, tiers } from './rollups.ts';
import { hourMs, hourOf } from './schema.ts';
import type { UpkeepParts, UpkeepTask } from './upkeep.ts';

/** Rows removed between two pauses: a few milliseconds here, and under 50 on a slow disk. */
const rowsAtOnce = 1000;
/** How many hours with samples must be without a long gap before the clock is believed, see `trustedNow`. */
const trustAfterHours = 24;
/** The file is made smaller than necessary, so that this need not be repeated at the next check. */
const fillAgain = 0.95;
/** How many hours of samples are removed at once when space is short. */
const hoursAtOnce = 6;

/**
 * Removes data older than its retention: samples by whole hours, roll-ups by whole periods, after they were rolled up.
 */
export function* forget(parts: UpkeepParts, task: UpkeepTask): Generator<undefined, void> {
  if (Number.isFinite(task.rawHours)) yield* forgetByAge(parts, task);
  yield* forgetBySize(parts, task.mostBytes ?? Infinity);
}

function* forgetByAge(parts: UpkeepParts, task: UpkeepTask): Generator<undefined, void> {
  const { tables } = parts;
  const reference = trustedNow(parts, task.now);
  yield* removeSamples(parts, hourOf(reference - task.rawHours * hourMs));
  for (const tier of [tiers.minute, tiers.hour, tiers.day])
    yield* removeRollups(parts, tier, Math.floor((reference - keptMs(tier, task)) / tier.periodMs));
  parts.transaction(() =>
    tables.forgetSeries(hourOf(reference - keptMs(tiers.day, task) - tiers.day.periodMs)),
  );
}

function* removeSamples(parts: UpkeepParts, firstKept: number): Generator<undefined, void> {
  const { tables, layouts } = parts;
  for (const { id } of layouts.sources()) {
    if (id !== undefined) yield* rollUp(parts, id, firstKept);
  }
  yield* removeAll(parts, () => tables.removeBlocks(firstKept, rowsAtOnce));
  parts.transaction(() => {
    for (const { id } of layouts.sources()) if (id !== undefined) tables.removeHours(id, firstKept);
  });
}

function removeRollups(parts: UpkeepParts, tier: Tier, before: number): Generator<undefined, void> {
  return removeAll(parts, () => parts.tables.removeRollups(tier, before, rowsAtOnce));
}

function* removeAll(parts: UpkeepParts, remove: () => number): Generator<undefined, void> {
  let removed: number;
  do {
    removed = 0;
    parts.transaction(() => {
      removed = remove();
    });
    yield;
  } while (removed === rowsAtOnce);
}

/** How long a tier is kept: never shorter than the samples. */
export function keptMs(tier: Tier, { rawHours, minuteDays, hourDays, dayDays }: Retention): number {
  const days = { minute: minuteDays, hour: hourDays, day: dayDays }[tier.name];
  const asked = days === undefined ? tier.keptMs : days * hoursInDay * hourMs;
  return Math.max(asked, rawHours * hourMs);
}

/**
 * Makes the file small enough by removing what is least missed: first samples down to the newest day, then roll-ups of
 * minutes, the samples of that day, roll-ups of hours and finally those of days, the oldest first in each. The newest
 * period of each, and readings that are not in blocks yet, always stay.
 */
function* forgetBySize(parts: UpkeepParts, mostBytes: number): Generator<undefined, void> {
  if (parts.usedBytes() <= mostBytes) return;
  const target = mostBytes * fillAgain;
  yield* cutSamples(parts, hoursInDay, target);
  yield* cutRollups(parts, tiers.minute, target);
  yield* cutSamples(parts, 1, target);
  yield* cutRollups(parts, tiers.hour, target);
  yield* cutRollups(parts, tiers.day, target);
}

function* cutSamples(parts: UpkeepParts, hoursKept: number, target: number): Generator<undefined, void> {
  const { tables } = parts;
  while (parts.usedBytes() > target) {
    const [oldest, newest] = [tables.oldestHourWithBlocks(), tables.hourWithBlocks(Number.MAX_SAFE_INTEGER)];
    if (oldest === undefined || newest === undefined) return;
    const firstKept = Math.min(oldest + hoursAtOnce, newest + 1 - hoursKept);
    if (firstKept <= oldest) return;
    yield* removeSamples(parts, firstKept);
    parts.noteCut('samples', firstKept * hourMs);
  }
}

function* cutRollups(parts: UpkeepParts, tier: Tier, target: number): Generator<undefined, void> {
  while (parts.usedBytes() > target) {
    const periods = parts.tables.periods(tier);
    if (periods === undefined || periods.oldest >= periods.newest) return;
    yield* removeRollups(parts, tier, periods.oldest + 1);
    parts.noteCut(keptNames[tier.name], (periods.oldest + 1) * tier.periodMs);
  }
}

/**
 * The time from which retention is counted. A clock that was set far ahead must not cause anything to be forgotten: if
 * there is a gap of more than a day before the newest samples, the time before the gap counts, until there are 24 hours
 * with samples after it.
 */
export function trustedNow(
  { tables, layouts }: Pick<UpkeepParts, 'tables' | 'layouts'>,
  now: number,
): number {
  const open = new Set(layouts.sources().flatMap(({ ticks }) => [...ticks.keys()]));
  let trusted = now;
  let later = hourOf(now);
  for (let count = 0; count <= trustAfterHours; count++) {
    const atMost = count === 0 ? later : later - 1;
    const sealed = tables.hourWithBlocks(atMost) ?? -Infinity;
    const hour = [...open].reduce((newest, one) => (one <= atMost ? Math.max(newest, one) : newest), sealed);
    if (hour === -Infinity) break;
    if (later - hour > trustAfterHours) trusted = (hour + 1) * hourMs;
    later = hour;
  }
  return trusted;
}
