import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const usualPlaces = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'Google\\Chrome\\Application\\chrome.exe')),
};

/**
 * The path of a Chromium that runs: named by `PLIMSOLL_CHROMIUM`, installed, Playwright's own (fetched when it can be),
 * or, for root on Debian, from Debian's packages. Otherwise `advice` says what to do.
 */
export function findChromium(playwright) {
  const named = process.env.PLIMSOLL_CHROMIUM;
  if (named !== undefined && named !== '') {
    return runs(named)
      ? { path: named }
      : {
          advice: `PLIMSOLL_CHROMIUM is ${named}, which does not run. Name a Chromium, or leave the variable away.`,
        };
  }
  const path = installed() ?? fromPlaywright(playwright) ?? fromDebian();
  if (path !== undefined) return { path };
  const command =
    process.platform === 'linux' && existsSync('/usr/bin/apt-get')
      ? 'sudo apt-get update && sudo apt-get install -y chromium'
      : 'npx playwright install chromium';
  return { advice: `The browser tests need Chromium. Run: ${command}` };
}

function installed() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...(usualPlaces[process.platform] ?? [])].find(runs);
}

function fromPlaywright(playwright) {
  const own = () => {
    const script = `import('@playwright/test').then(({ chromium }) => console.log(chromium.executablePath()))`;
    return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout.trim();
  };
  if (runs(own())) return own();
  console.log('No Chromium is installed; asking Playwright for one.');
  spawnSync(process.execPath, [playwright, 'install', 'chromium'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 180_000,
  });
  return runs(own()) ? own() : undefined;
}

function fromDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  console.log("Installing Chromium from the system's packages.");
  const options = {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['-q', 'update'], options);
  spawnSync('apt-get', ['-q', 'install', '-y', 'chromium'], options);
  return installed();
}

/** Ubuntu's `chromium-browser` may be a note that says where to get it; Windows opens a window instead of answering. */
function runs(path) {
  if (!existsSync(path)) return false;
  if (process.platform === 'win32') return true;
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 && /Chrom/.test(stdout);
}
