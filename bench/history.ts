/**
 * What history costs beside other stores, each given the same samples in the same run: 200 series × 1 day @ 5 s of mixed kinds,
 * the same with rounded values, and an hour that was recorded on a real machine at 1 s, of it each fifth reading, 24 times. `npm run bench:history`;
 * `SEED=7` makes other numbers, `-- --ours` leaves the other stores out, and `-- mixed`, `-- rounded` and `-- recorded` choose. The other stores: a table of rows with texts, as programs begin with, a
 * table without rowid by series and time, and Prometheus where it is installed (Debian: `apt-get install prometheus`).
 *
 * Bytes are all files of a store. Append is processor time, so that other work on the machine counts less; queries are the
 * quickest of many.
 */
import { cpus } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import type { Measured } from './history-stores/measure.ts';
import { report } from './history-stores/measure.ts';
import { measureChecksums, measureMonth, measurePlimsoll } from './history-stores/plimsoll.ts';
import { measurePrometheus, promtoolVersion } from './history-stores/prometheus.ts';
import type { Recording } from './history-stores/recording.ts';
import { firstHour, mixedDay, recordedHours } from './history-stores/recording.ts';
import type { Table } from './history-stores/tables.ts';
import { measureTable, tables } from './history-stores/tables.ts';

const seed = Number(process.env['SEED'] ?? 20_261_125);
const oursOnly = process.argv.includes('--ours');
const prometheus = promtoolVersion();
const sqlite = new DatabaseSync(':memory:').prepare('SELECT sqlite_version() AS version').get();

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, SQLite ${String(sqlite?.['version'])}, Prometheus ${prometheus ?? 'is not installed'}, SEED=${seed}`,
);

function compare(recording: Recording, ours: Measured, name: string, other: Measured): void {
  const parts = [
    `${(ours.bytesPerSample / other.bytesPerSample).toFixed(3)} of the bytes (1/${(other.bytesPerSample / ours.bytesPerSample).toFixed(1)})`,
    `${(ours.samplesPerSecond / other.samplesPerSecond).toFixed(1)} × append`,
    ...(Number.isNaN(other.dayMs)
      ? []
      : [`a day of a series ${(other.dayMs / ours.dayMs).toFixed(0)} × as quick`]),
  ];
  report(`${recording.name}: against ${name}`, parts.join(', '));
}

async function besideOthers(
  recording: Recording,
  goal: string,
  beside: readonly Table[],
  short = recording,
): Promise<void> {
  const ours = await measurePlimsoll(recording, goal);
  if (oursOnly) return;
  if (prometheus !== undefined) compare(recording, ours, 'Prometheus', await measurePrometheus(recording));
  // Rows of a table are as long in an hour as in a day; what one is asked is told of the whole.
  for (const kind of beside)
    compare(
      recording,
      ours,
      tables[kind].name,
      await measureTable(kind === 'named' ? firstHour(short) : short, kind),
    );
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);

if (isWanted('mixed')) {
  const mixed = mixedDay(false, seed);
  await besideOthers(mixed, ' (goal 3.0)', ['sorted', 'naive', 'named']);
  await measureMonth(mixed);
  await measureChecksums();
}
if (isWanted('rounded')) await besideOthers(mixedDay(true, seed), ' (goal 2.5)', []);
if (isWanted('recorded')) await besideOthers(recordedHours(24), '', ['sorted', 'naive'], recordedHours(1));
