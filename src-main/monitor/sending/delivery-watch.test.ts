import { expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { DestinationHealth } from '../../contract/delivery.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { DeliveryWatch, keptContexts, keptMs } from './delivery-watch.ts';

const minute = 60_000;
const clock = new HandClock();
const fine: DestinationHealth = {
  destination: 'mail',
  ...{ waiting: 0, failed: 0, arrivedAt: clock.now(), failingSince: null, error: null, nextAt: null },
};

function watch(health: () => DestinationHealth[]) {
  const notices: (string | null)[][] = [];
  const asked: number[][] = [];
  const contexts: number[][] = [];
  let old = 2500;
  const state = {
    deliveries: {
      forget(before: number, atMost: number) {
        asked.push([before - clock.now(), atMost]);
        const removed = Math.min(old, atMost);
        old -= removed;
        return removed;
      },
    },
    alerts: {
      forgetContexts(kept: number, atMost: number) {
        contexts.push([kept, atMost]);
        return 0;
      },
    },
  };
  const notice = (id: string, message: string | null) => void notices.push([id, message]);
  return {
    notices,
    asked,
    contexts,
    watch: new DeliveryWatch({ clock, log: silentLog, state, health, notice }),
  };
}

it('tells of a destination that nothing has reached for ten minutes, until something does', async () => {
  let health = { ...fine, failingSince: clock.now(), waiting: 3, error: 'no answer' };
  const { notices, watch: deliveries } = watch(() => [health, { ...fine, destination: 'other' }]);
  deliveries.look();
  expect(notices).toEqual([]);
  await clock.turn(10 * minute);
  deliveries.look();
  expect(notices).toEqual([
    [
      'destination-mail',
      expect.stringMatching(/^Nothing has reached .* mail since .*Z \(3 waiting\)\. no answer$/),
    ],
  ]);
  health = fine as typeof health;
  deliveries.look();
  expect(notices.at(-1)).toEqual(['destination-mail', null]);
  deliveries.look();
  expect(notices).toHaveLength(2);
});

it('forgets what is older than ninety days, a thousand at once, and looks again in an hour', async () => {
  const { asked, contexts, watch: deliveries } = watch(() => []);
  for (let look = 0; look < 5; look++) deliveries.look();
  expect(asked).toEqual(Array(3).fill([-keptMs, 1000]));
  await clock.turn(60 * minute);
  deliveries.look();
  expect(asked).toHaveLength(4);
  expect(contexts.at(-1)).toEqual([keptContexts, 1000]);
});
