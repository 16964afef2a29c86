// What `npm start` does in a checkout: the desktop where there can be one, otherwise the headless door, after one line
// that says why.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const electronFolder = join(root, 'node_modules/electron');

/** Whether anybody is there to fetch Electron from. */
const reachableMs = 2000;
/** A download that is not done by then will not be. */
const fetchMs = 10 * 60_000;
/** What ends sooner than this, by a signal or for want of a library, does not run here. */
const stillbornMs = 3000;

const binaries = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

/**
 * Starts the desktop and resolves when it has ended: with null, or with the reason why there is none here.
 *
 * @param {readonly string[]} args
 * @returns {Promise<string | null>}
 */
export async function startDesktop(args) {
  const found = whyNoDisplay() ?? (await findElectron());
  if (typeof found === 'string') return found;
  return run(found.binary, [root, ...args]);
}

function whyNoDisplay() {
  if (process.platform !== 'linux') return null;
  const { DISPLAY: x11, WAYLAND_DISPLAY: wayland } = process.env;
  if (!x11 && !wayland) return 'there is no display';
  return process.getuid?.() === 0 ? 'Electron does not run as root' : null;
}

async function findElectron() {
  const binary = installedBinary();
  if (binary !== null) return { binary };
  const { version } = JSON.parse(readFileSync(join(electronFolder, 'package.json'), 'utf8'));
  if (!(await canReach(process.env.ELECTRON_MIRROR || 'https://github.com'))) {
    return `Electron ${version} is not here and cannot be fetched (later: npx install-electron --no)`;
  }
  console.log(`Fetching Electron ${version}, about 120 MB, this once.`);
  if (!(await fetchElectron()))
    return `Electron ${version} could not be fetched (try: npx install-electron --no)`;
  const fetched = installedBinary();
  return fetched === null ? `Electron ${version} was fetched and is not there` : { binary: fetched };
}

function installedBinary() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(electronFolder, 'dist');
  const binary = join(folder, binaries[process.platform] ?? 'electron');
  return existsSync(binary) ? binary : null;
}

/** Behind a proxy only the installer knows the way. */
async function canReach(address) {
  const { HTTPS_PROXY, https_proxy, ELECTRON_GET_USE_PROXY } = process.env;
  if (ELECTRON_GET_USE_PROXY && (HTTPS_PROXY || https_proxy)) return true;
  try {
    await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(reachableMs) });
    return true;
  } catch {
    return false;
  }
}

function fetchElectron() {
  return new Promise((resolve) => {
    const installer = spawn(process.execPath, [join(electronFolder, 'install.js')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: fetchMs,
      killSignal: 'SIGKILL',
    });
    installer.on('error', () => resolve(false));
    installer.on('exit', (code) => resolve(code === 0));
  });
}

/** Same terminal, same signals, same end. */
function run(binary, args) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const passOn = Object.fromEntries(
      ['SIGTERM', 'SIGHUP', 'SIGINT'].map((signal) => [
        signal,
        () => {
          // Ctrl-C reaches the whole foreground group: passed on as well, it would count as pressed twice.
          if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
        },
      ]),
    );
    // Before it starts: whoever sees it start may ask it to end at once.
    for (const [signal, pass] of Object.entries(passOn)) process.on(signal, pass);
    const child = spawn(binary, args, { stdio: 'inherit', windowsHide: false });
    const ended = (why) => {
      for (const [signal, pass] of Object.entries(passOn)) process.off(signal, pass);
      resolve(why);
    };
    child.on('error', (error) => ended(`Electron does not start (${error.message})`));
    child.on('exit', (code, signal) => {
      const isStillborn = performance.now() - startedAt < stillbornMs;
      if (isStillborn && (code === 127 || ['SIGTRAP', 'SIGSEGV', 'SIGABRT', 'SIGILL'].includes(signal))) {
        return ended(`Electron does not run here (${signal ?? `code ${code}`})`);
      }
      process.exitCode = signal === null ? code : 128 + constants.signals[signal];
      ended(null);
    });
  });
}
