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

/** Everything that was stored of one source. */
export interface SourceLayouts {
  host: string;
  source: string;
  layouts: Map<string, Layout>;
  /** Time of the newest tick, so that only what comes late must be looked for. */
  newestAt: number;
}

export function layoutOf(id: number, host: string, source: string, columns: readonly Column[]): Layout {
  const places = new Map(columns.map(([metric, labels], place) => [columnKey(metric, labels), place]));
  return { id, host, source, columns, places };
}

/** The columns as the store keeps them: a JSON list of `[metric, labels]`. */
export function columnsText(keys: Iterable<string>): string {
  return `[${[...keys].join(',')}]`;
}

/** The layouts in the store, by source. There are few: one for each set of series that a source has returned. */
export class Layouts {
  readonly #sources = new Map<string, SourceLayouts>();

  source(host: string, source: string): SourceLayouts {
    const key = JSON.stringify([host, source]);
    let known = this.#sources.get(key);
    if (known === undefined) {
      known = { host, source, layouts: new Map(), newestAt: -Infinity };
      this.#sources.set(key, known);
    }
    return known;
  }

  add(layout: Layout): void {
    const text = columnsText(layout.places.keys());
    this.source(layout.host, layout.source).layouts.set(text, layout);
  }

  remove(layout: Layout): void {
    this.source(layout.host, layout.source).layouts.delete(columnsText(layout.places.keys()));
  }

  all(): Layout[] {
    return [...this.#sources.values()].flatMap((source) => [...source.layouts.values()]);
  }
}
