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

/** The answer to an old client's post; most clients check only the status. */
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

/** One post of an old client. */
export interface OldPost {
  host: string;
  samples: readonly PostedSample[];
  /** Parts that cannot be stored, one problem each. */
  problems?: readonly Problem[];
  sender?: Sender;
  /** Further remarks for the client. */
  warnings?: readonly string[];
}

/** What the routes for old clients need. */
export interface Doorway {
  monitor: MonitorApi;
  guard: Guard;
}

/**
 * Stores an old client's post and returns the answer. If nothing could be stored, it throws the error of the first
 * sample: `invalid_request`, `conflict` or `cardinality`. It also throws what `Ingest.take` throws, `too_large` for too
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
  // All numbers of a body have the same time, so a problem with it is reported once.
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

/** Throws `invalid_request` for a post without anything to store, with the reason if known. */
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
