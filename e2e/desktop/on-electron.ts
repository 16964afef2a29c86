import { _electron } from '@playwright/test';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from './desktop-app.ts';

const root = join(import.meta.dirname, '../..');

/**
 * The path of Electron's binary; null where it is not or where there is no display for it. Looks only, and fetches
 * nothing. `PLIMSOLL_DESKTOP_ON=stand-in` asks for the stand-in all the same.
 */
export function electronBinary(): string | null {
  if (process.env['PLIMSOLL_DESKTOP_ON'] === 'stand-in') return null;
  const hasDisplay = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined;
  const given = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const dist = given ?? join(root, 'node_modules/electron/dist');
  const name = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform as string
  ];
  const path = join(dist, name ?? 'electron');
  return hasDisplay && existsSync(path) ? path : null;
}

/** The desktop on Electron itself. */
export function onElectron(executablePath: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-recorder-'));
  const recorder = join(folder, 'recorder.mjs');
  // Electron is not asked whether it takes types off.
  const source = readFileSync(join(root, 'src-main/testing/electron/recorder.ts'), 'utf8');
  writeFileSync(recorder, stripTypeScriptTypes(source));
  return Promise.resolve({
    name: `Electron (${executablePath})`,
    async start({ entry, args, env }) {
      const electron = await _electron.launch({
        executablePath,
        args: ['-r', recorder, entry, ...args],
        env: { ...process.env, ...env } as Record<string, string>,
      });
      const child = electron.process();
      let output = '';
      const said = (part: Buffer): void => void (output += part.toString());
      child.stdout?.on('data', said);
      child.stderr?.on('data', said);
      return {
        process: child,
        output: () => output,
        pages: () => electron.windows(),
        evaluate: (run, argument) =>
          electron.evaluate(
            (module, [source, value]) =>
              // The function came here as text, as it does on the stand-in.
              (globalThis.eval(`(${source})`) as (...args: unknown[]) => unknown)(module, value),
            [run, argument] as const,
          ),
        ended: once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string),
        async discard() {
          child.kill('SIGKILL');
          await electron.close().catch(() => undefined);
        },
      };
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}
