import type { KeptPart } from '../contract/history-size.ts';
import type { BlockTables } from './block-tables.ts';
import { keptMs } from './forget.ts';
import type { Layouts } from './layouts.ts';
import type { Kept, Retention } from './messages.ts';
import type { Tier } from './rollups.ts';
import { keptNames, tiers } from './rollups.ts';
import { hourMs } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/** Time of the oldest sample; null if there is none. */
export function oldestSampleAt(tables: BlockTables, ticks: TickTable, layouts: Layouts): number | null {
  const inBlocks = ({ id }: { id: number | undefined }): number | undefined => {
    const hour = id === undefined ? undefined : tables.oldestHour(id);
    return id === undefined || hour === undefined ? undefined : tables.times(id, hour)?.[0];
  };
  const oldest = [
    ...layouts.all().map((layout) => ticks.oldestAt(layout)),
    ...layouts.sources().map(inBlocks),
  ].filter((at) => at !== undefined);
  return oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b));
}

/** How far back samples and roll-ups reach, and what was removed early. */
export function keptParts(
  tables: BlockTables,
  oldestAt: number | null,
  retention: Retention,
  cut: ReadonlyMap<Kept, number>,
): KeptPart[] {
  const samples = {
    what: 'samples',
    oldestAt,
    keptMs: finiteOr(retention.rawHours * hourMs, null),
  } as const;
  const rollups = ([tiers.minute, tiers.hour, tiers.day] as const).map((tier) => ({
    what: keptNames[tier.name],
    oldestAt: oldestRollup(tables, tier),
    keptMs: finiteOr(keptMs(tier, retention), null),
  }));
  return [samples, ...rollups].map((part) => ({ ...part, cutBefore: cut.get(part.what) ?? null }));
}

/** The oldest slot of a tier with data of any series. */
function oldestRollup(tables: BlockTables, tier: Tier): number | null {
  const oldest = tables.periods(tier)?.oldest;
  if (oldest === undefined) return null;
  return oldest * tier.periodMs + tables.firstSlot(tier, oldest) * tier.slotMs;
}

export function finiteOr<Otherwise>(value: number, otherwise: Otherwise): number | Otherwise {
  return Number.isFinite(value) ? value : otherwise;
}
