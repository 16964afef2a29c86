import { readdir, readFile } from 'node:fs/promises';
import { PlimsollError } from '../../../contract/error.ts';
import type { Temperature } from '../system.ts';

/** Nothing can be colder: chips that report this mean that they do not know. */
const absoluteZero = -273.15;

/**
 * Temperatures from `/sys/class/hwmon` (Documentation/hwmon/sysfs-interface.rst): `name` of the chip, `tempN_input` in
 * thousandths of a degree and, if present, `tempN_label`. If there is no chip, from `/sys/class/thermal/thermal_zoneN`
 * (`type`, `temp`), which otherwise shows the same sensors again, as in psutil 5.9.4 (`sensors_temperatures`). A sensor
 * that cannot be read now is left out. Two with the same name are distinguished by their chip's folder.
 *
 * Some chips take long to answer: files are read without blocking, one after the other.
 */
export async function readTemperatures(sysRoot: string): Promise<Temperature[]> {
  const found = await fromChips(`${sysRoot}/class/hwmon`);
  if (found.length === 0) found.push(...(await fromZones(`${sysRoot}/class/thermal`)));
  if (found.length === 0) {
    throw new PlimsollError(
      'unsupported',
      'This machine shows no temperature: no sensor, or none with a driver.',
    );
  }
  const times = new Map<string, number>();
  for (const { sensor } of found) times.set(sensor, (times.get(sensor) ?? 0) + 1);
  return found.flatMap(({ sensor, folder, celsius }) => {
    if (celsius === null) return [];
    return [{ sensor: (times.get(sensor) ?? 0) > 1 ? `${sensor} (${folder})` : sensor, celsius }];
  });
}

interface Found {
  sensor: string;
  folder: string;
  celsius: number | null;
}

async function fromChips(root: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const folder of await list(root)) {
    const chip = `${root}/${folder}`;
    const inputs = (await list(chip)).filter((name) => /^temp\d+_input$/.test(name));
    if (inputs.length === 0) continue;
    const name = (await text(`${chip}/name`)) ?? folder;
    for (const input of inputs) {
      const channel = input.slice(0, -'_input'.length);
      const label = (await text(`${chip}/${channel}_label`)) ?? (inputs.length > 1 ? channel : '');
      found.push({
        sensor: `${name} ${label}`.trim(),
        folder,
        celsius: celsius(await text(`${chip}/${input}`)),
      });
    }
  }
  return found;
}

async function fromZones(root: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const folder of await list(root)) {
    if (!folder.startsWith('thermal_zone')) continue;
    const sensor = (await text(`${root}/${folder}/type`)) ?? folder;
    found.push({ sensor, folder, celsius: celsius(await text(`${root}/${folder}/temp`)) });
  }
  return found;
}

function celsius(thousandths: string | null): number | null {
  if (thousandths === null || !/^-?\d+$/.test(thousandths)) return null;
  const degrees = Number(thousandths) / 1000;
  return degrees > absoluteZero ? degrees : null;
}

async function list(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

async function text(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').then(
    (content) => content.trim() || null,
    () => null,
  );
}
