import { describe, expect, it } from 'vitest';
import type { DesktopNotification, Notifier } from '../../contract/notifier.ts';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { destinationSurroundings } from '../../testing/surroundings.ts';
import { desktopDestination } from './desktop.ts';
import { timeText } from '../words.ts';

const { signal } = new AbortController();

function open(options: Record<string, unknown> = {}) {
  const said: (DesktopNotification | { withdrawn: string })[] = [];
  const notifier: Notifier = {
    show: (notification) => Promise.resolve(void said.push(notification)),
    withdraw: (withdrawn) => void said.push({ withdrawn }),
  };
  const destination = desktopDestination.open(
    desktopDestination.options.parse(options),
    destinationSurroundings({ notifier }),
  );
  return {
    said,
    destination,
    deliver: (message = exampleMessage()) => destination.deliver(message, signal),
  };
}

const resolved = (changes: { severity?: 'critical' } = {}) =>
  exampleMessage({
    alert: { state: 'resolved', worstValue: 97, ...changes },
    transition: { from: 'firing', to: 'resolved', reason: 'back_within', value: 12 },
  });

describe('desktop notifications', () => {
  it('say value, limit, place and time', async () => {
    const { said, deliver } = open();
    expect(await deliver()).toBe('Shown on this desktop.');
    expect(said).toEqual([
      {
        id: '0a1b2c3d-0000-4000-8000-000000000001',
        alertId: 'alert-1',
        title: 'CPU above 80 %',
        body: `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
        detail: null,
        urgency: 'normal',
        isOver: false,
      },
    ]);
  });

  it('name the program to look at, as long as it is not over', async () => {
    const { said, deliver } = open();
    const context = exampleContext();
    await deliver(exampleMessage({ context }));
    await deliver({ ...resolved(), context });
    expect(said.map((each) => ('detail' in each ? each.detail : 'withdrawn'))).toEqual([
      'rustc CPU 4 → 310 % in 10 min',
      'withdrawn',
      null,
    ]);
  });

  it('press only for what is critical and not over', async () => {
    const { said, deliver } = open();
    await deliver(exampleMessage({ alert: { severity: 'critical' } }));
    await deliver(resolved({ severity: 'critical' }));
    expect(said.map((each) => ('urgency' in each ? each.urgency : 'withdrawn'))).toEqual([
      'critical',
      'withdrawn',
      'normal',
    ]);
  });

  it('go away when it is over, without a word where that is wished', async () => {
    const { said, deliver } = open({ onResolve: false });
    expect(await deliver(resolved())).toBe('Took the notification away.');
    expect(said).toEqual([{ withdrawn: 'alert-1' }]);
  });

  it('tell of many at once by where each stands, the worst first', async () => {
    const { said, destination } = open();
    const other = exampleMessage({ alert: { id: 'alert-2', severity: 'critical' } });
    const receipt = await destination.together?.deliver(
      { id: 'b1', messages: [exampleMessage(), other, resolved()] },
      signal,
    );
    expect(receipt).toBe('Told this desktop of 2 alerts.');
    expect(said.map((each) => ('isOver' in each ? [each.alertId, each.isOver] : each))).toEqual([
      ['alert-2', false],
      { withdrawn: 'alert-1' },
      ['alert-1', true],
    ]);
  });

  it('fail for good where there is no desktop', async () => {
    const destination = desktopDestination.open(
      desktopDestination.options.parse({}),
      destinationSurroundings(),
    );
    await expect(destination.deliver(exampleMessage(), signal)).rejects.toMatchObject({
      code: 'unsupported',
      retry: false,
      message: expect.stringContaining('no desktop here'),
    });
  });
});
