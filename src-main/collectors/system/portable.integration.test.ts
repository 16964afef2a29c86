import { expect, onTestFinished, test } from 'vitest';
import { busyPercent } from '../sources/cpu.ts';
import { LinuxSystem } from './linux.ts';
import { PortableSystem } from './portable.ts';

/** Two ways to read one machine must roughly agree. There is no second platform at hand. */
test.runIf(process.platform === 'linux')('reads about the same as /proc', async () => {
  const linux = new LinuxSystem();
  const portable = new PortableSystem();
  onTestFinished(() => {
    linux.close();
    portable.close();
  });
  const before = { linux: linux.cpuTimes(), portable: portable.cpuTimes() };

  const memory = { linux: linux.memory(), portable: await portable.memory() };
  expect(memory.portable.total).toBe(memory.linux.total);
  expect(Math.abs(memory.portable.available - memory.linux.available)).toBeLessThan(
    0.03 * memory.linux.total,
  );

  expect(await portable.volume(portable.systemVolume)).toEqual(await linux.volume(linux.systemVolume));

  const early = new Map(linux.networkCounters().map((counters) => [counters.name, counters]));
  const answers = await portable.networkCounters();
  const late = new Map(linux.networkCounters().map((counters) => [counters.name, counters]));
  expect(answers.length).toBeGreaterThan(0);
  for (const { name, receivedBytes, sentBytes } of answers) {
    expect(receivedBytes, name).toBeGreaterThanOrEqual(early.get(name)?.receivedBytes ?? NaN);
    expect(receivedBytes, name).toBeLessThanOrEqual(late.get(name)?.receivedBytes ?? NaN);
    expect(sentBytes, name).toBeGreaterThanOrEqual(early.get(name)?.sentBytes ?? NaN);
    expect(sentBytes, name).toBeLessThanOrEqual(late.get(name)?.sentBytes ?? NaN);
  }

  const busyUntil = performance.now() + 2_000;
  while (performance.now() < busyUntil);
  const percents = {
    linux: busyPercent(before.linux, linux.cpuTimes()),
    portable: busyPercent(before.portable, portable.cpuTimes()),
  };
  expect(Math.abs((percents.linux ?? NaN) - (percents.portable ?? NaN))).toBeLessThan(10);
});
