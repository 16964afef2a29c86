/**
 * The least that a Node needs for the same work, in one process, without anything that makes a program of it: reads what Plimsoll
 * reads, looks at every process each second, compares 100 thresholds and writes to SQLite every ten seconds. It names nothing, sends
 * nothing, and ends at the first error. `node bench/collect/bare-loop.ts FILE` writes to the database FILE. Files are those of proc(5).
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statfsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [, , file = ':memory:'] = process.argv;
const database = new DatabaseSync(file);
database.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE tick (at INTEGER, numbers BLOB)',
);
const insert = database.prepare('INSERT INTO tick VALUES (?, ?)');

const buffer = Buffer.allocUnsafe(64 * 1024);
const numbers = new Float64Array(4096);
const files = ['stat', 'loadavg', 'meminfo', 'net/dev', 'diskstats', 'net/sockstat', 'net/sockstat6'].map(
  (name) => openSync(`/proc/${name}`, 'r'),
);
const mounts = readFileSync('/proc/mounts', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('/dev/'))
  .map((line) => line.split(' ')[1] ?? '/');
const processes = new Map<string, number>();
const rules = Array.from({ length: 100 }, (_, index) => ({
  place: index % 4,
  threshold: 1e15 + index,
  violations: 0,
}));
let ticks: { at: number; bytes: Uint8Array }[] = [];
let place = 0;

/** Every run of digits as a number. */
function take(length: number): void {
  let value = 0;
  let isNumber = false;
  for (let at = 0; at < length; at++) {
    const digit = (buffer[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      isNumber = true;
    } else if (isNumber) {
      numbers[place++] = value;
      value = 0;
      isNumber = false;
    }
  }
}

function takeProcess(pid: string): void {
  let descriptor = processes.get(pid);
  try {
    descriptor ??= openSync(`/proc/${pid}/stat`, 'r');
    processes.set(pid, descriptor);
    const before = place;
    take(readSync(descriptor, buffer, 0, buffer.length, 0));
    place = before;
  } catch {
    if (descriptor !== undefined) closeSync(descriptor);
    processes.delete(pid);
  }
}

setInterval(() => {
  place = 0;
  for (const descriptor of files) take(readSync(descriptor, buffer, 0, buffer.length, 0));
  for (const mount of mounts) numbers[place++] = statfsSync(mount).bavail;
  for (const name of readdirSync('/proc')) if (/^\d/.test(name)) takeProcess(name);
  numbers[place++] = processes.size;
  for (const rule of rules) {
    if ((numbers[rule.place] ?? 0) > rule.threshold) rule.violations++;
    else rule.violations = 0;
  }
  ticks.push({ at: Date.now(), bytes: new Uint8Array(numbers.buffer.slice(0, place * 8)) });
  if (ticks.length < 10) return;
  database.exec('BEGIN');
  for (const { at, bytes } of ticks) insert.run(at, bytes);
  database.exec('COMMIT');
  ticks = [];
}, 1000);
