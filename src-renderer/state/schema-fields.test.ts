import { expect, test } from 'vitest';
import { z } from 'zod';
import { secretReferenceSchema, textOrSecretSchema } from '../../src-main/contract/secret.ts';
import { monitoringSchema, sourceBase } from '../../src-main/contract/settings.ts';
import { boundsProblem, schemaFields } from './schema-fields.ts';

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });

test("the engine's own schemas become fields with titles, units and bounds", () => {
  const [first, second] = schemaFields(jsonSchema(z.strictObject(monitoringSchema.shape)));
  expect(first).toMatchObject({
    key: 'maxWorkers',
    type: 'number',
    whole: true,
    minimum: 1,
    maximum: 64,
    fallback: 4,
  });
  expect(second).toMatchObject({
    key: 'checkIntervalSeconds',
    whole: false,
    unit: 'seconds',
    required: false,
  });
  const source = schemaFields(jsonSchema(z.strictObject({ ...sourceBase, kind: z.literal('cpu') })), [
    'name',
    'kind',
  ]);
  expect(source.map((field) => [field.key, field.type])).toEqual([
    ['enabled', 'boolean'],
    ['intervalSeconds', 'number'],
    ['tags', 'list'],
  ]);
});

test('texts, choices, lists, records and secrets are known, anything else is left out', () => {
  const fields = schemaFields(
    jsonSchema(
      z.object({
        url: z.url().max(2000),
        level: z.enum(['low', 'high']),
        formats: z.array(z.enum(['json', 'csv'])),
        body: z.string().meta({ multiline: true, advanced: true }),
        to: z.array(z.string().max(320)).max(50),
        words: z.array(z.string()).meta({ wholeLines: true }),
        headers: z.record(z.string(), textOrSecretSchema),
        tags: z.record(z.string(), z.string().max(20)),
        password: secretReferenceSchema.optional().meta({ title: 'Password', secret: true }),
        nested: z.object({ a: z.string() }),
        numbers: z.array(z.number()),
      }),
    ),
  );
  expect(Object.fromEntries(fields.map((field) => [field.key, field]))).toMatchObject({
    url: { type: 'text', format: 'url', multiline: false, maximum: 2000, advanced: false },
    level: { type: 'choice', options: ['low', 'high'] },
    formats: { type: 'choices', options: ['json', 'csv'] },
    body: { type: 'text', multiline: true, advanced: true },
    to: { type: 'list', wholeLines: false, itemMaximum: 320, maximum: 50 },
    words: { type: 'list', wholeLines: true },
    headers: { type: 'record', secrets: true, itemMaximum: 5000 },
    tags: { type: 'record', secrets: false, itemMaximum: 20 },
    password: { type: 'secret', title: 'Password', required: false },
  });
  expect(fields).toHaveLength(9);
});

test('bounds are judged before anything is sent', () => {
  const [field] = schemaFields(jsonSchema(z.strictObject(monitoringSchema.shape)));
  if (field?.type !== 'number') throw new Error('the first field is a number');
  expect([null, 1.5, 0, 65, 4].map((value) => boundsProblem(field, value))).toEqual([
    'missing',
    'whole',
    'range',
    'range',
    null,
  ]);
});
