import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Name and version of the nearest package.json above an entry, which Electron takes for those of the application. */
export function packageFacts(entry: string): { name: string; version: string } {
  for (let folder = resolve(entry); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const content = JSON.parse(readFileSync(file, 'utf8')) as {
        name?: string;
        productName?: string;
        version?: string;
      };
      return { name: content.productName ?? content.name ?? 'Electron', version: content.version ?? '0.0.0' };
    }
    if (folder === dirname(folder)) return { name: 'Electron', version: '0.0.0' };
  }
}
