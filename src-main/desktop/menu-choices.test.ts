import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { menuChoices } from './menu-choices.ts';
import type { MenuAction } from './tray-menu.ts';

const minute = 60_000;

test('each choice does its one thing, and the menu is brought up to date after it, also when it fails', async () => {
  const done: unknown[] = [];
  const clock = new HandClock(Date.UTC(2026, 0, 5, 12));
  const choose = menuChoices({
    alerts: {
      acknowledge() {
        throw new PlimsollError('not_found', 'the alert is over');
      },
      snooze: (...given) => void done.push(['snooze', ...given]),
      unsnooze: (...given) => void done.push(['unsnooze', ...given]),
      pause: (until) => void done.push(['pause', until]),
    },
    loginItem: { turn: (on) => Promise.resolve(void done.push(['login', on])) },
    ...{ clock, log: silentLog },
    showWindow: (route) => done.push(['window', route]),
    showPopover: () => done.push('popover'),
    quit: () => done.push('quit'),
    onDone: () => done.push('up to date'),
  });
  const what = (action: MenuAction) => {
    choose(action);
    return done.splice(0);
  };
  expect(what({ do: 'open', route: 'rules' })).toEqual([['window', 'rules'], 'up to date']);
  expect(what({ do: 'quick-look' })).toEqual(['popover', 'up to date']);
  expect(what({ do: 'acknowledge', alertId: 'a' })).toEqual(['up to date']);
  const inAnHour = clock.now() + 60 * minute;
  expect(what({ do: 'snooze', alertId: 'a', until: 60 })).toEqual([['snooze', 'a', inAnHour], 'up to date']);
  expect(what({ do: 'snooze', alertId: 'a', until: 'resolved' })).toEqual([
    ['snooze', 'a', null],
    'up to date',
  ]);
  expect(what({ do: 'unsnooze', alertId: 'a' })).toEqual([['unsnooze', 'a'], 'up to date']);
  expect(what({ do: 'pause', until: 60 })).toEqual([['pause', inAnHour], 'up to date']);
  expect(what({ do: 'resume' })).toEqual([['pause', null], 'up to date']);
  expect(what({ do: 'quit' })).toEqual(['quit', 'up to date']);
  expect(what({ do: 'start-at-login', wanted: true })).toEqual([['login', true], 'up to date']);
  // It says so only once the system has taken it.
  await Promise.resolve();
  expect(done).toEqual(['up to date']);
});
