import type { TrayAlert, TrayView } from './tray-view.ts';
import type { Words } from './words.ts';

/** The action of a menu item. */
export type MenuAction =
  | { do: 'open'; route: string | null }
  | { do: 'quick-look' }
  | { do: 'acknowledge'; alertId: string }
  | { do: 'snooze'; alertId: string; until: SpanEnd | 'resolved' }
  | { do: 'unsnooze'; alertId: string }
  | { do: 'pause'; until: SpanEnd }
  | { do: 'resume' }
  | { do: 'start-at-login'; wanted: boolean }
  | { do: 'quit' };

/** A duration in minutes, or until the next morning. */
export type SpanEnd = number | 'tomorrow';

/** An item of the menu as data; its `id` is independent of the label. */
export type MenuEntry =
  | { type: 'separator' }
  | { type: 'item'; id: string; label: string; action: MenuAction | null }
  | { type: 'check'; id: string; label: string; checked: boolean; action: MenuAction }
  | { type: 'submenu'; id: string; label: string; entries: MenuEntry[] };

/** Most alerts to list; the menu then says how many more there are. */
const alertsAtMost = 8;
/** Longer labels would make the menu as wide as the screen. */
const lettersAtMost = 90;

/** The tray menu. All its actions are available in the window, too. */
export function trayMenu(
  view: TrayView,
  options: { startsAtLogin: boolean | null },
  words: Words,
): MenuEntry[] {
  const separator = { type: 'separator' } as const;
  const { startsAtLogin } = options;
  return [
    { type: 'item', id: 'status', label: view.sentence, action: null },
    separator,
    { type: 'item', id: 'open', label: words.open, action: { do: 'open', route: null } },
    { type: 'item', id: 'popover', label: words.quickLook, action: { do: 'quick-look' } },
    separator,
    ...alertEntries(view.alerts, words),
    ...(view.isPaused
      ? [{ type: 'item', id: 'resume', label: words.resume, action: { do: 'resume' } } as const]
      : [pauseEntry(words)]),
    separator,
    {
      type: 'item',
      id: 'settings',
      label: words.settings,
      action: { do: 'open', route: '#/settings' },
    },
    ...(startsAtLogin === null
      ? []
      : [
          {
            type: 'check',
            id: 'login',
            label: words.startAtLogin,
            checked: startsAtLogin,
            action: { do: 'start-at-login', wanted: !startsAtLogin },
          } as const,
        ]),
    separator,
    { type: 'item', id: 'quit', label: words.quit, action: { do: 'quit' } },
  ];
}

/** The end of a span that begins at `now`; tomorrow means 8:00 local time. */
export function spanEnd(until: SpanEnd, now: number): number {
  if (until !== 'tomorrow') return now + until * 60_000;
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return morning.getTime();
}

function pauseEntry(words: Words): MenuEntry {
  const item = (id: string, label: string, until: SpanEnd): MenuEntry => ({
    type: 'item',
    id: `pause:${id}`,
    label,
    action: { do: 'pause', until },
  });
  return {
    type: 'submenu',
    id: 'pause',
    label: words.pause,
    entries: [
      item('30', words.minutes(30), 30),
      item('60', words.hours(1), 60),
      item('tomorrow', words.untilTomorrow, 'tomorrow'),
    ],
  };
}

function alertEntries(alerts: readonly TrayAlert[], words: Words): MenuEntry[] {
  if (alerts.length === 0) return [];
  const more = alerts.length - alertsAtMost;
  return [
    { type: 'item', id: 'alerts', label: words.alerts, action: { do: 'open', route: '#/alerts' } },
    ...alerts.slice(0, alertsAtMost).map((alert) => alertEntry(alert, words)),
    ...(more > 0
      ? [{ type: 'item', id: 'more', label: `+ ${more}`, action: { do: 'open', route: '#/alerts' } } as const]
      : []),
    { type: 'separator' },
  ];
}

function alertEntry({ id, label, isAcknowledged, snoozed }: TrayAlert, words: Words): MenuEntry {
  const snooze = (minutes: SpanEnd | 'resolved', text: string): MenuEntry => ({
    type: 'item',
    id: `snooze:${id}:${minutes}`,
    label: text,
    action: { do: 'snooze', alertId: id, until: minutes },
  });
  return {
    type: 'submenu',
    id: `alert:${id}`,
    label: shortened(label),
    entries: [
      ...(snoozed === null
        ? []
        : [{ type: 'item', id: `snoozed:${id}`, label: snoozed, action: null } as const]),
      {
        type: 'item',
        id: `show:${id}`,
        label: words.show,
        action: { do: 'open', route: `#/alerts/${encodeURIComponent(id)}` },
      },
      {
        type: 'item',
        id: `acknowledge:${id}`,
        label: isAcknowledged ? words.acknowledged : words.acknowledge,
        action: isAcknowledged ? null : { do: 'acknowledge', alertId: id },
      },
      {
        type: 'submenu',
        id: `snooze:${id}`,
        label: words.snooze,
        entries: [
          snooze(15, words.minutes(15)),
          snooze(60, words.hours(1)),
          snooze(240, words.hours(4)),
          snooze('tomorrow', words.untilTomorrow),
          snooze('resolved', words.untilResolved),
          ...(snoozed === null
            ? []
            : [
                {
                  type: 'item',
                  id: `unsnooze:${id}`,
                  label: words.unsnooze,
                  action: { do: 'unsnooze', alertId: id },
                } as const,
              ]),
        ],
      },
    ],
  };
}

/** A label on one line, shortened for a menu; `&` would mark an access key. */
function shortened(label: string): string {
  const line = label.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
  const letters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  const cut = letters.length > lettersAtMost ? `${letters.slice(0, lettersAtMost - 1).join('')}…` : line;
  return cut.replaceAll('&', '&&');
}
