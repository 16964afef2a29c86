import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const program = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  (path) => existsSync(path),
);

/** Whether there is a broker to test with: the package mosquitto of Debian. */
export const hasMosquitto = program !== undefined;

/** A broker of this machine that ends with the test. `lines` are those of mosquitto.conf(5) behind its listener; `files` stand beside it. */
export async function mosquitto(
  lines: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<{ port: number; directory: string }> {
  if (program === undefined) throw new Error('mosquitto is not installed');
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-mosquitto-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  const own = process.getuid?.() === 0 ? ['user root'] : [];
  const config = [`listener ${port} 127.0.0.1`, ...own, ...lines]
    .join('\n')
    .replaceAll('DIRECTORY', directory);
  writeFileSync(join(directory, 'mosquitto.conf'), config);
  const child = spawn(program, ['-c', join(directory, 'mosquitto.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill();
      await once(child, 'exit');
    }
    rmSync(directory, { recursive: true });
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended: ${said}`);
    if (await accepts(port)) return { port, directory };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`mosquitto does not listen: ${said}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
