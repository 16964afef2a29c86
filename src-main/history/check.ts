import type { DatabaseSync } from 'node:sqlite';
import { isWhole } from './blocks.ts';
import { columnsIn } from './layouts.ts';
import type { HistoryCheck } from '../contract/history-size.ts';
import { columnOfKey, tickNumbers } from './codec.ts';
import { hourMs, hourOfId, periodOf, seriesOfId, sourceOfId } from './schema.ts';

/** How many damaged places are named; all are counted. */
const mostNamed = 100;

/**
 * Reads everything: runs SQLite's own check, and verifies the checksum of every block, roll-up and reading. Changes
 * nothing.
 */
export function checkHistory(db: DatabaseSync): HistoryCheck {
  const findings = db
    .prepare(`PRAGMA quick_check(${mostNamed})`)
    .all()
    .map((row) => String(Object.values(row)[0]))
    .filter((finding) => finding !== 'ok');
  const names = namesIn(db);
  const damaged: string[] = [];
  let [checked, count] = [0, 0];
  const look = (isGood: boolean, name: () => string) => {
    checked++;
    if (isGood) return;
    if (++count <= mostNamed) damaged.push(name());
  };
  for (const { id, times } of db.prepare('SELECT id, times FROM hour').iterate())
    look(
      isWhole(times),
      () => `times of ${names.source(sourceOfId(Number(id)))} at ${hourText(hourOfId(Number(id)))}`,
    );
  for (const { id, data } of db.prepare('SELECT id, data FROM block').iterate())
    look(isWhole(data), () => `${names.series(seriesOfId(Number(id)))} at ${hourText(periodOf(Number(id)))}`);
  for (const tier of ['minute', 'hour', 'day']) {
    for (const { id, data } of db.prepare(`SELECT id, data FROM rollup_${tier}`).iterate())
      look(isWhole(data), () => `${tier}s of ${names.series(seriesOfId(Number(id)))}`);
  }
  const ticks = db.prepare(
    'SELECT at, data, columns, source FROM tick JOIN layout ON layout.id = tick.layout',
  );
  for (const { at, data, columns, source } of ticks.iterate()) {
    const width = columnsIn(String(columns))?.length ?? 0;
    look(
      tickNumbers(data, width, Number(at)) !== undefined,
      () => `a reading of ${String(source)} at ${new Date(Number(at)).toISOString()}`,
    );
  }
  return { ok: findings.length === 0 && count === 0, findings, checked, damagedCount: count, damaged };
}

function namesIn(db: DatabaseSync) {
  const series = db.prepare(
    'SELECT series.key AS key, source.name AS name FROM series JOIN source ON source.id = series.source WHERE series.id = ?',
  );
  const source = db.prepare('SELECT name FROM source WHERE id = ?');
  return {
    source: (id: number) => String(source.get(id)?.['name'] ?? 'an unknown source'),
    series(id: number) {
      const row = series.get(id);
      if (row === undefined) return 'an unknown series';
      const { metric, labels } = columnOfKey(String(row['key']));
      const shown = Object.entries(labels).map(([name, value]) => ` ${name}=${value}`);
      return `${String(row['name'])} ${metric}${shown.join('')}`;
    },
  };
}

function hourText(hour: number): string {
  return new Date(hour * hourMs).toISOString();
}
