import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Document, type ToStringOptions } from 'yaml';
import { fileError, writeFileDurably } from '../base/durable-file.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Settings } from '../contract/settings.ts';
import type { SettingsStore, StoredSettings } from '../monitor/settings-store.ts';
import { type FileContent, readSettingsFile } from './settings-file.ts';
import { readYamlDocument, type YamlDocument } from './yaml-document.ts';
import { applyChanges } from './yaml-edit.ts';

const heading = ` Plimsoll's settings. Plimsoll changes only what you change in the window and keeps your comments.
 "plimsoll check FILE" says whether a file is valid.`;

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

  /** Relative paths in the settings start beside the file, or in `directory` where one is given. */
  constructor(file: string, directory?: string) {
    this.location = resolve(file);
    this.directory = directory ?? dirname(this.location);
  }

  read(): StoredSettings | null {
    const file = readSettingsFile(this.location);
    if (file === null) return null;
    // What we saved ourselves comes back when the file is looked at: thousands of rules take a second to read.
    if (this.#last === undefined || !Buffer.from(this.#last.bytes).equals(file.bytes)) {
      const document = readYamlDocument(file.bytes);
      this.#last = { bytes: file.bytes, revision: revisionOf(file.bytes), document };
    }
    return { content: this.#last.document.content, revision: this.#last.revision };
  }

  describe(path: readonly PropertyKey[]): { line: number; column: number } | undefined {
    return this.#last?.document.describe(path);
  }

  /** One at a time: of two that are based on the same revision the second is a conflict. */
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
    const bytes = onDisk === undefined ? newDocument(next) : edited(onDisk, previous, next);
    const document = readYamlDocument(bytes);
    if (file === null || !Buffer.from(file.bytes).equals(bytes)) await this.#replace(file, bytes);
    this.#last = { bytes, revision: revisionOf(bytes), document };
    return this.#last.revision;
  }

  /** A file that was deleted while we ran is written again from what we read, comments included. */
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
    await writeFileDurably(target, bytes, { mode });
    // The umask may have taken away what the owner had granted.
    if (file !== null && process.platform !== 'win32') await chmod(target, mode);
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function edited(bytes: Uint8Array, previous: Settings | null, next: Settings): Uint8Array {
  const { tree, text } = readYamlDocument(bytes);
  if (!applyChanges(tree, previous, next)) return bytes;
  return encode(tree, text, Buffer.from(bytes).subarray(0, 3).equals(byteOrderMark));
}

function newDocument(settings: Settings): Uint8Array {
  const tree = new Document(JSON.parse(JSON.stringify(settings)));
  tree.commentBefore = heading;
  return Buffer.from(tree.toString({ lineWidth: 0 }));
}

/** The tree as text, in the manner of the text it came from. */
function encode(tree: Document, text: string, withByteOrderMark: boolean): Uint8Array {
  const listsAreIndented = !/^( *)[^\s#-][^\n]*:[ \t]*(#[^\n]*)?\r?\n\1- /m.test(text);
  const step = /^( {1,8})\S/m.exec(text)?.[1]?.length ?? 2;
  const written = withoutAddedLine(tree, text, {
    lineWidth: 0,
    indentSeq: listsAreIndented,
    indent: Math.min(Math.max(step, 2), 8),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  });
  const lines = text.includes('\r\n') ? written.replace(/\r?\n/g, '\r\n') : written;
  return Buffer.concat([withByteOrderMark ? byteOrderMark : Buffer.alloc(0), Buffer.from(lines)]);
}

/** The library puts a blank line before the document's last comment; where there was none, there shall be none. */
function withoutAddedLine(tree: Document, text: string, style: ToStringOptions): string {
  const written = tree.toString(style);
  if (tree.comment === null) return written;
  const ending = `${tree.comment.replace(/^(?!$)/gm, '#')}\n`;
  const hadBlankLine = /\n[ \t]*\r?\n$/.test(
    text.slice(0, Math.max(0, text.lastIndexOf(ending.split('\n')[0] ?? ''))),
  );
  return hadBlankLine || !written.endsWith(`\n\n${ending}`)
    ? written
    : `${written.slice(0, -ending.length - 1)}${ending}`;
}

function revisionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
