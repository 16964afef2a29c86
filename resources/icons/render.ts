// Draws every icon file from the SVGs in marks/ and app/.
//
//   npm run icons
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { drawAll, folder } from './draw.ts';

const files = await drawAll();
for (const old of ['tray', 'app/linux']) rmSync(join(folder, old), { recursive: true, force: true });
for (const [path, bytes] of files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}
process.stdout.write(`${files.size} files drawn\n`);
