#!/usr/bin/env node
// The launcher, built to dist/plimsoll.mjs. It must parse on every Node that may be installed: a static import of
// node:sqlite ends an older Node before it can say a word, so the program itself is imported only after this check. What only
// an older Node needs is imported where it needs it: each import stays in memory for as long as Plimsoll runs.

const needed = [24, 18];
const unavailable = 69;

function isNewEnough(version) {
  const parts = version.split('.').map(Number);
  return parts[0] > needed[0] || (parts[0] === needed[0] && parts[1] >= needed[1]);
}

/** The Node that npm installed for this platform: beside a checkout's dist/, or beside the installed package. */
async function findInstalledNode() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = 'node-' + platform + '-' + process.arch + '/bin/node' + (platform === 'win' ? '.exe' : '');
  return ['../node_modules/', '../../']
    .map((folder) => fileURLToPath(new URL(folder + file, import.meta.url)))
    .find((path) => path !== process.execPath && existsSync(path));
}

function explainAndExit() {
  const advice =
    process.platform === 'darwin'
      ? 'Install Node ' +
        needed.join('.') +
        ' or newer, for example from https://nodejs.org, and run this again.'
      : 'Run "npm install" in the checkout, which brings its own Node, or install Node ' +
        needed.join('.') +
        '.';
  console.error(
    'Plimsoll needs Node ' + needed.join('.') + ' or newer; this is ' + process.versions.node + '. ' + advice,
  );
  process.exitCode = unavailable;
}

/** Continues in the other Node: same arguments, same streams, same end. */
async function continueIn(node) {
  const { spawn } = await import('node:child_process');
  const { constants } = await import('node:os');
  const { fileURLToPath } = await import('node:url');
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {
    stdio: 'inherit',
  });
  child.on('error', explainAndExit);
  ['SIGTERM', 'SIGHUP', 'SIGINT'].forEach((signal) => {
    process.on(signal, () => {
      // Ctrl-C reaches the whole foreground group: passed on as well, it would count as pressed twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

if (isNewEnough(process.versions.node)) {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  // The space for new objects stays as small as it begins: 12 MB less that are resident, and no more time for them.
  setFlagsFromString('--semi-space-growth-factor=1');
  // What runs a few times a second is not worth compiling to the last degree; what a busy hub runs is, seconds later than usual.
  setFlagsFromString('--invocation-count-for-maglev=4000');
  setFlagsFromString('--invocation-count-for-turbofan=100000');
  await import('./main/headless.mjs');
} else {
  const node = await findInstalledNode();
  if (node === undefined) explainAndExit();
  else await continueIn(node);
}
