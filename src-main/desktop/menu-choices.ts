import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import { spanEnd } from './tray-menu.ts';
import type { MenuAction } from './tray-menu.ts';

interface MenuChoiceParts {
  /** As of the monitor: times are epoch milliseconds. */
  alerts: {
    acknowledge(alertId: string, note: string | null): unknown;
    snooze(alertId: string, until: number | null): unknown;
    unsnooze(alertId: string): unknown;
    pause(until: number | null): void;
  };
  loginItem: { turn(on: boolean): Promise<void> };
  clock: Clock;
  log: Log;
  showWindow(route: string | null): void;
  showPopover(): void;
  quit(): void;
  /** Called after each choice: what the menu says may be out of date. */
  onDone(): void;
}

/** Carries out what somebody chose in the tray's menu or in a notification. */
export function menuChoices(parts: MenuChoiceParts): (action: MenuAction) => void {
  const { log, onDone } = parts;
  return (action) => {
    try {
      carryOut(action, parts);
    } catch (thrown) {
      // The alert may be over by now; the menu is brought up to date either way.
      log.warn('a choice could not be carried out', { action: action.do, reason: messageOf(thrown) });
    }
    onDone();
  };
}

function carryOut(action: MenuAction, parts: MenuChoiceParts): void {
  const { alerts, loginItem, clock, log } = parts;
  switch (action.do) {
    case 'open':
      return parts.showWindow(action.route);
    case 'quick-look':
      return parts.showPopover();
    case 'acknowledge':
      return void alerts.acknowledge(action.alertId, null);
    case 'snooze':
      return void alerts.snooze(
        action.alertId,
        action.until === 'resolved' ? null : spanEnd(action.until, clock.now()),
      );
    case 'unsnooze':
      return void alerts.unsnooze(action.alertId);
    case 'pause':
      return alerts.pause(spanEnd(action.until, clock.now()));
    case 'resume':
      return alerts.pause(null);
    case 'start-at-login':
      return void loginItem
        .turn(action.wanted)
        .then(parts.onDone, (error: unknown) => log.error('start at login could not be changed', { error }));
    case 'quit':
      return parts.quit();
  }
}
