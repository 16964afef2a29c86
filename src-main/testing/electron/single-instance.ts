import { mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a second instance tells the first. */
export interface SecondInstance {
  argv: string[];
  workingDirectory: string;
  data: unknown;
}

/**
 * Electron's lock on a user-data folder: the first instance holds it until it ends, every later one leaves a note and is
 * told no. Synchronous, because Electron's is.
 */
export function takeInstanceLock(
  folder: string,
  note: SecondInstance,
  onSecond: (second: SecondInstance) => void,
): boolean {
  const lock = join(folder, 'SingletonLock');
  const notes = join(folder, 'SingletonNotes');
  mkdirSync(notes, { recursive: true });
  if (!writtenFirst(lock)) {
    if (isRunning(Number(readFileSync(lock, 'utf8')))) {
      writeFileSync(join(notes, `${process.pid}.json`), JSON.stringify(note));
      return false;
    }
    writeFileSync(lock, String(process.pid));
  }
  const read = (): void => {
    for (const name of readdirSync(notes)) {
      try {
        const second = JSON.parse(readFileSync(join(notes, name), 'utf8')) as SecondInstance;
        rmSync(join(notes, name));
        onSecond(second);
      } catch {
        // Not written to its end yet: the watcher calls again.
      }
    }
  };
  for (const name of readdirSync(notes)) rmSync(join(notes, name));
  watch(notes, { persistent: false }, read);
  process.on('exit', () => rmSync(lock, { force: true }));
  return true;
}

function writtenFirst(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
