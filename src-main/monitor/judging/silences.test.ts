import { expect, it } from 'vitest';
import type { AlertToBe } from '../../alerts/announce.ts';
import { parseSettings } from '../settings/schema.ts';
import { Silences } from './silences.ts';

const [rule] = parseSettings({
  version: 1,
  sources: [{ name: 'cpu', kind: 'cpu' }],
  rules: [
    {
      ...{ id: 'cpu-high', name: 'CPU', source: 'cpu', metric: 'cpu_percent' },
      ...{ comparison: 'greater_than', threshold: 80 },
    },
  ],
}).rules;
if (rule === undefined) throw new Error('the rule is missing');
const series = { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {} };
const alert: AlertToBe = { rule, series, severity: 'critical' };

it('silences every alert in a pause, until it ends or is ended', () => {
  const silences = new Silences(5000);
  expect(silences.for(alert, 4999)).toEqual({ reason: 'paused', until: 5000 });
  expect(silences.for(alert, 5000)).toBeNull();
  silences.pause(9000);
  expect([silences.pausedUntil(6000), silences.pausedUntil(9000)]).toEqual([9000, null]);
  silences.pause(null);
  expect(silences.for(alert, 6000)).toBeNull();
});
