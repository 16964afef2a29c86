import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { PanelWatch } from './panel-watch.ts';

/** A watch on Wayland whose session bus answers these, one look after the other, and then the last one again. */
function watchOn(...answers: (boolean | null)[]) {
  const clock = new HandClock();
  const lookedAtMs: number[] = [];
  const watch = new PanelWatch({
    ...{ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' }, clock, log: silentLog },
    hasIcon: () => true,
    findWatcher() {
      const answer = answers[Math.min(lookedAtMs.push(clock.monotonic()), answers.length) - 1];
      return Promise.resolve(answer ?? null);
    },
  });
  return { clock, watch, lookedAtMs };
}

test('a panel that comes late is found', async () => {
  const { clock, watch, lookedAtMs } = watchOn(false, false, true);
  const begun = clock.monotonic();
  await watch.look();
  expect(watch.certainty).toBe('none');
  const neverComes = watch.neverComes();
  await clock.turn(60_000);
  expect(await neverComes).toBe(false);
  expect(watch.certainty).toBe('shown');
  expect(lookedAtMs.map((at) => at - begun)).toEqual([0, 1000, 4000]);
});

test('one that does not come within ten seconds is not waited for any longer', async () => {
  const { clock, watch, lookedAtMs } = watchOn(false);
  const begun = clock.monotonic();
  const neverComes = watch.neverComes();
  await clock.turn(60_000);
  expect(await neverComes).toBe(true);
  expect(lookedAtMs.map((at) => at - begun)).toEqual([1000, 4000, 10_000]);
});

test('where nobody can tell, the icon is taken to be there; and nobody looks after the end', async () => {
  const unknown = watchOn(null);
  const neverComes = unknown.watch.neverComes();
  await unknown.clock.turn(60_000);
  expect([await neverComes, unknown.watch.certainty]).toEqual([false, 'uncertain']);

  const closed = watchOn(false);
  const closedEarly = closed.watch.neverComes();
  closed.watch.close();
  await closed.clock.turn(60_000);
  expect([await closedEarly, closed.lookedAtMs]).toEqual([false, []]);
});
