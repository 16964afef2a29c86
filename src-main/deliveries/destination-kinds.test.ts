import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { destinationBase } from '../contract/settings.ts';
import { destinationKinds } from './destination-kinds.ts';

describe('destinationKinds', () => {
  it('lists every file in destinations/ once, under its own name', () => {
    const files = readdirSync(new URL('destinations', import.meta.url))
      .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
      .map((name) => name.slice(0, -'.ts'.length));
    expect(destinationKinds.map(({ kind }) => kind).sort()).toEqual(files.sort());
  });

  it.each(destinationKinds.map((kind) => [kind.kind, kind] as const))(
    '%s draws its form and keeps to its own keys',
    (_, kind) => {
      expect([kind.kind, kind.title, kind.description].every((text) => text.trim() !== '')).toBe(true);
      const { options } = kind;
      if (!(options instanceof z.ZodObject)) throw new Error('options must be an object schema');
      expect(Object.keys(options.shape).filter((key) => key in destinationBase || key === 'kind')).toEqual(
        [],
      );

      const { properties } = z.toJSONSchema(options, { io: 'input' });
      const untitled = Object.entries(properties ?? {}).filter(
        ([, field]) => typeof field !== 'object' || !field.title,
      );
      expect(untitled.map(([key]) => key)).toEqual([]);
      expect(options.safeParse({ unknownOption: 1 }).success).toBe(false);
    },
  );
});
