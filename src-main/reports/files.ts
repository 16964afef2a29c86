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

/** The folders of reports: when they were made, UTC, and four letters so that two of one second are two. */
const folderName = /^report-\d{8}T\d{6}Z-[0-9a-f]{4}$/;
/** Says of a folder that it is one of ours, and what is in it. */
const aboutFile = 'report.json';
const unfinished = /^\.report-\d{8}T\d{6}Z-[0-9a-f]{4}\.part$/;

/** Whether text is the name of a report's folder, and nothing that leads anywhere else. */
export function isReportId(text: string): boolean {
  return folderName.test(text);
}

export type ReportFacts = Omit<KeptReport, 'id' | 'files'>;

/**
 * Keeps a report in `directory`: a folder of its own with all files, and copies of them in the directory itself under the names
 * that never change. The folder is there as a whole or not at all, and each copy is the old one or the new one. What is older than the newest
 * `keep` reports is removed, and nothing that is not ours. Throws what is wrong with a file.
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

/** A drawing that could not be made this time is not left there from the last time: it would be taken for the new one. */
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

/** Reports that are kept in a directory, newest first. Where there is no such directory there are none. */
export async function keptReports(directory: string): Promise<KeptReport[]> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(names.filter(isReportId).map((id) => readAbout(directory, id)));
  return found
    .filter((report) => report !== undefined)
    .sort((a, b) => b.madeAt - a.madeAt || (a.id < b.id ? 1 : -1));
}

/** Undefined for a folder that is not ours, whatever it is called. */
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

/** The bytes of one file of a kept report. Throws what is wrong with it. */
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

/** Tidying is a courtesy: what can not be removed stays for the next time. Only files that we write are removed. */
async function removeOld(directory: string, keep: number): Promise<void> {
  const old = (await keptReports(directory)).slice(Math.max(1, keep));
  for (const { id } of old) await removeFolder(join(directory, id));
  // What a run left that was killed while it wrote.
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
