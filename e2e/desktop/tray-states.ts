import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DesktopApp } from './desktop-app.ts';

const folder = join(import.meta.dirname, '../../resources/icons/tray');

/** Every picture of the tray by the hash of its bytes: an image that came from bytes has no name. */
const known = new Map(
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
      name,
    ]),
);

/** What the tray's image says: the first word of its file's name. */
export async function trayState(app: DesktopApp): Promise<string | undefined> {
  const image = (await app.tray())?.image;
  if (image === undefined) return undefined;
  return /^[a-z]+/.exec(basename(known.get(image) ?? image))?.[0];
}
