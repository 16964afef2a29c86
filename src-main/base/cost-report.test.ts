import { expect, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { CostReport } from './cost-report.ts';

test('goes along with what is sent anyway, about every ten seconds', async () => {
  const clock = new HandClock();
  const sentAt: number[] = [];
  const begun = clock.monotonic();
  const report = new CostReport(clock, () => sentAt.push(clock.monotonic() - begun));
  report.send();
  for (let second = 1; second <= 30; second++) {
    await clock.turn(1000);
    report.goAlong();
  }
  expect(sentAt).toEqual([0, 10_000, 20_000, 30_000]);
});

test('goes alone when nothing else is sent, before main would think that this process hangs', async () => {
  const clock = new HandClock();
  let sent = 0;
  new CostReport(clock, () => sent++).send();
  await clock.turn(60_000);
  expect(sent).toBe(6);
});
