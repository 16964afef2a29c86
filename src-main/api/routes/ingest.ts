import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { PlimsollError } from '../../contract/error.ts';
import {
  ingestAnswerSchema,
  ingestBatchSchema,
  ingestSampleSchema,
  itemStatus,
  samplesInBatch,
} from '../../contract/ingest.ts';
import type { IngestAnswer, IngestBatch, IngestItem, IngestItemCode } from '../../contract/ingest.ts';
import type { PostedSample, Receipt } from '../../monitor/hosts/ingest.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';
import type { Caller } from '../access.ts';
import { failures, json, jsonBody, pathText } from '../answers.ts';
import { UNPACKED_BYTES } from '../body-sizes.ts';
import { addressOf } from '../carrier.ts';
import type { ApiEnv } from '../carrier.ts';
import type { Guard } from '../guard.ts';
import type { KnownBatch } from '../known-batches.ts';
import { anonymousMay, needs } from '../needs.ts';

const postIngest = createRoute({
  method: 'post',
  path: '/ingest',
  summary: 'Send samples of another machine to this hub',
  description:
    'Answered when what is accepted is committed. One bad sample hides no good one: `items` says of each what is wrong. The same batch may be sent again as often as wanted; what is kept already is counted as duplicate. Unknown fields are tolerated. An empty list as the body is answered, and stores nothing.',
  ...needs.ingest,
  ...anonymousMay,
  'x-unpacked-bytes': UNPACKED_BYTES,
  request: { body: jsonBody(ingestBatchSchema) },
  responses: { 200: json(ingestAnswerSchema, 'What became of each sample'), ...failures },
});

/** Throws `forbidden` if the token is bound to a host other than the one the samples are of. */
export function checkHost({ host, name }: Caller, sent: string): void {
  if (host === null || host === sent) return;
  throw new PlimsollError(
    'forbidden',
    `the token ${JSON.stringify(name ?? '')} may send for the host ${JSON.stringify(host)} only, not for ${JSON.stringify(sent)}`,
  );
}

export function ingestRoutes(monitor: MonitorApi, guard: Guard) {
  const app = new OpenAPIHono<ApiEnv>();
  app.post('/ingest', async (c, next) => {
    const body: unknown = await c.req.json();
    if (!Array.isArray(body) || body.length > 0) return next();
    const nothing = {
      batch: null,
      accepted: 0,
      duplicate: 0,
      rejected: 0,
      receivedAt: Date.now(),
      items: [],
    };
    return c.json(nothing satisfies IngestAnswer, 200);
  });
  return app.openapi(postIngest, async (c) => {
    const batch = c.req.valid('json');
    const caller = guard.callerOf(c);
    checkHost(caller, batch.host);
    if (batch.samples.length > samplesInBatch)
      throw new PlimsollError(
        'too_large',
        `a batch has at most ${samplesInBatch} samples, not ${batch.samples.length}; send them in several`,
      );
    const items: IngestItem[] = [];
    const samples: PostedSample[] = [];
    const places: number[] = [];
    batch.samples.forEach((sent, index) => {
      const read = ingestSampleSchema.safeParse(sent);
      if (read.success) {
        samples.push({ ...read.data, labels: read.data.labels ?? {} });
        places.push(index);
        return;
      }
      const [issue] = read.error.issues;
      items.push(itemOf('invalid', index, pathText(issue?.path ?? []), issue?.message ?? ''));
    });
    const { carrier } = c.env;
    const address = carrier.kind === 'listener' ? addressOf(carrier) : null;
    return c.json(await takeBatch(monitor, { batch, caller, address, samples, places, items }), 200);
  });
}

/** A batch after its samples were validated one by one. */
interface ReadBatch {
  batch: Omit<IngestBatch, 'samples'> & { samples: readonly unknown[] };
  caller: Caller;
  /** Address of the client; null for the local socket. */
  address: string | null;
  samples: readonly PostedSample[];
  /** Index of each of these samples in the batch; null if all were valid. */
  places: readonly number[] | null;
  /** Problems of the invalid ones. */
  items: IngestItem[];
}

/** Stores a batch and returns the result. Throws `cardinality` if that is the only thing to report, and what `receive` throws. */
export async function takeBatch(
  monitor: Pick<MonitorApi, 'receive'>,
  { batch, caller, address, samples, places, items }: ReadBatch,
): Promise<IngestAnswer> {
  const { samples: sent, host, batch: name, sentAt, backlog = false, judges, ...sender } = batch;
  const receipt = await monitor.receive({
    ...{ host, address, sentAt: sentAt ?? null, backlog, samples },
    sender: maySayJudges(caller, host) && judges !== undefined ? { ...sender, judges } : sender,
    unreadable: items.length,
  });
  return answerOf(receipt, sent.length, name, places, items);
}

/** The same for a batch with a known structure. */
export async function takeKnownBatch(
  monitor: Pick<MonitorApi, 'receiveColumns'>,
  { host, batch, sentAt, backlog, sender, senderOfNoRules, columns }: KnownBatch,
  caller: Caller,
  address: string | null,
): Promise<IngestAnswer> {
  const said = maySayJudges(caller, host) ? sender : senderOfNoRules;
  const head = { host, address, sentAt: sentAt ?? null, backlog, sender: said };
  const receipt = await monitor.receiveColumns(head, columns);
  return answerOf(receipt, columns.series.length, batch, null, []);
}

function answerOf(
  receipt: Receipt,
  sent: number,
  batch: string | undefined,
  places: readonly number[] | null,
  items: IngestItem[],
): IngestAnswer {
  for (const { index, code, field, message } of receipt.items)
    items.push(itemOf(code, places?.[index] ?? index, field ?? '', message));
  items.sort((a, b) => a.index - b.index);
  const { receivedAt, accepted, duplicate } = receipt;
  const rejected = sent - accepted - duplicate;
  if (rejected > 0 && rejected === sent && items.every(({ code }) => code === 'cardinality'))
    throw new PlimsollError('cardinality', items[0]?.message ?? '', {
      retryAfterMs: 3_600_000,
      problems: items.map(({ path, message }) => ({ path, message })),
    });
  return { batch: batch ?? null, accepted, duplicate, rejected, receivedAt, items };
}

/**
 * Only an admin or a token bound to the sender's host may send `judges`, because only they are given rules. From others
 * it would end the hub's alerts of rules that no agent evaluates.
 */
function maySayJudges({ scope, host }: Caller, sender: string): boolean {
  return scope === 'admin' || host === sender;
}

function itemOf(code: IngestItemCode, index: number, field: string, message: string): IngestItem {
  const path = field === '' ? `samples[${index}]` : `samples[${index}].${field}`;
  return { index, status: itemStatus[code], code, path, message };
}
