import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { battery } from './battery.ts';

test('how full, and whether it is plugged in where that is told', async () => {
  const { signal } = new AbortController();
  const batteries = [
    { percent: 41.256, onAc: false },
    { percent: 42, onAc: true },
    { percent: 43, onAc: null },
  ];
  const system = scriptedSystem({ battery: batteries });
  const collector = battery.open({}, sourceSurroundings({ system }));
  const collected = [];
  for (const _ of batteries) collected.push(await collector.collect(signal));
  expect(collected.map((samples) => samples.map(({ value }) => value))).toEqual([[41.26, 0], [42, 1], [43]]);
});
