import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRunning } from '../testing/command-line.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'plimsoll-signs-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A service with one child that ignores all signals, running `then` once both are ready. Prints the child's pid. */
function service(then: string) {
  const child = join(directory, 'child.mjs');
  writeFileSync(
    child,
    `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); process.send('up');`,
  );
  const main = join(directory, 'main.ts');
  const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  writeFileSync(
    main,
    `import { openLog } from ${from('../base/log.ts')};
     import { LifeSigns } from ${from('./life-signs.ts')};
     import { spawnByFork } from ${from('./spawn.ts')};
     import { Terminal } from ${from('./terminal.ts')};
     const log = openLog(${JSON.stringify(join(directory, 'logs'))});
     const children = spawnByFork({ entryPath: () => ${JSON.stringify(child)}, env: process.env, log });
     const terminal = new Terminal(process.stdout, process.stderr);
     const signs = new LifeSigns({ terminal, log, dataDirectory: ${JSON.stringify(directory)}, logDirectory: ${JSON.stringify(join(directory, 'logs'))}, endChildren: () => children.killAll() });
     const port = children.spawn('history');
     port.onMessage(() => { terminal.out(String(port.pid)); ${then} });`,
  );
  return spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function pidOf(process: ReturnType<typeof service>): Promise<number> {
  const [line] = (await once(process.stdout, 'data')) as [Buffer];
  return Number(line.toString().trim());
}

it.each(["throw new Error('a bug');", "void Promise.reject(new Error('a bug'));"])(
  'an unexpected error is logged, ends the children and says where the log is: %s',
  async (then) => {
    const main = service(then);
    const error = text(main.stderr);
    const pid = await pidOf(main);
    const [code] = (await once(main, 'exit')) as [number];
    const logs = join(directory, 'logs');
    expect([code, await error]).toEqual([
      1,
      `plimsoll: ended by an unexpected error (a bug); the log is in ${logs}\n`,
    ]);
    expect(readFileSync(join(logs, 'monitor.log'), 'utf8')).toContain('ended by an unexpected error');
    await expect.poll(() => isRunning(pid)).toBe(false);
  },
);

it('a second signal ends it at once, although the stop that the first one asked for never ends', async () => {
  const main = service("void signs.stopAsked.then(() => terminal.out('stopping'));");
  const pid = await pidOf(main);
  main.kill('SIGTERM');
  expect(await pidOf(main)).toBeNaN();
  main.kill('SIGTERM');
  expect(await once(main, 'exit')).toEqual([130, null]);
  await expect.poll(() => isRunning(pid)).toBe(false);
});
