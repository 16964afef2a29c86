import { expect, test } from 'vitest';
import { scriptedSystem } from '../../testing/scripted-system.ts';
import { sourceSurroundings } from '../../testing/surroundings.ts';
import { temperatures } from './temperatures.ts';

test('one series for each sensor, to a tenth of a degree', async () => {
  const system = scriptedSystem({
    temperatures: [
      [
        { sensor: 'coretemp Package id 0', celsius: 61.25 },
        { sensor: 'evil\u001b[2J', celsius: -3 },
      ],
    ],
  });
  const collector = temperatures.open({}, sourceSurroundings({ system }));
  expect(await collector.collect(new AbortController().signal)).toEqual([
    { metric: 'temperature_celsius', labels: { sensor: 'coretemp Package id 0' }, value: 61.3 },
    { metric: 'temperature_celsius', labels: { sensor: 'evil\ufffd[2J' }, value: -3 },
  ]);
});
