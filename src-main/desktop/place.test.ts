import { describe, expect, it } from 'vitest';
import { popoverPlace, windowPlace } from './place.ts';

const workArea = { x: 0, y: 24, width: 1920, height: 1056 };
const nowhere = { x: 0, y: 0, width: 0, height: 0 };

describe('the popover opens', () => {
  it.each([
    ['under the icon of a menu bar', 'darwin', { x: 1500, y: 0, width: 24, height: 24 }, { x: 1332, y: 30 }],
    ['over the icon of a taskbar', 'win32', { x: 1880, y: 1085, width: 24, height: 40 }, { x: 1560, y: 559 }],
    ['at the cursor where the icon is not known', 'linux', nowhere, { x: 820, y: 106 }],
  ] as const)('%s', (_where, platform, tray, place) => {
    const cursor = { x: 1000, y: 100 };
    expect(popoverPlace({ platform, tray, cursor, workArea })).toEqual({ ...place, width: 360, height: 520 });
  });

  it('whole on a display that is smaller than it', () => {
    const small = { x: 100, y: 0, width: 320, height: 400 };
    const place = popoverPlace({
      platform: 'linux',
      tray: nowhere,
      cursor: { x: 400, y: 390 },
      workArea: small,
    });
    expect(place).toEqual(small);
  });
});

describe('the main window opens', () => {
  const remembered = { bounds: { x: 100, y: 80, width: 1000, height: 700 }, isMaximized: true };

  it('where it was left', () => {
    expect(windowPlace(remembered, [workArea])).toEqual(remembered);
  });

  it.each([
    ['its display was unplugged', { x: 2000, y: 80, width: 1000, height: 700 }],
    ['its upper edge is above every display', { x: 100, y: -300, width: 1000, height: 700 }],
    ['hardly anything of it can be seen', { x: 1850, y: 80, width: 1000, height: 700 }],
  ])('in its size where the system wants it when %s', (_why, bounds) => {
    expect(windowPlace({ bounds }, [workArea])).toEqual({
      bounds: { width: 1000, height: 700 },
      isMaximized: false,
    });
  });

  it('on the second of two displays', () => {
    const bounds = { x: 2000, y: 80, width: 1000, height: 700 };
    expect(windowPlace({ bounds }, [workArea, { ...workArea, x: 1920 }]).bounds).toEqual(bounds);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { bounds: null },
    { bounds: { x: 1, y: 1, width: Number.NaN, height: 5 } },
    { bounds: { x: 1, y: 1, width: '5', height: 5 } },
    { bounds: { x: 1, y: 1, width: -5, height: 5 } },
    { bounds: { x: 1e300, y: 1, width: 5, height: 5 } },
  ])('as usual when %j was remembered', (nonsense) => {
    expect(windowPlace(nonsense, [workArea])).toEqual({
      bounds: { width: 1120, height: 760 },
      isMaximized: false,
    });
  });

  it('no larger than the largest display', () => {
    const bounds = { x: 0, y: 24, width: 5000, height: 5000 };
    expect(windowPlace({ bounds }, [workArea]).bounds).toMatchObject({ width: 1920, height: 1056 });
  });
});
