import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { writeHistory } from '../testing/write-history.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const notWhole = expect.stringMatching(
  /^plimsoll: There is no room for the output \((ENOSPC|EFBIG)\): .* not whole/,
);

/** An export of two thousand lines. */
async function exportWords(): Promise<string[]> {
  mkdirSync(line.data);
  const at = Date.now() - 3_600_000;
  await writeHistory(
    line.data,
    Array.from({ length: 2000 }, (_, tick) => ({
      ...{ host: 'h', source: 's', at: at + 1000 * tick, durationMs: 1, error: null },
      samples: [{ metric: 'm', labels: {}, value: tick }],
    })),
  );
  return ['history', 'export', '--since', '2h', '--data', line.data];
}

describe.skipIf(process.platform !== 'linux')('output that cannot be written', () => {
  it.each([[['--help']], [['--version']], [['config', 'schema']], [['downtime', 'add', '--help']]])(
    'is said of %j',
    async (words) => {
      expect(await line.runInShell('"$@" > /dev/full', words)).toMatchObject({ code: 73, error: notWhole });
    },
  );

  it('is said of an export, which then stops', async () => {
    const words = await exportWords();
    expect(await line.runInShell('"$@" > /dev/full', words)).toMatchObject({ code: 73, error: notWhole });
    const whole = await line.run(words);
    expect([whole.code, whole.out.split('\n').length]).toEqual([0, 2001]);
    // A reader that stops reading gets no error message.
    expect(await line.runInShell('("$@"; echo "$?" >&2) | head -n 1', words)).toMatchObject({
      out: `${whole.out.split('\n')[0] ?? ''}\n`,
      error: '0\n',
    });
  });

  it('is said where a file took the beginning and had no room for the rest', async () => {
    const file = join(line.home, 'schema.json');
    const outcome = await line.runInShell(`ulimit -f 1; "$@" > '${file}'`, ['config', 'schema']);
    expect(statSync(file).size).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ code: 73, error: notWhole });
  });

  it('is whole in a file with room for it, behind what stood there', async () => {
    const file = join(line.home, 'help.txt');
    const { out } = await line.run(['--help']);
    expect(
      await line.runInShell(`echo before > '${file}'; "$@" >> '${file}'; cat '${file}'`, ['--help']),
    ).toMatchObject({
      code: 0,
      out: `before\n${out}`,
    });
  });

  it('is said of a file that is named, whatever is in the way', async () => {
    const words = await exportWords();
    const there = join(line.home, 'there.jsonl');
    writeFileSync(there, 'mine');
    for (const [out, said] of [
      [there, 'is there already, and is not replaced'],
      ['/proc/x', 'could not be written in /proc'],
      [join(there, 'x'), `could not be written in ${there}`],
    ] as const) {
      const outcome = await line.run([...words, '--out', out]);
      expect([outcome.code, outcome.error]).toEqual([73, expect.stringContaining(said)]);
      expect(outcome.error).toMatch(/^plimsoll: .*\n$/);
    }
    expect(readFileSync(there, 'utf8')).toBe('mine');
    const cut = join(line.home, 'cut.jsonl');
    expect(await line.runInShell('ulimit -f 1; "$@"', [...words, '--out', cut])).toMatchObject({
      code: 73,
      error: expect.stringContaining('cut.jsonl could not be written') as string,
    });
    expect(existsSync(cut)).toBe(false);
  });
});
