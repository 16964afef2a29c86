import { areSameLabels } from '../contract/columns.ts';
import type { Measurement } from '../contract/sample.ts';
import type { Column } from './codec.ts';
import { columnKey } from './codec.ts';

/** Which series the ticks of one source hold, and in which order. */
export interface Layout {
  id: number;
  host: string;
  source: string;
  columns: readonly Column[];
  /** Place of each column by its key. */
  places: ReadonlyMap<string, number>;
}

/** Everything that is known of one source without a look into its samples. */
export interface SourceLayouts {
  host: string;
  source: string;
  layouts: Map<string, Layout>;
  /** That of the newest reading: most readings are like the one before. */
  latest: Layout | undefined;
  /** Time of the newest reading, so that only what comes late must be looked for. */
  newestAt: number;
  /** Ticks by their hour. */
  ticks: Map<number, number>;
  /** Its number in the tables of blocks; undefined as long as it has none. */
  id: number | undefined;
}

export function layoutOf(id: number, host: string, source: string, columns: readonly Column[]): Layout {
  const places = new Map(columns.map(([metric, labels], place) => [columnKey(metric, labels), place]));
  return { id, host, source, columns, places };
}

/** The columns as the store keeps them: a JSON list of `[metric, labels]`. */
export function columnsText(keys: Iterable<string>): string {
  return `[${[...keys].join(',')}]`;
}

/** The columns that such a text stands for; undefined when it is none. */
export function columnsIn(text: string): Column[] | undefined {
  try {
    const columns: unknown = JSON.parse(text);
    return Array.isArray(columns) && columns.every(isColumn) ? columns : undefined;
  } catch {
    return undefined;
  }
}

function isColumn(column: unknown): column is Column {
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
export function fits({ columns }: Layout, samples: readonly Measurement[]): boolean {
  if (samples.length !== columns.length) return false;
  for (let place = 0; place < columns.length; place++) {
    const [column, sample] = [columns[place], samples[place]];
    if (column === undefined || sample?.metric !== column[0] || !Number.isFinite(sample.value)) return false;
    if (!areSameLabels(sample.labels, column[1])) return false;
  }
  return true;
}

/** The layouts in the store, by source. There are few: one for each set of series that a source has returned. */
export class Layouts {
  readonly #sources = new Map<string, Map<string, SourceLayouts>>();

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
  }

  remove(layout: Layout): void {
    const source = this.source(layout.host, layout.source);
    source.layouts.delete(columnsText(layout.places.keys()));
    if (source.latest === layout) source.latest = undefined;
  }

  sources(): SourceLayouts[] {
    return [...this.#sources.values()].flatMap((sources) => [...sources.values()]);
  }

  all(): Layout[] {
    return this.sources().flatMap((source) => [...source.layouts.values()]);
  }
}
