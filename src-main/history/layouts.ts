import { areSameColumns } from '../contract/columns.ts';
import type { Column, ColumnReading } from '../contract/columns.ts';
import type { Labels } from '../contract/sample.ts';
import { columnKey } from './codec.ts';
import { hourOf } from './schema.ts';

/** The series of a source's ticks, in order. */
export interface Layout {
  id: number;
  host: string;
  source: string;
  columns: readonly Column[];
  /** The index of each column by its key. */
  places: ReadonlyMap<string, number>;
  /** The columns of the last reading that matched this layout. */
  known: ColumnReading['columns'] | undefined;
}

/** Everything known about one source without reading its samples. */
export interface SourceLayouts {
  host: string;
  source: string;
  layouts: Map<string, Layout>;
  /** The layout of the newest reading: most readings have the layout of the previous one. */
  latest: Layout | undefined;
  /** Time of the newest reading: only late readings need a look-up. */
  newestAt: number;
  /** The number of ticks by hour. */
  ticks: Map<number, number>;
  /** Its number in the tables of blocks; undefined while it has none. */
  id: number | undefined;
}

export function layoutOf(id: number, host: string, source: string, columns: readonly Column[]): Layout {
  const places = new Map(columns.map(({ metric, labels }, place) => [columnKey(metric, labels), place]));
  return { id, host, source, columns, places, known: undefined };
}

/** Records that the source has one more tick. */
export function noteTick(source: SourceLayouts, layout: Layout, at: number): void {
  const hour = hourOf(at);
  source.ticks.set(hour, (source.ticks.get(hour) ?? 0) + 1);
  source.latest = layout;
  source.newestAt = Math.max(source.newestAt, at);
}

/** The columns as stored: a JSON list of `[metric, labels]`. */
export function columnsText(keys: Iterable<string>): string {
  return `[${[...keys].join(',')}]`;
}

/** The columns of such a text; undefined if it is invalid. */
export function columnsIn(text: string): Column[] | undefined {
  try {
    const columns: unknown = JSON.parse(text);
    if (!Array.isArray(columns) || !columns.every(isKeyParts)) return undefined;
    return columns.map(([metric, labels]) => ({ metric, labels }));
  } catch {
    return undefined;
  }
}

function isKeyParts(column: unknown): column is [metric: string, labels: Labels] {
  if (!Array.isArray(column) || column.length !== 2) return false;
  const [metric, labels] = column as unknown[];
  return (
    typeof metric === 'string' &&
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((label) => typeof label === 'string')
  );
}

/** Whether these are exactly the series of the layout, in its order, each with a finite number. */
export function fits(
  layout: Layout,
  { columns, values }: Pick<ColumnReading, 'columns' | 'values'>,
): boolean {
  if (layout.known !== columns) {
    if (!areSameColumns(layout.columns, columns)) return false;
    layout.known = columns;
  }
  for (let place = 0; place < columns.length; place++) if (!Number.isFinite(values[place])) return false;
  return true;
}

/**
 * How many characters the layouts of one host may use before further sets of series get no layout of their own: a
 * sender whose sets change all the time would fill disk and memory with names.
 */
const charactersAtMost = 4 * 1024 * 1024;

/** The stored layouts by source. There are few: one for each set of series that a source has returned. */
export class Layouts {
  readonly #sources = new Map<string, Map<string, SourceLayouts>>();
  /** How many characters the layouts of each host use. */
  readonly #characters = new Map<string, number>();

  /** Whether there is room for one more set of series of this host. */
  hasRoom(host: string): boolean {
    return (this.#characters.get(host) ?? 0) < charactersAtMost;
  }

  source(host: string, source: string): SourceLayouts {
    let sources = this.#sources.get(host);
    if (sources === undefined) this.#sources.set(host, (sources = new Map<string, SourceLayouts>()));
    let known = sources.get(source);
    if (known === undefined) {
      known = {
        host,
        source,
        layouts: new Map(),
        latest: undefined,
        newestAt: -Infinity,
        ticks: new Map(),
        id: undefined,
      };
      sources.set(source, known);
    }
    return known;
  }

  add(layout: Layout): void {
    const text = columnsText(layout.places.keys());
    this.source(layout.host, layout.source).layouts.set(text, layout);
    this.#count(layout.host, text.length);
  }

  remove(layout: Layout): void {
    const source = this.source(layout.host, layout.source);
    const text = columnsText(layout.places.keys());
    if (source.layouts.delete(text)) this.#count(layout.host, -text.length);
    if (source.latest === layout) source.latest = undefined;
  }

  #count(host: string, characters: number): void {
    this.#characters.set(host, (this.#characters.get(host) ?? 0) + characters);
  }

  sources(): SourceLayouts[] {
    return [...this.#sources.values()].flatMap((sources) => [...sources.values()]);
  }

  byId(): Map<number, Layout> {
    return new Map(this.all().map((layout) => [layout.id, layout]));
  }

  all(): Layout[] {
    return this.sources().flatMap((source) => [...source.layouts.values()]);
  }
}
