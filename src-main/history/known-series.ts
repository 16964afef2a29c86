import type { Sample, Series } from '../contract/sample.ts';
import { seriesKey } from '../contract/series-key.ts';
import type { BlockTables } from './block-tables.ts';
import { columnOfKey } from './codec.ts';
import type { Layouts, SourceLayouts } from './layouts.ts';
import { hourMs, hourOf } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/** Every series, or every series of one source, that was ever stored and may still have samples. */
export function knownSeries(tables: BlockTables, layouts: Layouts, wanted?: string): Series[] {
  const found = new Map<string, Series>();
  for (const { host, source, layouts: ofSource, id } of layouts.sources()) {
    if (wanted !== undefined && source !== wanted) continue;
    const inTicks = [...ofSource.values()].flatMap(({ columns }) => columns);
    const inBlocks =
      id === undefined ? [] : tables.seriesSince(id, -Infinity).map(({ key }) => columnOfKey(key));
    for (const { metric, labels } of [...inBlocks, ...inTicks]) {
      const series = { host, source, metric, labels };
      found.set(seriesKey(series), series);
    }
  }
  return [...found.values()];
}

/** The latest sample of every series that has one at `from` or later. */
export function newestSamples(
  tables: BlockTables,
  ticks: TickTable,
  layouts: Layouts,
  from: number,
): Sample[] {
  const newest = new Map<string, Sample>();
  const note = (sample: Sample) => {
    const key = seriesKey(sample);
    if (sample.at >= from && sample.at > (newest.get(key)?.at ?? -Infinity)) newest.set(key, sample);
  };
  for (const layout of layouts.all()) {
    const tick = ticks.newest(layout, from);
    const { host, source } = layout;
    layout.columns.forEach(({ metric, labels }, place) => {
      const value = tick?.value(place);
      if (tick !== undefined && value !== undefined)
        note({ host, source, metric, labels, value, at: tick.at });
    });
  }
  for (const source of layouts.sources()) {
    for (const sample of newestInBlocks(tables, source, from, newest)) note(sample);
  }
  return [...newest.values()];
}

function* newestInBlocks(
  tables: BlockTables,
  { id, host, source }: SourceLayouts,
  from: number,
  found: ReadonlyMap<string, Sample>,
): Generator<Sample> {
  if (id === undefined) return;
  for (const series of tables.seriesSince(id, hourOf(from))) {
    const { metric, labels } = columnOfKey(series.key);
    const known = found.get(seriesKey({ host, source, metric, labels }));
    const hour = series.newestHour;
    if (known !== undefined && known.at >= (hour + 1) * hourMs) continue;
    const times = tables.times(id, hour);
    const values = times && tables.block(hour, series.id, times.length);
    const place = values?.findLastIndex((value) => !Number.isNaN(value)) ?? -1;
    const [at, value] = [times?.[place], values?.[place]];
    if (at !== undefined && value !== undefined) yield { host, source, metric, labels, value, at };
  }
}
