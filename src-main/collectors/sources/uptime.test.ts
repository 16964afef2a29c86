import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { uptime } from './uptime.ts';

test('whole seconds, and when it began', async () => {
  const system = scriptedSystem({ uptime: [{ seconds: 90_061.99, bootedAt: 1_795_233_000 }] });
  const collector = uptime.open({}, sourceSurroundings({ system }));
  expect(await collector.collect(new AbortController().signal)).toEqual([
    { metric: 'uptime_seconds', labels: {}, value: 90_061 },
    { metric: 'boot_time', labels: {}, value: 1_795_233_000 },
  ]);
});
