import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const module = pathToFileURL(join(root, 'src-main/start.mjs')).href;

/** Electron refuses to run as root, and so do we to start it; these tests may be run by root all the same. */
const somebody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-start-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program in Electron's place. */
function electron(script: string): void {
  writeFileSync(join(folder, 'electron'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function start(env: NodeJS.ProcessEnv, user: { uid?: number; gid?: number } = somebody) {
  const code = `const { startDesktop } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify({ why: await startDesktop(['--hidden']) }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    ...user,
    cwd: '/',
    env: { PATH: process.env['PATH'], ELECTRON_OVERRIDE_DIST_PATH: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said += part.toString()));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, said }));
  return { child, ended, said: () => said };
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  it('needs a display', async () => {
    expect((await start({}).ended).said).toBe('{"why":"there is no display"}\n');
  });

  it('does not run Electron as root', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('is not run by root');
    const { said } = await start({ DISPLAY: ':0' }, {}).ended;
    expect(said).toContain('Electron does not run as root');
  });

  it('starts the checkout in Electron and ends as that ends', async () => {
    electron('echo "$@"; exit 3');
    const { exitCode, said } = await start({ DISPLAY: ':0' }).ended;
    expect({ exitCode, said }).toEqual({ exitCode: 3, said: `${root} --hidden\n{"why":null}\n` });
  });

  it('passes on that it was asked to end', async () => {
    electron('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
    const { child, ended, said } = start({ WAYLAND_DISPLAY: 'wayland-0' });
    while (!said().includes('ready')) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await ended).exitCode).toBe(7);
  });

  it('says so when Electron dies at once', async () => {
    electron('kill -TRAP $$');
    expect((await start({ DISPLAY: ':0' }).ended).said).toBe(
      '{"why":"Electron does not run here (SIGTRAP)"}\n',
    );
  });

  it('gives up fetching it soon where nobody answers', async () => {
    const startedAt = performance.now();
    // Port 1 of this machine: refused at once, as a network that is away often is not.
    const { said } = await start({ DISPLAY: ':0', ELECTRON_MIRROR: 'http://127.0.0.1:1/' }).ended;
    expect(said).toContain('is not here and cannot be fetched');
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
