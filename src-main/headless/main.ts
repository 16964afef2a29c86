import { createWriteStream, fstatSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ownVersion } from '../base/built.ts';
import { systemClock } from '../base/clock.ts';
import { runProgram } from './program.ts';
import { Terminal } from './terminal.ts';

const terminal = new Terminal(output(), process.stderr);

process.exitCode = await runProgram(process.argv.slice(2), {
  version: ownVersion(),
  terminal,
  clock: systemClock,
  platform: process.platform,
  env: process.env,
  accountHome: accountHome(),
  workingDirectory: process.cwd(),
});
await terminal.flush();
process.exit();

/** If a file takes only part of a write, as on a disk that becomes full, Node's own stream silently loses the rest. */
function output(): NodeJS.WritableStream {
  const { fd } = process.stdout;
  return isFile(fd) ? createWriteStream('', { fd, autoClose: false }) : process.stdout;
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/** The home directory from the account table; a user in a container may not be in it. */
function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}
