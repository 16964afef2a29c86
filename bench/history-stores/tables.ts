import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Measured } from './measure.ts';
import { bytesBelow, cpuMs, quickest, report, temporary } from './measure.ts';
import type { Recording } from './recording.ts';
import { nameOf, sourceNames } from './recording.ts';

export type Table = 'naive' | 'named' | 'sorted';

const withTexts = {
  create:
    'CREATE TABLE samples (id INTEGER PRIMARY KEY, host TEXT, metric TEXT, at TEXT, value REAL); CREATE INDEX by_series ON samples (host, metric, at)',
  insert: 'INSERT INTO samples (host, metric, at, value) VALUES (?, ?, ?, ?)',
  read: "SELECT at, value FROM samples WHERE host = 'bench' AND metric = ? ORDER BY at",
};

/** The tables that are compared, as they are commonly made; the same log and the same transactions. */
export const tables: Record<Table, { create: string; insert: string; read: string; name: string }> = {
  naive: { name: 'a table of rows with texts and an index', ...withTexts },
  named: { name: 'the same table with the names that sources give', ...withTexts },
  sorted: {
    name: 'a table without rowid, by series and time',
    create:
      'CREATE TABLE samples (series INTEGER, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID',
    insert: 'INSERT INTO samples (series, at, value) VALUES (?, ?, ?)',
    read: 'SELECT at, value FROM samples WHERE series = ? ORDER BY at',
  },
};

/** A recording in such a table, a transaction for each reading. */
export async function measureTable(recording: Recording, kind: Table): Promise<Measured> {
  const { name, create, insert, read } = tables[kind];
  const directory = temporary();
  const db = new DatabaseSync(join(directory, 'samples.sqlite'));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${create}`);
  const add = db.prepare(insert);
  let [appendMs, first] = [0, 0];
  for (const { series, at, columns } of recording.sources) {
    const given = sourceNames();
    const metrics = series.map((one, place) =>
      kind === 'named' ? (given[place % given.length] ?? '') : nameOf(one),
    );
    const begun = cpuMs();
    for (let tick = 0; tick < at.length; tick++) {
      const time = at[tick] ?? NaN;
      const iso = new Date(time).toISOString();
      db.exec('BEGIN');
      for (let column = 0; column < columns.length; column++) {
        const value = columns[column]?.[tick] ?? NaN;
        if (Number.isNaN(value)) continue;
        if (kind === 'sorted') add.run(first + column, time, value);
        else add.run('bench', metrics[column] ?? '', iso, value);
      }
      db.exec('COMMIT');
    }
    appendMs += cpuMs() - begun;
    first += columns.length;
  }
  // A log that was not written into the file yet is no property of the table.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const bytesPerSample = bytesBelow(directory) / recording.samples;
  const samplesPerSecond = (1000 * recording.samples) / appendMs;
  const query = db.prepare(read);
  const isOne = recording.sources.length === 1 && kind !== 'named';
  const dayMs = isOne ? await quickest(30, () => query.all(kind === 'naive' ? 'metric_3' : 3)) : NaN;
  db.close();
  report(`${recording.name}: ${name}`, `${bytesPerSample.toFixed(2)} bytes a sample`);
  report(`${recording.name}: ${name}, append`, `${(samplesPerSecond / 1e6).toFixed(3)} M samples/s`);
  if (isOne) report(`${recording.name}: ${name}, a day of metric_3`, `${dayMs.toFixed(1)} ms`);
  return { bytesPerSample, samplesPerSecond, dayMs };
}
