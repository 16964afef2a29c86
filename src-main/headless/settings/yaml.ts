import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { fileError, writeFileDurably } from '../../base/durable-file.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SettingsStore, StoredSettings } from '../../monitor/settings/store.ts';
import { type FileContent, readSettingsFile } from './file.ts';
import { readYamlDocument, type YamlDocument } from '../../documents/yaml-document.ts';
import { editedYaml, newYaml } from '../../documents/yaml-write.ts';

/**
 * Settings in a YAML file that people edit too. Saving changes only what differs and keeps comments, order, line ends
 * and the file's mode; a link is followed and stays a link. The revision is the hash of the file's bytes.
 */
export class YamlSettings implements SettingsStore {
  readonly location: string;
  readonly editable = true;
  readonly directory: string;
  #last: { bytes: Uint8Array; revision: string; document: YamlDocument } | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** Relative paths in the settings start beside the file, or in `directory` if given. */
  constructor(file: string, directory?: string) {
    this.location = resolve(file);
    this.directory = directory ?? dirname(this.location);
  }

  read(): StoredSettings | null {
    const file = readSettingsFile(this.location);
    if (file === null) return null;
    // The watch reads our own saves back. They need not be parsed again, which takes a second for thousands of rules.
    if (this.#last === undefined || !Buffer.from(this.#last.bytes).equals(file.bytes)) {
      const document = readYamlDocument(file.bytes);
      this.#last = { bytes: file.bytes, revision: revisionOf(file.bytes), document };
    }
    return { content: this.#last.document.content, revision: this.#last.revision };
  }

  describe(path: readonly PropertyKey[]): { line: number; column: number } | undefined {
    return this.#last?.document.describe(path);
  }

  /** One at a time: of two writes based on the same revision, the second is a conflict. */
  write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const written = this.#writing.then(() => this.#write(next, previous, base));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const file = readSettingsFile(this.location);
    const onDisk = file?.bytes ?? this.#deleted(base);
    const found = onDisk === undefined ? null : revisionOf(onDisk);
    if (found !== base) {
      throw new PlimsollError(
        'conflict',
        `${this.location} was changed by somebody else meanwhile, and is left as it is. Load the settings again, then repeat your change.`,
      );
    }
    const bytes =
      onDisk === undefined ? newYaml(next) : editedYaml(onDisk, this.#take(onDisk), previous, next);
    const document = readYamlDocument(bytes);
    if (file === null || !Buffer.from(file.bytes).equals(bytes)) await this.#replace(file, bytes);
    this.#last = { bytes, revision: revisionOf(bytes), document };
    return this.#last.revision;
  }

  /**
   * Returns the parsed document of these bytes, to be changed: parsing thousands of rules again would take a second.
   */
  #take(bytes: Uint8Array): YamlDocument {
    const last = this.#last;
    if (last === undefined || !Buffer.from(last.bytes).equals(bytes)) return readYamlDocument(bytes);
    this.#last = undefined;
    return last.document;
  }

  /** A file that was deleted while we run is written again from what we read, including comments. */
  #deleted(base: string | null): Uint8Array | undefined {
    return base !== null && this.#last?.revision === base ? this.#last.bytes : undefined;
  }

  async #replace(file: FileContent | null, bytes: Uint8Array): Promise<void> {
    const target = file?.path ?? this.location;
    if (file === null)
      await makeDirectory(dirname(target), 0o700).catch((thrown: unknown) =>
        Promise.reject(fileError('created', dirname(target), thrown)),
      );
    const mode = file?.mode ?? 0o600;
    // Exactly: the umask would remove permissions that the owner had granted.
    await writeFileDurably(target, bytes, { mode, exact: file !== null });
  }
}

function revisionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
