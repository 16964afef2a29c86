import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { PlimsollError, type Problem } from '../../contract/error.ts';
import { itemStatus, samplesInBatch } from '../../contract/ingest.ts';
import type { Sender } from '../../contract/ingest.ts';
import type { PostedSample, Receipt } from '../../monitor/hosts/ingest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import { addressOf } from '../carrier.ts';
import type { ApiEnv } from '../carrier.ts';
import type { Guard } from '../guard.ts';
import { checkHost } from '../routes/ingest.ts';

/** What an old client is told of what it sent: most look at the status alone. */
export const acceptanceSchema = z
  .object({
    status: z.literal('ok'),
    accepted: z.number(),
    duplicate: z.number(),
    rejected: z.number(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Acceptance' });
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** What one old client sent at once. */
export interface OldPost {
  host: string;
  samples: readonly PostedSample[];
  /** What of it can not be stored, each by itself. */
  problems?: readonly Problem[];
  sender?: Sender;
  /** What is to be said besides. */
  warnings?: readonly string[];
}

/** What the doors of old clients lead to. */
export interface Doorway {
  monitor: MonitorApi;
  guard: Guard;
}

/**
 * Has what an old client sent stored, and says what became of it. Where nothing of it was, it throws what the first sample
 * is to be told: `invalid_request`, `conflict` or `cardinality`. Besides, it throws what `Ingest.take` throws, `too_large` for too
 * many samples, and `forbidden` for a token of another host.
 */
export async function acceptPost(
  c: Context<ApiEnv>,
  { monitor, guard }: Doorway,
  { host, samples, problems = [], sender = {}, warnings = [] }: OldPost,
): Promise<Acceptance> {
  checkHost(guard.callerOf(c), host);
  if (samples.length > samplesInBatch)
    throw new PlimsollError(
      'too_large',
      `at most ${samplesInBatch} numbers are taken at once, not ${samples.length}; send them in several`,
    );
  const receipt = await monitor.receive({
    host,
    address: c.env.carrier.kind === 'listener' ? addressOf(c.env.carrier) : null,
    sender,
    sentAt: null,
    backlog: false,
    samples,
  });
  const { accepted, duplicate, items } = receipt;
  const refused = samples.length - accepted - duplicate;
  if (refused > 0 && refused === samples.length) throw refusalOf(receipt, samples, warnings);
  const said = [
    ...problems.map(({ path, message }) => `${path}: ${message}`),
    ...items.map(({ index, message }) => `${samples[index]?.metric ?? ''}: ${message}`),
  ];
  const rejected = refused + problems.length;
  return { status: 'ok', accepted, duplicate, rejected, warnings: [...warnings, ...said] };
}

function refusalOf(
  { items }: Receipt,
  samples: readonly PostedSample[],
  warnings: readonly string[],
): PlimsollError {
  // All numbers of a body have one time, of which it is said once.
  const byPath = new Map(
    items.map(({ index, field, message }) => [
      field === 'at' ? 'timestamp' : (samples[index]?.metric ?? ''),
      message,
    ]),
  );
  const problems = [...byPath].map(([path, message]) => ({ path, message }));
  const [first] = items;
  const reason = `${problems[0]?.path ?? ''} ${problems[0]?.message ?? ''}`;
  const message = ['nothing of it was stored: ' + reason, ...warnings].join('; ');
  if (first?.code === 'cardinality')
    return new PlimsollError('cardinality', message, { retryAfterMs: 3_600_000, problems });
  const isConflict = first !== undefined && itemStatus[first.code] === 409;
  return new PlimsollError(isConflict ? 'conflict' : 'invalid_request', message, { problems });
}

/** Throws `invalid_request`: what was sent holds nothing to store, and why where that is known. */
export function nothingToStore(path: string, problems: readonly Problem[] = []): never {
  const message = 'has no number that can be stored';
  const said = problems.map((problem) => `: ${problem.path} ${problem.message}`)[0] ?? '';
  throw new PlimsollError(
    'invalid_request',
    `the request's ${path === '' ? 'body' : path} ${message}${said}`,
    {
      problems: problems.length === 0 ? [{ path, message }] : problems,
    },
  );
}
