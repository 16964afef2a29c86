import { describe, expect, it } from 'vitest';
import type { SourceHealth } from '../../src-main/contract/status.ts';
import { ailsForLong } from './verdict.ts';

const source: SourceHealth = {
  source: 'web',
  kind: 'http',
  enabled: true,
  intervalSeconds: 30,
  lastSuccessAt: 1_000_000,
  lastErrorAt: null,
  error: null,
  durationMs: 3,
  missedRuns: 0,
};
const refused = { code: 'unreachable', message: 'refused' } as const;
const failing = (changes: Partial<SourceHealth>) => ({
  ...source,
  error: refused,
  lastErrorAt: 1_030_000,
  ...changes,
});

describe('a source that needs somebody', () => {
  it('is none that fails for less than three intervals', () => {
    expect(ailsForLong(failing({}), 1_090_000)).toBe(false);
    expect(ailsForLong(failing({}), 1_090_001)).toBe(true);
  });

  it('is one that never worked and fails, and none that has not been sampled yet', () => {
    expect(ailsForLong(failing({ lastSuccessAt: null }), 1_030_000)).toBe(true);
    expect(ailsForLong({ ...source, lastSuccessAt: null }, 1_030_000)).toBe(false);
  });

  it('is none that is switched off, and no script that waits to be approved', () => {
    expect(ailsForLong(failing({ enabled: false, lastSuccessAt: null }), 2_000_000)).toBe(false);
    const waiting = failing({ lastSuccessAt: null, error: { code: 'not_approved', message: 'new' } });
    expect(ailsForLong(waiting, 2_000_000)).toBe(false);
  });
});
