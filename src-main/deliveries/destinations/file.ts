import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { lstat, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { fileError, writeFileDurably } from '../../base/durable-file.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import { defineDestination } from '../destination-kind.ts';
import type { Destination } from '../destination-kind.ts';
import { exportName, readExportName } from '../export-name.ts';
import type { ExportName } from '../export-name.ts';
import { encodeRecord, exportFormats } from '../formats.ts';
import { recordOf } from '../record.ts';

const options = z.strictObject({
  directory: z
    .string()
    .min(1, 'a directory needs a name')
    .max(1000, 'a directory has at most 1000 characters')
    .refine((path) => !path.includes('\0'), 'a directory must not contain the character NUL')
    .default('exports')
    .meta({
      title: 'Directory',
      description:
        'Made when it is missing. A relative path starts beside a settings file that was named with --config, and otherwise in the data directory.',
    }),
  formats: z
    .array(z.enum(exportFormats))
    .min(1, 'at least one format is needed')
    .max(exportFormats.length)
    .refine((formats) => new Set(formats).size === formats.length, 'each format can be named once')
    .default([...exportFormats])
    .meta({ title: 'Formats', description: 'One file is written in each.' }),
  compress: z.boolean().default(false).meta({ title: 'Compress', description: 'Write .gz files.' }),
  maxFiles: z.int('must be a whole number').min(1).max(100_000).default(100).meta({
    title: 'Files kept',
    unit: 'files',
    description:
      'When there are more, the oldest are removed. Files that Plimsoll did not write are never touched.',
  }),
  onResolve: z
    .boolean()
    .default(false)
    .meta({ title: 'Also when it is over', description: 'Write a second record when the alert resolves.' }),
  everyViolation: z.boolean().default(false).meta({
    title: 'Every violation',
    description:
      'While an alert fires, write a record of every further sample that violates the rule, also in a cooldown or downtime.',
  }),
  everySeconds: z
    .int('must be a whole number')
    .min(1, 'must be at least 1 second')
    .max(86_400, 'must be at most a day')
    .optional()
    .meta({
      title: 'Again every',
      unit: 'seconds',
      description:
        'While an alert fires, write a record of a further violation this often, such as every 60 seconds. Without it, and without every violation, each alert is written once.',
    }),
});
type FileOptions = z.infer<typeof options>;

/** Files contain details of the machine; only the user that runs Plimsoll may read them. */
const fileMode = 0o600;
const directoryMode = 0o700;

export const fileDestination = defineDestination<FileOptions>({
  kind: 'file',
  title: 'File export',
  description: 'Writes each alert with everything that its source measured at that moment, as JSON and CSV.',
  role: 'record',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  furtherEverySeconds: ({ everyViolation, everySeconds }) => (everyViolation ? 0 : (everySeconds ?? null)),
  check: async (chosen, surroundings) => {
    const path = resolve(surroundings.directory, chosen.directory);
    await tryToWrite(chosen, path).catch((thrown: unknown) => {
      throw asProblemOf('directory', thrown);
    });
  },
  open: (chosen, surroundings) =>
    new ExportDirectory(chosen, resolve(surroundings.directory, chosen.directory)),
});

/** Creates the directory if it is missing, and a file in it that is removed at once. */
async function tryToWrite(chosen: FileOptions, path: string): Promise<void> {
  await make(chosen, path);
  const probe = join(path, `.plimsoll-${randomUUID()}`);
  try {
    await writeFile(probe, '', { mode: fileMode, flag: 'wx' });
    await rm(probe);
  } catch (thrown) {
    throw fileError('written to', path, thrown);
  }
}

/** Elsewhere a path of Windows is a name, and would become a directory beside the settings. */
async function make({ directory }: FileOptions, path: string): Promise<void> {
  if (process.platform !== 'win32' && /^(?:[A-Za-z]:[\\/]|\\\\)/.test(directory))
    throw new PlimsollError(
      'cannot_create',
      `${directory} is a path of Windows, and Plimsoll does not run on it here. Choose a directory of this machine.`,
    );
  await makeDirectory(path, directoryMode).catch((thrown: unknown) => {
    throw fileError('made', path, thrown);
  });
}

function asProblemOf(key: string, thrown: unknown): unknown {
  if (!(thrown instanceof PlimsollError)) return thrown;
  const { code, message } = thrown;
  return new PlimsollError(code, message, { problems: [{ path: key, message }], cause: thrown });
}

class ExportDirectory implements Destination {
  readonly #options: FileOptions;
  readonly #path: string;
  /**
   * The real path when the destination was opened, or first created. A link at that time is its owner's choice; one
   * that appears later could make us write to, and remove from, places that nobody chose.
   */
  #realPath: string | undefined;

  constructor(chosen: FileOptions, path: string) {
    this.#options = chosen;
    this.#path = path;
    try {
      this.#realPath = realpathSync(path);
    } catch {
      // It is created, or reported, when there is something to write.
    }
  }

  async deliver(message: Message, signal: AbortSignal): Promise<string> {
    await this.#prepare();
    const present = await this.#ownFiles();
    const { written, kept } = await this.#write(message, present, signal);
    const parts = [
      ...(written.length > 0 ? [`wrote ${written.join(', ')}`] : []),
      ...(kept.length > 0 ? [`${kept.join(', ')} was there already`] : []),
    ];
    return `In ${this.#path}: ${parts.join('; ')}${await this.#removeOldest()}.`;
  }

  async #prepare(): Promise<void> {
    await make(this.#options, this.#path);
    try {
      const real = await realpath(this.#path);
      this.#realPath ??= real;
      if (real === this.#realPath) return;
      throw new PlimsollError(
        'forbidden',
        `${this.#path} led to ${this.#realPath} and now leads to ${real}; nothing was written there. ` +
          `Put the directory back, name the new place in the settings, or restart Plimsoll to accept it.`,
      );
    } catch (thrown) {
      throw fileError('made', this.#path, thrown);
    }
  }

  /** Plain files with names in our format, oldest first. */
  async #ownFiles(): Promise<ExportName[]> {
    try {
      const entries = await readdir(this.#path, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile()).map((entry) => readExportName(entry.name));
      return names.filter((name) => name !== undefined).sort(byTime);
    } catch (thrown) {
      throw fileError('listed', this.#path, thrown);
    }
  }

  async #write(
    message: Message,
    present: ExportName[],
    signal: AbortSignal,
  ): Promise<{ written: string[]; kept: string[] }> {
    const { formats, compress } = this.#options;
    const record = recordOf(message);
    const [written, kept]: [string[], string[]] = [[], []];
    for (const format of formats) {
      const wanted = exportName(message, format, compress);
      const there = present.find((file) => file.id === wanted.id && file.format === format);
      if (there !== undefined) {
        kept.push(there.name);
        continue;
      }
      signal.throwIfAborted();
      if (await this.#isThere(wanted.name)) {
        kept.push(wanted.name);
        continue;
      }
      const bytes = await encodeRecord(record, format, compress);
      await writeFileDurably(join(this.#path, wanted.name), bytes, { mode: fileMode });
      written.push(wanted.name);
    }
    return { written, kept };
  }

  /**
   * Whether the export has been written meanwhile: an abandoned attempt continues alone, and a slow disk completes its
   * file in the end. Anything under that name that is not a plain file, such as a link, belongs to somebody else.
   */
  async #isThere(name: string): Promise<boolean> {
    const path = join(this.#path, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || stats.isFile()) return stats !== undefined;
    throw new PlimsollError(
      'cannot_create',
      `${path} is in the way and is no plain file. Move it elsewhere.`,
    );
  }

  /**
   * The export is already written: a file that cannot be removed is reported, and tried again after the next export.
   */
  async #removeOldest(): Promise<string> {
    let removed = 0;
    try {
      const files = await this.#ownFiles();
      for (const { name } of files.slice(0, Math.max(0, files.length - this.#options.maxFiles))) {
        await rm(join(this.#path, name), { force: true });
        removed++;
      }
    } catch (thrown) {
      return `; older exports could not be removed: ${messageOf(thrown)}`;
    }
    return removed > 0 ? `; removed ${removed} older` : '';
  }
}

function byTime(a: ExportName, b: ExportName): number {
  const [left, right] = [`${a.time} ${a.name}`, `${b.time} ${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
