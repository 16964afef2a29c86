import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../contract/delivery.ts';
import type { ScriptsView } from '../../contract/script.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { askOwner } from '../owner-api.ts';

let line: CommandLine;

beforeEach(() => {
  line = new CommandLine();
  chmodSync(line.home, 0o700);
});
afterEach(() => line.close());

test.skipIf(process.platform === 'win32')(
  'a program runs for alerts once it is approved, and what was due until then reaches it',
  async () => {
    const file = join(line.home, 'tell.sh');
    writeFileSync(file, '#!/bin/sh\ncat >> told\necho "$PLIMSOLL_EVENT $PLIMSOLL_RULE"\n', { mode: 0o755 });
    const settings = join(line.home, 'plimsoll.yaml');
    writeFileSync(
      settings,
      `version: 1
sources: [{ name: memory, kind: memory, intervalSeconds: 1 }]
rules: [{ id: any, name: "$(touch pwned)", source: memory, metric: memory_percent, comparison: greater_than, threshold: 0 }]
destinations: [{ name: tell, kind: command, file: tell.sh }]
`,
    );
    const { child, outcome } = await line.start(['--port', '0', '--config', settings]);
    const ask = (path: string) => askOwner(line.data, 'GET', `/api/v1/${path}`);
    const deliveries = async () => (await ask('deliveries')) as Delivery[];
    await expect
      .poll(deliveries, { timeout: 60_000 })
      .toMatchObject([
        { state: 'queued', error: expect.stringContaining('has not been approved') as string },
      ]);
    expect(((await ask('scripts')) as ScriptsView).scripts).toMatchObject([
      { path: file, state: 'waiting', sources: [], destinations: ['tell'] },
    ]);

    const approved = await line.run(['scripts', 'approve', file, '--data', line.data]);
    expect([approved.code, approved.out]).toEqual([0, expect.stringMatching(/Used by +tell\n/)]);
    await expect
      .poll(deliveries, { timeout: 120_000 })
      .toMatchObject([{ state: 'sent', receipt: `${file} ended well: firing $(touch pwned)` }]);
    const [record] = readFileSync(join(line.home, 'told'), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(record ?? '')).toMatchObject({ event: 'firing', id: (await deliveries())[0]?.id });
    expect(readFileSync(settings, 'utf8')).not.toContain('kind: script');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
  300_000,
);
