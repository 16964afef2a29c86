import { z } from '@hono/zod-openapi';

/** A time in a query string: epoch milliseconds. */
export const epochMs = z
  .string()
  .regex(/^-?\d{1,15}$/, 'must be a time in epoch milliseconds')
  .transform(Number)
  .openapi({ type: 'integer', description: 'Epoch milliseconds' });

/** An integer in a query string, within bounds, with a default. */
export function wholeNumber(bounds: { from: number; to: number; otherwise: number }) {
  const { from, to, otherwise } = bounds;
  return z
    .string()
    .regex(/^-?\d{1,9}$/, 'must be a whole number')
    .default(String(otherwise))
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be from ${from} to ${to}`)
    .openapi({ type: 'integer', minimum: from, maximum: to, default: otherwise });
}
