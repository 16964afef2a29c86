import { z } from '@hono/zod-openapi';
import { momentsAt } from '../../base/time-zone.ts';

/** A time sent by an old client. */
export interface Moment {
  /** Epoch milliseconds. */
  at: number;
  /** It named no time zone; `at` is the time as UTC. See `instantOf`. */
  lacksZone: boolean;
}

/** Smaller numbers are seconds: as milliseconds they would be before 1974, when nobody monitored anything. */
const smallestMilliseconds = 1e11;

const isoShape = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|z|[+-]\d\d:?\d\d|)$/;

/** Reads `datetime.isoformat()`, `str(datetime)`, `time.time()` and epoch milliseconds; undefined for anything else. */
export function momentOf(written: number | string): Moment | undefined {
  if (typeof written === 'number') {
    const at = Math.round(written < smallestMilliseconds ? written * 1000 : written);
    return Number.isSafeInteger(at) ? { at, lacksZone: false } : undefined;
  }
  const [, day, time, fraction = '', zone = ''] = isoShape.exec(written) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const clock = time.length === 5 ? `${time}:00` : time;
  const offset = zone === '' ? 'Z' : zone.toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2');
  const at = Date.parse(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  return Number.isNaN(at) ? undefined : { at, lacksZone: zone === '' };
}

/**
 * Converts to epoch milliseconds. A time without a zone is in `zone`; undefined means UTC. In an hour that occurs twice,
 * the time closer to `now` is meant, because clients send what was just measured.
 */
export function instantOf({ at, lacksZone }: Moment, zone: string | undefined, now: number): number {
  if (!lacksZone || zone === undefined) return at;
  const [first = at, second = first] = momentsAt(at, zone);
  return Math.abs(first - now) < Math.abs(second - now) ? first : second;
}

/** A field with such a time. */
export const momentSchema = z
  .union([z.number(), z.string().max(64)])
  .transform((written, context) => {
    const moment = momentOf(written);
    if (moment !== undefined) return moment;
    context.addIssue({
      code: 'custom',
      message: 'must be ISO 8601, such as 2026-11-25T12:00:00Z, or seconds or milliseconds since 1970',
    });
    return z.NEVER;
  })
  .openapi({
    type: ['number', 'string'],
    description: 'ISO 8601, UTC where it names no zone; or seconds or milliseconds since 1970',
  });

/** A time in the form that old clients expect. */
export function isoText(at: number): string {
  return new Date(at).toISOString();
}
