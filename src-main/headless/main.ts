import { userInfo } from 'node:os';
import { ownVersion } from '../base/built.ts';
import { systemClock } from '../base/clock.ts';
import { runProgram } from './program.ts';
import { Terminal } from './terminal.ts';

const terminal = new Terminal(process.stdout, process.stderr);

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

/** The home directory in the account table; a user in a container may not be in it. */
function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}
