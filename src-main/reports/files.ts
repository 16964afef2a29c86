import { randomBytes } from 'node:crypto';
import {
  copyFile,
  lstat,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../base/durable-file.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { keptReportSchema, reportFiles } from '../contract/report.ts';
import type { KeptReport, ReportFile } from '../contract/report.ts';

/** Folder of a report: the time it was made (UTC), and four random hex digits, so that reports of the same second differ. */
const folderName = /^report-\d{8}T\d{6}Z-[0-9a-f]{4}$/;
/** Marks a folder as ours and describes its content. */
const aboutFile = 'report.json';
const unfinished = /^\.report-\d{8}T\d{6}Z-[0-9a-f]{4}\.part$/;

/** Whether a text is the name of a report's folder, and so cannot lead to another place. */
export function isReportId(text: string): boolean {
  return folderName.test(text);
}

export type ReportFacts = Omit<KeptReport, 'id' | 'files'>;

/**
 * Stores a report in `directory`: all files in a folder of their own, and copies of them in the directory itself under
 * the names that never change. The folder appears complete or not at all, and each copy is either the old or the new
 * one. Reports beyond the newest `keep` are removed; files that are not ours never are. Throws file errors.
 */
export async function keepReport(
  directory: string,
  contents: ReadonlyMap<ReportFile, Uint8Array | string>,
  facts: ReportFacts,
  keep: number,
): Promise<KeptReport> {
  const stamp = new Date(facts.madeAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const id = `report-${stamp}-${randomBytes(2).toString('hex')}`;
  const part = join(directory, `.${id}.part`);
  const files = [...contents].map(([name, content]) => ({ name, bytes: Buffer.byteLength(content) }));
  const kept: KeptReport = { id, ...facts, files };
  try {
    await makeDirectory(directory, 0o700);
    await mkdir(part, 0o700);
    for (const [name, content] of contents) await writeFile(join(part, name), content, { mode: 0o600 });
    await writeFile(join(part, aboutFile), `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
    await rename(part, join(directory, id));
    for (const name of reportFiles) await renew(directory, id, name, contents.has(name));
  } catch (thrown) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw fileError('written', join(directory, 'metrics_report.html'), thrown);
  }
  await removeOld(directory, keep);
  return kept;
}

/** If a chart could not be drawn this time, the copy of the last one is removed: readers would take it for the new one. */
async function renew(directory: string, id: string, name: ReportFile, isThere: boolean): Promise<void> {
  const path = join(directory, name);
  if (!isThere) {
    await unlink(path).catch(() => undefined);
    return;
  }
  const fresh = join(directory, `.${id}.${name}.part`);
  await copyFile(join(directory, id, name), fresh);
  await rename(fresh, path);
}

/** The kept reports in a directory, newest first. Empty if the directory does not exist. */
export async function keptReports(directory: string): Promise<KeptReport[]> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(names.filter(isReportId).map((id) => readAbout(directory, id)));
  return found
    .filter((report) => report !== undefined)
    .sort((a, b) => b.madeAt - a.madeAt || (a.id < b.id ? 1 : -1));
}

/** Undefined for a folder that is not ours, whatever its name. */
async function readAbout(directory: string, id: string): Promise<KeptReport | undefined> {
  try {
    const path = join(directory, id, aboutFile);
    if ((await stat(path)).size > 100_000) return undefined;
    const { data } = keptReportSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return data?.id === id ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The content of one file of a kept report. Throws file errors. */
export async function readReportFile(
  directory: string,
  id: string,
  name: ReportFile,
): Promise<Buffer<ArrayBuffer>> {
  const path = join(directory, id, name);
  try {
    return await readFile(path);
  } catch (thrown) {
    throw fileError('read', path, thrown);
  }
}

/** Errors are ignored: what cannot be removed stays until the next time. Only files that we write are removed. */
async function removeOld(directory: string, keep: number): Promise<void> {
  const old = (await keptReports(directory)).slice(Math.max(1, keep));
  for (const { id } of old) await removeFolder(join(directory, id));
  // Folder of a process that was killed while it wrote.
  for (const name of await readdir(directory).catch(() => [])) {
    if (!unfinished.test(name)) continue;
    const { mtimeMs } = await lstat(join(directory, name)).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > 3_600_000) await removeFolder(join(directory, name));
  }
}

async function removeFolder(folder: string): Promise<void> {
  for (const name of [...reportFiles, aboutFile]) await unlink(join(folder, name)).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
}
