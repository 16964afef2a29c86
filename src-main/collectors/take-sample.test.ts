import { expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { scriptedSystem } from '../testing/scripted-system.ts';
import { battery } from './sources/battery.ts';
import { cpu } from './sources/cpu.ts';
import { disk } from './sources/disk.ts';
import { memory } from './sources/memory.ts';
import { network } from './sources/network.ts';
import { sourceKinds } from './source-kinds.ts';
import { sampleSource, takeSample } from './take-sample.ts';

test('rates are measured over the seconds given, and the rest is read with them', async () => {
  const clock = new HandClock();
  const started = clock.now();
  const taken = takeSample({ seconds: 2, host: 'here', clock, system: scriptedSystem() });
  await clock.turn(2_000);
  const readings = await taken;
  expect(readings.map(({ host, source, at, error }) => [host, source, at - started, error])).toEqual(
    sourceKinds.filter(({ local }) => local === true).map(({ kind }) => ['here', kind, 2_000, null]),
  );
  expect(readings.flatMap(({ samples }) => samples)).toContainEqual({
    metric: 'bytes_recv_per_sec',
    labels: {},
    value: 1000,
  });
});

test('what fails is in its reading, and what needs no second collection does not wait', async () => {
  const clock = new HandClock();
  const system = {
    ...scriptedSystem(),
    volume: () => {
      throw new Error('gone');
    },
  };
  const readings = await takeSample({ seconds: 60, host: 'here', clock, system, kinds: [memory, disk] });
  expect(readings.map(({ samples, error }) => [samples.length, error])).toEqual([
    [9, null],
    [0, { code: 'internal', message: 'gone' }],
  ]);
});

test('what this machine has nothing of is left out', async () => {
  const system = {
    ...scriptedSystem(),
    battery: () => {
      throw new PlimsollError('unsupported', 'This machine has no battery.');
    },
  };
  const clock = new HandClock();
  const readings = await takeSample({ seconds: 1, host: 'here', clock, system, kinds: [battery, memory] });
  expect(readings.map(({ source }) => source)).toEqual(['memory']);
});

test('a kind that hangs costs its deadline, and is not asked again', async () => {
  const clock = new HandClock();
  let asked = 0;
  const system = {
    ...scriptedSystem(),
    networkCounters: () => {
      asked++;
      return new Promise<never>(() => undefined);
    },
  };
  const taken = takeSample({ seconds: 1, host: 'here', clock, system, kinds: [cpu, network] });
  await clock.turn(12_000);
  expect((await taken).map(({ samples, error }) => [samples.length, error?.code])).toEqual([
    [6, undefined],
    [0, 'deadline'],
  ]);
  expect(asked).toBe(1);
});

test('one source as it is configured is collected a second time only where its numbers need it', async () => {
  const clock = new HandClock();
  const surroundings = { seconds: 1, host: 'here', clock };
  const source = (kind: string, options = {}) => ({ name: 'mine', kind, options, secrets: {} });
  const rates = sampleSource(source('network'), scriptedSystem(), surroundings);
  await clock.turn(1000);
  expect(await rates).toMatchObject({ source: 'mine', error: null });
  expect((await rates).samples).toContainEqual({ metric: 'bytes_recv_per_sec', labels: {}, value: 2000 });
  const level = await sampleSource(source('memory'), scriptedSystem(), surroundings);
  expect([level.source, level.samples.length]).toEqual(['mine', 9]);
});

test('one source whose kind or secret is not there says so in its reading', async () => {
  const surroundings = { seconds: 1, host: 'here', clock: new HandClock() };
  const token = { env: 'TOKEN' };
  for (const [source, message] of [
    [{ kind: 'cqu', options: {}, secrets: {} }, /there is no kind cqu/],
    [
      {
        kind: 'http',
        options: { url: 'http://127.0.0.1:1/', token },
        secrets: { [JSON.stringify(token)]: { problem: 'The environment has no TOKEN.' } },
      },
      /The environment has no TOKEN/,
    ],
  ] as const) {
    const { samples, error } = await sampleSource({ name: 'x', ...source }, scriptedSystem(), surroundings);
    expect([samples, error?.message]).toEqual([[], expect.stringMatching(message)]);
  }
});
