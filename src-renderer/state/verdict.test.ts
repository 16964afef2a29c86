import { describe, expect, it } from 'vitest';
import type { SourceHealth } from '../../src-main/contract/status.ts';
import type { Status } from '../../src-main/contract/status.ts';
import { ailsForLong, newestReadings, verdictOf } from './verdict.ts';

const none: ReadonlyMap<string, number> = new Map();

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
    expect(ailsForLong(failing({}), 1_090_000, none)).toBe(false);
    expect(ailsForLong(failing({}), 1_090_001, none)).toBe(true);
  });

  it('is one that never worked and fails, and none that has not been sampled yet', () => {
    expect(ailsForLong(failing({ lastSuccessAt: null }), 1_030_000, none)).toBe(true);
    expect(ailsForLong({ ...source, lastSuccessAt: null }, 1_030_000, none)).toBe(false);
  });

  it('is none that is switched off, and no script that waits to be approved', () => {
    expect(ailsForLong(failing({ enabled: false, lastSuccessAt: null }), 2_000_000, none)).toBe(false);
    const waiting = failing({ lastSuccessAt: null, error: { code: 'not_approved', message: 'new' } });
    expect(ailsForLong(waiting, 2_000_000, none)).toBe(false);
  });

  it('is none that only leaves a part out, and no battery where there is none', () => {
    const partly = failing({ lastSuccessAt: null });
    expect(ailsForLong(partly, 1_040_000, new Map([['web', 1_030_000]]))).toBe(false);
    expect(ailsForLong(partly, 1_040_000, new Map([['web', 1_000_000]]))).toBe(true);
    const sample = { host: 'here', source: 'web', metric: 'reachable', labels: {}, value: 0, at: 1_030_000 };
    expect(ailsForLong(partly, 1_040_000, newestReadings({ latest: [sample] }))).toBe(true);
    const battery = failing({
      kind: 'battery',
      lastSuccessAt: null,
      error: { code: 'unsupported', message: 'none' },
    });
    expect(ailsForLong(battery, 2_000_000, none)).toBe(false);
  });
});

describe('the sentence at the top', () => {
  const empty: Status = {
    ...{ version: '1', host: 'here', at: 1, startedAt: 1, level: 'ok', sources: [], latest: [], rules: [] },
    ...{
      alerts: [],
      stages: [],
      ownCost: null,
      pausedUntil: null,
      downtimes: [],
      quietUntil: null,
      notices: [],
    },
  };
  const pending = {
    ...{ ruleId: 'cpu', host: 'here', labels: {}, phase: 'pending', violations: 5, since: null },
    lastAt: 1,
  } as Status['rules'][number];

  it('speaks of the hosts of a hub that watches nothing itself', () => {
    const say = (hosts: { sending: number; silent: number } | null) => {
      const { headline, level } = verdictOf(empty, 1, hosts);
      return [headline, level];
    };
    expect(say(null)).toEqual(['nothing', 'unknown']);
    expect(say({ sending: 0, silent: 0 })).toEqual(['nothing', 'unknown']);
    expect(say({ sending: 5, silent: 0 })).toEqual(['ok', 'ok']);
    expect(say({ sending: 5, silent: 1 })).toEqual(['silent', 'ok']);
    expect(say({ sending: 5, silent: 5 })).toEqual(['silent', 'unknown']);
  });

  it('does not say that all is below the line while one is past it and counted', () => {
    const status = { ...empty, sources: [source], rules: [pending] };
    expect(verdictOf(status, 1_000_000)).toMatchObject({ headline: 'counting', counting: 1, level: 'ok' });
  });
});
