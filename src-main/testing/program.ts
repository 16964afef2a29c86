import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { systemClock } from '../base/clock.ts';
import { runProgram } from '../headless/program.ts';
import { Terminal } from '../headless/terminal.ts';

/** The command line within this process, for commands that end by themselves, in a directory that nobody else uses. */
export class Program {
  readonly home = mkdtempSync(join(tmpdir(), 'plimsoll-program-'));
  readonly data = join(this.home, 'data');

  async run(
    words: readonly string[],
    env: Record<string, string> = {},
  ): Promise<{ code: number; out: string; error: string }> {
    const [out, error] = [new PassThrough(), new PassThrough()];
    const said = Promise.all([text(out), text(error)]);
    const code = await runProgram(words, {
      version: '0.0.0',
      terminal: new Terminal(out, error),
      clock: systemClock,
      platform: 'linux',
      env: { HOME: this.home, ...env },
      accountHome: this.home,
      workingDirectory: this.home,
    });
    out.end();
    error.end();
    const [onOut, onError] = await said;
    return { code, out: onOut, error: onError };
  }

  /** Writes a file below the home directory and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.home, name), 'utf8');
  }

  /** Every file below the home directory with its content. */
  everything(): Record<string, string> {
    const entries = readdirSync(this.home, { recursive: true, withFileTypes: true });
    return Object.fromEntries(
      entries
        .map((entry) => [join(entry.parentPath, entry.name), entry.isFile()] as const)
        .map(([path, isFile]) => [path, isFile ? readFileSync(path).toString('latin1') : '(directory)']),
    );
  }

  close(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
