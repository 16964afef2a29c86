import { expect, test } from 'vitest';
import { scriptedSystem } from '../testing/scripted-system.ts';
import { sourceSurroundings } from '../testing/surroundings.ts';
import { memory } from './memory.ts';

const { signal } = new AbortController();

test('percent is what programs can not have; a part that the system does not tell is absent, not 0', async () => {
  const system = scriptedSystem({ memory: [{ total: 3000, available: 1000, used: null, free: 0 }] });
  expect(await memory.open({}, sourceSurroundings({ system })).collect(signal)).toEqual([
    { metric: 'memory_percent', labels: {}, value: 66.67 },
    { metric: 'memory_total', labels: {}, value: 3000 },
    { metric: 'memory_available', labels: {}, value: 1000 },
    { metric: 'memory_free', labels: {}, value: 0 },
  ]);
});
