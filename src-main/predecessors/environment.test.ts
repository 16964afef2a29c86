import { expect, it } from 'vitest';
import type { Rule } from '../contract/rule.ts';
import { monitoringSchema, type Settings } from '../contract/settings.ts';
import { overridesFrom } from './environment.ts';

const local = new Set(['cpu', 'disk']);
const rule = (id: string, name: string, threshold: number): Rule => ({
  id,
  name,
  enabled: true,
  source: 'cpu',
  metric: 'cpu_percent',
  comparison: 'greater_than',
  threshold,
  consecutiveViolations: 1,
  severity: 'warning',
  cooldownSeconds: 600,
});
const settings: Settings = {
  version: 1,
  sources: [
    { name: 'cpu', kind: 'cpu', enabled: true },
    { name: 'api', kind: 'http', enabled: true, intervalSeconds: 30 },
    { name: 'disk', kind: 'disk', enabled: true, intervalSeconds: 5 },
  ],
  rules: [rule('cpu-high', 'CPU above 80 %', 80), rule('memory-high', 'Memory is short', 85)],
  destinations: [],
  monitoring: monitoringSchema.parse({}),
};

it('sets the intervals of local sources and the thresholds of starter rules', () => {
  const before = structuredClone(settings);
  const { settings: after, ...rest } = overridesFrom(
    {
      MONITOR_INTERVAL: '60',
      COLLECTION_INTERVAL: '30',
      MONITOR_CPU_THRESHOLD: '72.5',
      MONITOR_MEMORY_THRESHOLD: '70',
      MONITOR_DISK_THRESHOLD: '95',
      FLASK_ENV: 'development',
      SERVER_URL: 'http://localhost:5001',
      AGENT_ID: '',
    },
    settings,
    local,
  );
  expect(settings).toEqual(before);
  expect(after.sources.map(({ intervalSeconds }) => intervalSeconds)).toEqual([60, 30, 60]);
  expect(after.rules).toEqual([
    rule('cpu-high', 'CPU above 72.5 %', 72.5),
    rule('memory-high', 'Memory is short', 70),
  ]);
  expect(rest).toEqual({
    overrides: [
      { path: 'sources[0].intervalSeconds', origin: 'MONITOR_INTERVAL', value: 60 },
      { path: 'sources[2].intervalSeconds', origin: 'MONITOR_INTERVAL', value: 60 },
      { path: 'rules[0].threshold', origin: 'MONITOR_CPU_THRESHOLD', value: 72.5 },
      { path: 'rules[0].name', origin: 'MONITOR_CPU_THRESHOLD', value: 'CPU above 72.5 %' },
      { path: 'rules[1].threshold', origin: 'MONITOR_MEMORY_THRESHOLD', value: 70 },
    ],
    problems: [],
    notices: [
      'COLLECTION_INTERVAL is not used: MONITOR_INTERVAL is there too.',
      'MONITOR_DISK_THRESHOLD changes nothing: there is no rule with the id disk-high.',
      'FLASK_ENV is ignored: there is no Flask here.',
      'SERVER_URL is for an agent that sends to a hub; it changes nothing here.',
    ],
  });
});

it.each([
  ['80%', 'write 80'],
  ['80,5', 'write 80.5'],
  [' 80 ', 'write 80'],
  ['0x50', 'write a number such as 80 or 80.5'],
  ['-5', 'write a number such as 80 or 80.5'],
  ['1e3', 'write a number such as 80 or 80.5'],
  ['NaN', 'write a number such as 80 or 80.5'],
])('says that %j is no number, and leaves what the settings say', (text, suggestion) => {
  const {
    settings: after,
    overrides,
    problems,
  } = overridesFrom({ MONITOR_CPU_THRESHOLD: text }, settings, local);
  expect(after).toEqual(settings);
  expect(overrides).toEqual([]);
  expect(problems).toEqual([
    {
      path: '',
      message: `MONITOR_CPU_THRESHOLD must be a number, not ${JSON.stringify(text)}; ${suggestion}. What the settings say stays in force.`,
    },
  ]);
});

it('keeps intervals within their bounds', () => {
  const { problems } = overridesFrom({ COLLECTION_INTERVAL: '0' }, settings, local);
  expect(problems.map(({ message }) => message)).toEqual([
    'COLLECTION_INTERVAL must be from 0.1 to 86400 seconds, not "0". What the settings say stays in force.',
  ]);
});

it('does not give two rules one name, and says when nothing is there to change', () => {
  const rules = [rule('cpu-high', 'CPU above 80 %', 80), rule('other', 'cpu above 90 %', 90)];
  const { settings: after } = overridesFrom({ MONITOR_CPU_THRESHOLD: '90' }, { ...settings, rules }, local);
  expect(after.rules[0]).toMatchObject({ name: 'CPU above 80 %', threshold: 90 });
  const { notices } = overridesFrom({ MONITOR_INTERVAL: '5' }, { ...settings, sources: [] }, local);
  expect(notices).toEqual(['MONITOR_INTERVAL changes nothing: no source measures this machine.']);
});
