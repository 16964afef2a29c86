import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Kinds } from '../../src-main/contract/kind.ts';
import { ruleSchema } from '../../src-main/contract/rule.ts';
import { monitoringSchema, sourceBase } from '../../src-main/contract/settings.ts';
import type { SettingsDocument } from '../client/plimsoll-client.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { Format } from './format.ts';
import { overrideWords } from './override-words.ts';

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
const kinds: Kinds = {
  sources: [
    {
      kind: 'cpu',
      title: 'CPU',
      description: '',
      intervalSeconds: 5,
      anyMetric: false,
      fed: false,
      metrics: { cpu_percent: { title: 'CPU', unit: 'percent', help: '' } },
      schema: jsonSchema(z.strictObject({ ...sourceBase, kind: z.literal('cpu') })),
    },
  ],
  destinations: [],
  own: {},
  listen: {},
  hub: {},
  database: {},
  downtime: {},
  reports: {},
  rule: jsonSchema(z.strictObject(ruleSchema.shape)),
  monitoring: jsonSchema(z.strictObject(monitoringSchema.shape)),
};
const settings: SettingsDocument = {
  version: 1,
  sources: [{ name: 'cpu', kind: 'cpu', enabled: true }],
  rules: [
    {
      id: 'cpu',
      name: 'Processor too busy',
      enabled: true,
      source: 'cpu',
      metric: 'cpu_percent',
      comparison: 'greater_than',
      threshold: 80,
      consecutiveViolations: 3,
      severity: 'warning',
      cooldownSeconds: 600,
    },
  ],
  destinations: [],
  monitoring: monitoringSchema.parse({}),
};

beforeEach(() => overwriteGetLocale(() => 'en'));

test('what the environment decides is said by the names of the form, and the unknown as it is', () => {
  const words = (path: string, value: number | string) => {
    const said = overrideWords({ path, value, origin: 'X' }, settings, kinds, new Format('en-GB'));
    return `${said.what}: ${said.value}`.replaceAll('\u00a0', ' ');
  };
  expect(words('sources[0].intervalSeconds', 60)).toBe('Interval of CPU: 1 min');
  expect(words('rules[0].threshold', 85)).toBe('Threshold of Processor too busy: 85 %');
  expect(words('monitoring.rawRetentionHours', 24)).toBe('Keep samples: 24 hours');
  expect(words('sources[7].intervalSeconds', 60)).toBe('sources[7].intervalSeconds: 60');
  expect(words('rules[0].metric', 'cpu_percent')).toBe('Metric of Processor too busy: cpu_percent');
});
