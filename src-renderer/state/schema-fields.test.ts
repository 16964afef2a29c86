import { expect, test } from 'vitest';
import { z } from 'zod';
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
  ]);
});

test('choices, secrets and lists of choices are known, anything else is left out', () => {
  const fields = schemaFields(
    jsonSchema(
      z.object({
        level: z.enum(['low', 'high']),
        formats: z.array(z.enum(['json', 'csv'])),
        password: z.string().meta({ title: 'Password', secret: true }),
        nested: z.object({ a: z.string() }),
      }),
    ),
  );
  expect(fields.map(({ key, type, secret }) => [key, type, secret])).toEqual([
    ['level', 'choice', false],
    ['formats', 'choices', false],
    ['password', 'text', true],
  ]);
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
