import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const port = pathToFileURL(join(import.meta.dirname, 'parent-port.ts')).href;

/** Runs `program` in a child that may use `openParentPort`, until it ends. */
async function run(
  program: string,
  tell: unknown[] = [],
  attend: (child: ChildProcess) => void = () => undefined,
) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-port-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'child.mjs');
  writeFileSync(file, `import { openParentPort } from ${JSON.stringify(port)};\n${program}`);
  const child = fork(file, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: unknown[] = [];
  let stderr = '';
  child.on('message', (message) => said.push(message));
  attend(child);
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for (const message of tell) child.send(message as object);
  // A child that was cut off is never told to have closed.
  const read = child.stderr && once(child.stderr, 'end');
  const [code] = (await once(child, 'exit')) as [number | null];
  await read;
  return { code, said, stderr };
}

test('what was sent before leaving arrives', async () => {
  const { code, said } = await run(
    `
    const port = openParentPort('test');
    port.onMessage(({ count }) => {
      for (let index = 0; index < count; index++) port.send({ index, ballast: 'x'.repeat(1000) });
      port.leave();
    });`,
    [{ count: 2000 }],
  );
  expect(code).toBe(0);
  expect(said).toHaveLength(2000);
});

test('what is sent often arrives in its order, and before what is sent after it', async () => {
  const { said } = await run(
    `
    const port = openParentPort('test');
    port.onMessage(({ count }) => {
      for (let index = 0; index < count; index++) port.sendOften({ index, ballast: 'x'.repeat(1000) });
      port.send({ index: count });
      port.leave();
    });`,
    [{ count: 2000 }],
  );
  expect(said.map((message) => (message as { index: number }).index)).toEqual(
    Array.from({ length: 2001 }, (_, index) => index),
  );
});

test('what cannot be sent any more ends nobody', async () => {
  const { code, stderr } = await run(
    `
    const port = openParentPort('test');
    port.onMessage(() => {
      port.send('cut me off');
      // It learns that it was cut off only after this.
      const until = Date.now() + 500;
      while (Date.now() < until);
      port.sendOften({ lost: true });
      setTimeout(() => {
        console.error('still here');
        process.exit(7);
      }, 100);
    });`,
    [{ begin: true }],
    (child) => child.on('message', () => child.disconnect()),
  );
  expect(stderr).toBe('still here\n');
  expect(code).toBe(7);
});

test('a rejection that nobody handles ends the process with code 1 and one line that says why', async () => {
  const { code, stderr } = await run(`
    openParentPort('test').onMessage(() => undefined);
    Promise.reject(new Error('the reason'));`);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^plimsoll test: ended by an unexpected error: Error: the reason/);
});

test('under utilityProcess it speaks through process.parentPort', async () => {
  const { said } = await run(`
    import { EventEmitter } from 'node:events';
    const electron = Object.assign(new EventEmitter(), { postMessage: (message) => process.send({ posted: message }) });
    process.parentPort = electron;
    const port = openParentPort('test');
    port.onMessage((message) => port.send({ echo: message }));
    port.onCut(() => port.leave());
    electron.emit('message', { data: 'hello', ports: [] });
    electron.emit('close');`);
  expect(said).toEqual([{ posted: { echo: 'hello' } }]);
});
