import { readdir, readFile } from 'node:fs/promises';
import { PlimsollError } from '../../../contract/error.ts';
import type { Battery } from '../system.ts';

/**
 * From `/sys/class/power_supply` (Documentation/ABI/testing/sysfs-class-power): the machine's own batteries, without
 * those of mice and headphones (`scope` is Device). Several batteries are weighted by capacity if all report it in the
 * same unit, otherwise equally. The machine is on mains when a supply is `online`; if there is no supply, the
 * batteries' `status` decides.
 */
export async function readBattery(sysRoot: string): Promise<Battery> {
  const root = `${sysRoot}/class/power_supply`;
  const batteries: Supply[] = [];
  const mains: boolean[] = [];
  for (const folder of await readdir(root).catch(() => [])) {
    const supply: Supply = (file) => text(`${root}/${folder}/${file}`);
    const [type, scope] = [await supply('type'), await supply('scope')];
    if (scope === 'Device') continue;
    if (type === 'Battery' && (await supply('present')) !== '0') batteries.push(supply);
    if (type === 'Mains' || type?.startsWith('USB') === true) {
      const online = await supply('online');
      if (online !== null) mains.push(online !== '0');
    }
  }
  if (batteries.length === 0) throw new PlimsollError('unsupported', 'This machine has no battery.');
  const percent = await percentOf(batteries);
  if (percent === null) {
    throw new PlimsollError('unreadable', 'The battery does not tell how full it is.', { retry: true });
  }
  return { percent, onAc: mains.length > 0 ? mains.includes(true) : await byStatus(batteries) };
}

/** Reads one of a supply's files; null if it is missing, empty, or cannot be read. */
type Supply = (file: string) => Promise<string | null>;

async function percentOf(batteries: readonly Supply[]): Promise<number | null> {
  for (const unit of ['energy', 'charge']) {
    let [now, full] = [0, 0];
    for (const battery of batteries) {
      now += numberOf(await battery(`${unit}_now`));
      full += numberOf(await battery(`${unit}_full`));
    }
    // NaN if a battery does not report it; then the next method is used.
    if (full > 0 && now >= 0) return Math.min(100, (100 * now) / full);
  }
  let sum = 0;
  for (const battery of batteries) sum += numberOf(await battery('capacity'));
  const percent = sum / batteries.length;
  return percent >= 0 && percent <= 100 ? percent : null;
}

async function byStatus(batteries: readonly Supply[]): Promise<boolean | null> {
  const states = await Promise.all(batteries.map((battery) => battery('status')));
  if (states.includes('Discharging')) return false;
  const onMains = ['Charging', 'Full', 'Not charging'];
  return states.some((state) => state !== null && onMains.includes(state)) ? true : null;
}

function numberOf(text: string | null): number {
  return text !== null && /^\d+$/.test(text) ? Number(text) : NaN;
}

async function text(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').then(
    (content) => content.trim() || null,
    () => null,
  );
}
