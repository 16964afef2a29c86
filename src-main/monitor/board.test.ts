import { describe, expect, it } from 'vitest';
import type { Reading } from '../contract/sample.ts';
import { Board, intervalOf } from './board.ts';
import { parseSettings } from './settings/schema.ts';

const settings = (source: Record<string, unknown>, monitoring: Record<string, unknown> = {}) =>
  parseSettings({ version: 1, sources: [{ name: 'it', kind: 'cpu', ...source }], monitoring });
const reading = (value: number | null, at: number): Reading => ({
  host: 'box',
  source: 'it',
  at,
  durationMs: 2,
  samples: value === null ? [] : [{ metric: 'cpu_percent', labels: {}, value }],
  error: value === null ? { code: 'unreadable', message: 'no' } : null,
});

describe('Board', () => {
  it('knows the newest sample of every series, and how its source is doing', () => {
    const board = new Board();
    board.configure(settings({}));
    board.enter(reading(40, 1000), 0);
    board.enter(reading(50, 2000), 0);
    expect(board.enter(reading(null, 3000), 1)).toMatchObject({
      lastSuccessAt: 2000,
      lastErrorAt: 3000,
      error: { code: 'unreadable' },
      missedRuns: 1,
    });
    expect(board.latest()).toEqual([
      { host: 'box', source: 'it', metric: 'cpu_percent', labels: {}, value: 50, at: 2000 },
    ]);
  });

  it('keeps the units that came with numbers, until others come or the source is another', () => {
    const board = new Board();
    board.configure(settings({ kind: 'push' }));
    board.enterUnits('it', { a: 'C', b: '%' });
    board.enterUnits('it', { b: 'hPa' });
    board.enterUnits('nobody', { a: 'B' });
    board.configure(settings({ kind: 'push', intervalSeconds: 30 }));
    expect(board.enter(reading(1, 1000), 0)?.units).toEqual({ a: 'C', b: 'hPa' });
    board.configure(settings({ kind: 'http', url: 'http://127.0.0.1/' }));
    expect(board.health()[0]?.units).toBeUndefined();
  });

  it('forgets series with labels that their source has not told of for ten minutes', () => {
    const board = new Board();
    board.configure(settings({}));
    const core = (label: string) => ({ metric: 'cpu_core_percent', labels: { core: label }, value: 1 });
    board.enter({ ...reading(40, 0), samples: [...reading(40, 0).samples, core('0'), core('1')] }, 0);
    const known = () => board.latest().map(({ metric, labels }) => labels['core'] ?? metric);
    for (let minute = 1; minute <= 10; minute++) {
      board.enter({ ...reading(null, minute * 60_000), samples: [core('0')], error: null }, 0);
    }
    expect(known()).toEqual(['cpu_percent', '0', '1']);
    board.enter({ ...reading(null, 661_000), samples: [core('0')], error: null }, 0);
    expect(known()).toEqual(['cpu_percent', '0']);
  });

  it('keeps what it knows when only the interval changes', () => {
    const board = new Board();
    board.configure(settings({}));
    board.enter(reading(40, 1000), 0);
    board.configure(settings({ intervalSeconds: 30 }));
    expect(board.health()).toMatchObject([{ intervalSeconds: 30, lastSuccessAt: 1000 }]);
    expect(board.latest()).toHaveLength(1);
  });

  it.each([
    ['of another kind', settings({ kind: 'memory' })],
    ['disabled', settings({ enabled: false })],
    ['called otherwise', settings({ name: 'other' })],
  ])('forgets what it knew of a source that is now %s', (_what, changed) => {
    const board = new Board();
    board.configure(settings({}));
    board.enter(reading(40, 1000), 0);
    board.configure(changed);
    expect(board.latest()).toEqual([]);
  });

  it('does not enter what comes late from a source that is disabled or gone', () => {
    const board = new Board();
    board.configure(settings({ enabled: false }));
    expect(board.enter(reading(40, 1000), 0)).toBeUndefined();
    board.configure(settings({ name: 'other' }));
    expect(board.enter(reading(40, 1000), 0)).toBeUndefined();
    expect(board.latest()).toEqual([]);
  });
});

describe('intervalOf', () => {
  it.each([
    [5, {}, {}],
    [30, { intervalSeconds: 30 }, {}],
    [10, { intervalSeconds: 2 }, { checkIntervalSeconds: 10 }],
  ])('is %s s', (seconds, source, monitoring) => {
    const configured = settings(source, monitoring);
    expect(intervalOf(configured.sources[0] ?? expect.unreachable(), configured)).toBe(seconds);
  });
});
