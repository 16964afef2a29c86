import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { trayFiles } from './tray-file.ts';
import { ImageTurns } from './tray-image.ts';

describe('the tray image', () => {
  it('is set only when it is another one', async () => {
    const clock = new HandClock();
    const set: string[] = [];
    const turns = new ImageTurns<string>(clock, (image) => set.push(image), 'unknown');
    turns.show('unknown');
    turns.show('ok');
    await clock.turn(5000);
    turns.show('ok');
    expect(set).toEqual(['ok']);
  });

  it('is set at most once a second, and ends as the last wish was', async () => {
    const clock = new HandClock();
    const set: [string, number][] = [];
    const turns = new ImageTurns<string>(clock, (image) => set.push([image, clock.monotonic()]), 'unknown');
    const timers: number[] = [];
    let running = 0;
    const after = clock.after.bind(clock);
    clock.after = (ms, callback) => {
      timers.push(++running);
      const cancel = after(ms, () => {
        running--;
        callback();
      });
      return () => {
        running--;
        cancel();
      };
    };
    const states = ['ok', 'warning', 'critical', 'paused'];
    for (let change = 0; change < 100_000; change++) {
      turns.show(states[change % states.length] ?? '');
      if (change % 100 === 99) clock.stall(1);
      if (change % 10_000 === 9999) await clock.turn(0);
    }
    await clock.turn(2000);
    expect(set.at(-1)?.[0]).toBe('paused');
    // A thousand milliseconds went by during the changes.
    expect(set.length).toBeLessThanOrEqual(3);
    for (const [index, [, at]] of set.entries()) {
      if (index > 0) expect(at - (set[index - 1]?.[1] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
    expect(Math.max(...timers)).toBe(1);
    expect(running).toBe(0);
  });

  it('leaves out what was over before its turn came, and sets nothing once closed', async () => {
    const clock = new HandClock();
    const set: string[] = [];
    const turns = new ImageTurns<string>(clock, (image) => set.push(image), 'unknown');
    turns.show('ok');
    turns.show('warning');
    turns.show('ok');
    await clock.turn(3000);
    expect(set).toEqual(['ok']);
    turns.show('critical');
    turns.show('ok');
    turns.close();
    await clock.turn(3000);
    expect(set).toEqual(['ok', 'critical']);
  });

  it('is there for every state on every system and panel', () => {
    const folder = join(import.meta.dirname, '../../resources/icons/tray');
    const missing = (['ok', 'warning', 'critical', 'unknown', 'paused'] as const).flatMap((state) =>
      (['darwin', 'win32', 'linux'] as const).flatMap((platform) =>
        [true, false].flatMap((isDark) =>
          trayFiles(state, { platform, isDark, desktop: undefined })
            .map(({ file }) => file)
            .filter((file) => !existsSync(join(folder, file))),
        ),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('suits GNOME’s panel, which is dark whatever the windows are', () => {
    const file = (desktop: string) => trayFiles('ok', { platform: 'linux', isDark: false, desktop })[0]?.file;
    expect([file('ubuntu:GNOME'), file('KDE')]).toEqual(['linux/ok-dark-24.png', 'linux/ok-light-24.png']);
  });
});
