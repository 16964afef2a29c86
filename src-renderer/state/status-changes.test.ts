import { expect, test } from 'vitest';
import type { Alert } from '../../src-main/contract/alert.ts';
import type { SourceHealth, Status } from '../../src-main/contract/status.ts';
import { statusAfter } from './status-changes.ts';
import { verdictOf } from './verdict.ts';

const at = 1_800_000_000_000;
const health: SourceHealth = {
  source: 'memory',
  kind: 'memory',
  enabled: true,
  intervalSeconds: 5,
  lastSuccessAt: at,
  lastErrorAt: null,
  error: null,
  durationMs: 2,
  missedRuns: 0,
};
const status: Status = {
  version: '1',
  host: 'here',
  at,
  startedAt: at,
  level: 'ok',
  sources: [health],
  latest: [
    { host: 'here', source: 'memory', metric: 'memory_percent', labels: {}, value: 50, at },
    { host: 'here', source: 'memory', metric: 'memory_free', labels: {}, value: 7, at },
  ],
  rules: [],
  alerts: [],
  stages: [],
  ownCost: null,
  pausedUntil: null,
  downtimes: [],
  quietUntil: null,
  notices: [],
};
const alert = (id: string, severity: Alert['severity'], firedAt: number, state: Alert['state'] = 'firing') =>
  ({ id, severity, firedAt, state }) as Alert;

test('a reading replaces the samples it has and leaves the others as they were', () => {
  const after = statusAfter(status, {
    type: 'reading',
    reading: {
      host: 'here',
      source: 'memory',
      at: at + 5000,
      durationMs: 1,
      samples: [{ metric: 'memory_percent', labels: {}, value: 60 }],
      error: null,
    },
    health: { ...health, lastSuccessAt: at + 5000 },
    rules: [],
  });
  expect(after.latest.map(({ metric, value, at }) => [metric, value, at])).toEqual([
    ['memory_percent', 60, at + 5000],
    ['memory_free', 7, at],
  ]);
  expect(after.sources).toHaveLength(1);
  expect(status.latest[0]?.value).toBe(50);
});

test('alerts stand worst first and leave when they resolve', () => {
  let now = status;
  for (const next of [alert('a', 'warning', 1), alert('b', 'critical', 9), alert('c', 'warning', 0)]) {
    now = statusAfter(now, { type: 'alert', alert: next, transition: null });
  }
  expect(now.alerts.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  expect(verdictOf(now, at)).toMatchObject({ headline: 'crossed', crossed: 3, level: 'critical' });
  now = statusAfter(now, { type: 'alert', alert: alert('b', 'critical', 9, 'resolved'), transition: null });
  expect(verdictOf(now, at)).toMatchObject({ crossed: 2, level: 'warning' });
});

test('the sentence tells waiting, silence and stand-still apart', () => {
  const say = (changes: Partial<Status>, now = at) => verdictOf({ ...status, ...changes }, now).headline;
  const failing = { ...health, source: 'disk', error: { code: 'x', message: 'y' } };
  expect(say({})).toBe('ok');
  expect(say({ sources: [{ ...health, lastSuccessAt: null }] })).toBe('waiting');
  expect(say({ sources: [health, failing] })).toBe('partly');
  expect(say({ sources: [{ ...health, enabled: false }] })).toBe('nothing');
  expect(say({}, at + 60_000)).toBe('ok');
  expect(say({}, at + 60_001)).toBe('stopped');
  const stage = {
    stage: 'collectors',
    state: 'degraded',
    pid: null,
    since: at,
    deaths: 5,
    problem: null,
  } as const;
  expect(say({ stages: [stage] })).toBe('stopped');
});
