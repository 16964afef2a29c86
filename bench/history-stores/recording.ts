import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Labels, Measurement, Reading } from '../../src-main/contract/sample.ts';

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
/** Where every recording begins, so that it is one day in UTC. */
export const begin = Date.UTC(2026, 0, 5);

/** One source over the time of a recording, in columns; a number is NaN where its series was absent. */
export interface RecordedSource {
  source: string;
  series: { metric: string; labels: Labels }[];
  at: Float64Array;
  columns: Float64Array[];
}

/** Samples that are put into every store that is compared. */
export interface Recording {
  name: string;
  sources: RecordedSource[];
  samples: number;
}

type Series = () => number;

const round = (value: number, places: number) => Math.round(value * 10 ** places) / 10 ** places;

/** 200 series of one source, one day @ 5 s. `rounded`: percentages to two decimals and rates to whole numbers, as our collectors return them. */
export function mixedDay(rounded: boolean, seed: number): Recording {
  let state = seed % 2_147_483_647;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  /** About normal, with a deviation of 1. */
  const noise = () => random() + random() + random() + random() + random() + random() - 3;

  /** A percentage that wanders and jitters, as processor time does. */
  function percentage(places: number | undefined): Series {
    let level = 20 + 60 * random();
    return () => {
      level += noise() / 2 + (40 - level) / 500;
      const value = Math.min(100, Math.max(0, level + 4 * noise()));
      return places === undefined ? value : round(value, places);
    };
  }

  function walk(start: number, step: number, chance: number, unit: number): Series {
    let value = start;
    return () => {
      if (random() < chance) value = Math.max(0, value + Math.round(step * noise()) * unit);
      return value;
    };
  }

  function rate(whole: boolean): Series {
    let level = 1e5 * random();
    return () => {
      level = Math.max(0, level + 2000 * noise());
      const value = Math.max(0, level * (1 + noise() / 10));
      return whole ? Math.round(value) : value;
    };
  }

  function counter(): Series {
    let value = Math.round(1e9 * random());
    return () => (value += Math.round(20_000 * random()));
  }

  function constant(): Series {
    const value = Math.round(1e9 * random());
    return () => value;
  }

  function load(): Series {
    const series = walk(150, 4, 0.6, 1);
    return () => series() / 100;
  }

  const kinds: [count: number, make: () => Series][] = [
    [50, () => percentage(1)],
    [20, () => percentage(rounded ? 2 : undefined)],
    [25, () => walk(1e6, 40, 0.7, 4096)],
    [20, () => rate(true)],
    [10, () => rate(rounded)],
    [25, () => walk(1000, 2, 0.02, 1)],
    [15, constant],
    [10, load],
    [15, () => () => (random() < 0.97 ? 0 : Math.round(50 * random()))],
    [10, counter],
  ];
  const ticks = dayMs / 5000;
  // Three in ten are up to 3 ms off.
  const at = Float64Array.from({ length: ticks }, (_, tick) =>
    Math.max(begin, begin + tick * 5000 + (random() < 0.3 ? Math.round(6 * random()) - 3 : 0)),
  );
  const next = kinds.flatMap(([count, make]) => Array.from({ length: count }, make));
  const columns = next.map(() => new Float64Array(ticks));
  for (let tick = 0; tick < ticks; tick++)
    next.forEach((series, place) => ((columns[place] ?? at)[tick] = series()));
  const series = next.map((_, place) => ({ metric: `metric_${place}`, labels: {} }));
  return {
    name: rounded ? 'mixed, rounded' : 'mixed',
    sources: [{ source: 'mixed', series, at, columns }],
    samples: ticks * next.length,
  };
}

/** How an hour is kept in `recorded-hour.json.zst`: steps of whole milliseconds, null where a series was absent. */
export interface RecordedHour {
  sources: {
    source: string;
    series: { metric: string; labels: Labels }[];
    /** Of the first reading, from the beginning of the hour on, then from one reading to the next. */
    steps: number[];
    columns: (number | null)[][];
  }[];
}

/** The hour that was recorded on a real machine, so many times one after the other; of its readings each fifth, as at 5 s. */
export function recordedHours(hours: number): Recording {
  const bytes = readFileSync(join(import.meta.dirname, 'recorded-hour.json.zst'));
  const { sources } = JSON.parse(zstdDecompressSync(bytes).toString()) as RecordedHour;
  let samples = 0;
  const repeated = sources.map(({ source, series, ...all }) => {
    const { steps, columns } = fifths(all);
    const length = steps.length;
    const at = new Float64Array(length * hours);
    for (let hour = 0; hour < hours; hour++) {
      let time = begin + hour * hourMs;
      steps.forEach((step, place) => (at[hour * length + place] = time += step));
    }
    const repeat = (column: (number | null)[]) => {
      samples += hours * column.filter((value) => value !== null).length;
      return Float64Array.from({ length: length * hours }, (_, place) => column[place % length] ?? NaN);
    };
    return { source, series, at, columns: columns.map(repeat) };
  });
  return { name: `a recorded hour × ${hours}`, sources: repeated, samples };
}

export function firstHour(recording: Recording): Recording {
  const sources = recording.sources.map((source) => {
    const end = firstAt(source.at, begin + hourMs);
    const columns = source.columns.map((column) => column.subarray(0, end));
    return { ...source, at: source.at.subarray(0, end), columns };
  });
  const numbers = sources.flatMap(({ columns }) =>
    columns.map((column) => column.filter((value) => !Number.isNaN(value)).length),
  );
  return { ...recording, sources, samples: numbers.reduce((a, b) => a + b, 0) };
}

/** As somebody writes it into a column: `core_percent{core=1}`. */
export function nameOf({ metric, labels }: RecordedSource['series'][number]): string {
  const said = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return said.length === 0 ? metric : `${metric}{${said.join(',')}}`;
}

/** Names of all series that were recorded on a real machine: 26 letters on average. */
export function sourceNames(): string[] {
  return recordedHours(1).sources.flatMap(({ series }) => series.map(nameOf));
}

function fifths({ steps, columns }: Pick<RecordedHour['sources'][number], 'steps' | 'columns'>): {
  steps: number[];
  columns: (number | null)[][];
} {
  let passed = 0;
  const kept: number[] = [];
  steps.forEach((step, place) => {
    passed += step;
    if (place % 5 !== 0) return;
    kept.push(passed);
    passed = 0;
  });
  return { steps: kept, columns: columns.map((column) => column.filter((_, place) => place % 5 === 0)) };
}

/** All readings of an hour, in the order of time, as collectors send them. */
export function readingsOf(recording: Recording, hour: number): Reading[] {
  const readings: Reading[] = [];
  for (const { source, series, at, columns } of recording.sources) {
    for (let place = firstAt(at, begin + hour * hourMs); place < at.length; place++) {
      const time = at[place] ?? NaN;
      if (time >= begin + (hour + 1) * hourMs) break;
      const samples: Measurement[] = [];
      series.forEach(({ metric, labels }, column) => {
        const value = columns[column]?.[place] ?? NaN;
        if (!Number.isNaN(value)) samples.push({ metric, labels, value });
      });
      readings.push({ host: 'bench', source, at: time, durationMs: 1, samples, error: null });
    }
  }
  return readings.sort((a, b) => a.at - b.at);
}

function firstAt(at: Float64Array, time: number): number {
  const place = at.findIndex((one) => one >= time);
  return place < 0 ? at.length : place;
}
