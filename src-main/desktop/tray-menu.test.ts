import { describe, expect, it } from 'vitest';
import { spanEnd, trayMenu } from './tray-menu.ts';
import type { MenuEntry } from './tray-menu.ts';
import type { TrayView } from './tray-view.ts';
import { wordsFor } from './words.ts';

const words = wordsFor(['en-GB']);
const calm: TrayView = { state: 'ok', sentence: 'All below the line', alerts: [], isPaused: false };
const alert = { id: 'a 1', label: 'Memory above 85 %', isAcknowledged: false, snoozed: null };

/** The menu as its reader sees it, inner menus indented; `-` for a line, `(…)` for what cannot be chosen. */
function drawn(entries: readonly MenuEntry[], indent = ''): string[] {
  return entries.flatMap((entry) => {
    switch (entry.type) {
      case 'separator':
        return [`${indent}-`];
      case 'submenu':
        return [`${indent}${entry.label}`, ...drawn(entry.entries, `${indent}  `)];
      case 'check':
        return [`${indent}[${entry.checked ? 'x' : ' '}] ${entry.label}`];
      case 'item':
        return [`${indent}${entry.action === null ? `(${entry.label})` : entry.label}`];
    }
  });
}

function find(entries: readonly MenuEntry[], id: string): MenuEntry | undefined {
  for (const entry of entries) {
    if (entry.type === 'separator') continue;
    const found = entry.id === id ? entry : entry.type === 'submenu' ? find(entry.entries, id) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the tray menu', () => {
  it('is short while nothing is the matter', () => {
    expect(drawn(trayMenu(calm, { startsAtLogin: false }, words))).toEqual([
      '(All below the line)',
      '-',
      'Open Plimsoll',
      'Quick look',
      '-',
      'Pause announcements',
      '  30 minutes',
      '  1 hour',
      '  Until tomorrow',
      '-',
      'Settings',
      '[ ] Start at login',
      '-',
      'Quit Plimsoll',
    ]);
  });

  it('lets an alert be shown, acknowledged and snoozed, and a pause be ended', () => {
    const view: TrayView = { ...calm, state: 'paused', isPaused: true, alerts: [alert] };
    const menu = trayMenu(view, { startsAtLogin: true }, words);
    expect(drawn(menu).slice(5, 18)).toEqual([
      'Active alerts',
      'Memory above 85 %',
      '  Show',
      '  Acknowledge',
      '  Snooze',
      '    15 minutes',
      '    1 hour',
      '    4 hours',
      '    Until tomorrow',
      '    Until it is over',
      '-',
      'Resume announcements',
      '-',
    ]);
    expect(find(menu, 'show:a 1')).toMatchObject({ action: { do: 'open', route: '#/alerts/a%201' } });
    expect(find(menu, 'snooze:a 1:240')).toMatchObject({
      action: { do: 'snooze', alertId: 'a 1', until: 240 },
    });
    expect(find(menu, 'login')).toMatchObject({ checked: true, action: { wanted: false } });
  });

  it('shows what was answered already, and offers it no second time', () => {
    const answered = { ...alert, isAcknowledged: true, snoozed: 'Snoozed until 15:00' };
    const menu = trayMenu({ ...calm, alerts: [answered] }, { startsAtLogin: null }, words);
    expect(drawn(menu).slice(6, 10)).toEqual([
      'Memory above 85 %',
      '  (Snoozed until 15:00)',
      '  Show',
      '  (Acknowledged)',
    ]);
    expect(find(menu, 'unsnooze:a 1')).toMatchObject({ action: { do: 'unsnooze', alertId: 'a 1' } });
    expect(find(menu, 'login')).toBeUndefined();
  });

  it('stays a menu with three hundred alerts and with names from outside', () => {
    const hostile = { ...alert, label: `a&b\r\n\u202e${'x'.repeat(500)}` };
    const alerts = Array.from({ length: 300 }, (_, at) => ({ ...hostile, id: String(at) }));
    const menu = drawn(trayMenu({ ...calm, alerts }, { startsAtLogin: null }, words));
    expect(menu.filter((line) => line.startsWith('a&&b x'))).toHaveLength(8);
    expect(menu).toContain('+ 292');
    expect(Math.max(...menu.map((line) => line.length))).toBeLessThanOrEqual(91);
  });
});

it('a span ends after its minutes, or tomorrow morning, also when the clocks change', () => {
  const evening = new Date(2026, 2, 28, 23, 50);
  expect(spanEnd(30, evening.getTime())).toBe(evening.getTime() + 1_800_000);
  expect(new Date(spanEnd('tomorrow', evening.getTime()))).toEqual(new Date(2026, 2, 29, 8));
});
