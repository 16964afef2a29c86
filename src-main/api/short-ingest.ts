import { PlimsollError } from '../contract/error.ts';
import type { IngestAnswer } from '../contract/ingest.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import { allows } from './access.ts';
import type { Access, Caller } from './access.ts';
import { retryAfterOf } from './answers.ts';
import { addressOf } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { answerOf, statusOf } from './error-answer.ts';
import { KnownBatches } from './known-batches.ts';
import { plainBatch } from './plain-batch.ts';
import { takeBatch, takeKnownBatch } from './routes/ingest.ts';

/** A complete JSON post to `/api/v1/ingest`, neither compressed nor too large, as a transport has it. */
export interface WholePost {
  authorization: string;
  carrier: Carrier;
  body: Uint8Array;
}

/** The answer to send. */
export interface ShortAnswer {
  status: number;
  retryAfter: string | undefined;
  /** JSON text. */
  body: string;
}

/** The fast path in two steps, so that the body of an unauthorized client is never read. */
export interface ShortIngest {
  /** Whether this `Authorization` header permits sending. Counts and reports nothing. */
  may(authorization: string): boolean;
  /** Undefined if the post needs the normal path. Nothing was stored, counted or reported in that case. */
  take(post: WholePost): Promise<ShortAnswer> | undefined;
}

/**
 * Fast path for the busiest route of a hub. An authorized post that `plainBatch` can parse is stored without a
 * `Request`, middleware and schemas, which cost five times as much as all the rest. Everything else takes the normal
 * path, and only that refuses requests.
 */
export function shortIngest(
  monitor: Pick<MonitorApi, 'receive' | 'receiveColumns'>,
  access: Access,
  onUnexpected: (error: unknown) => void,
): ShortIngest {
  const senderOf = (authorization: string): Caller | undefined => {
    const caller = access.bearer(authorization);
    return caller !== undefined && allows(caller.scope, 'ingest') ? caller : undefined;
  };
  const knownBatches = new KnownBatches();
  const answered = (taking: Promise<IngestAnswer>): Promise<ShortAnswer> =>
    taking.then(
      (answer) => ({ status: 200, retryAfter: undefined, body: JSON.stringify(answer) }),
      (thrown: unknown) => refused(thrown, onUnexpected),
    );
  return {
    may: (authorization) => senderOf(authorization) !== undefined,
    take: ({ authorization, carrier, body }) => {
      // Checked again, because the token may have been revoked while the body arrived.
      const caller = senderOf(authorization);
      if (caller === undefined) return undefined;
      const address = carrier.kind === 'listener' ? addressOf(carrier) : null;
      const known = knownBatches.read(body);
      if (known !== undefined)
        return maySendOf(caller, known.host)
          ? answered(takeKnownBatch(monitor, known, caller, address))
          : undefined;
      const batch = plainBatch(body);
      if (batch === undefined || !maySendOf(caller, batch.host)) return undefined;
      knownBatches.remember(body, batch);
      const read = { batch, caller, address, samples: batch.samples, places: null, items: [] };
      return answered(takeBatch(monitor, read));
    },
  };
}

function maySendOf({ host }: Caller, sent: string): boolean {
  return host === null || host === sent;
}

function refused(thrown: unknown, onUnexpected: (error: unknown) => void): ShortAnswer {
  if (!(thrown instanceof PlimsollError)) onUnexpected(thrown);
  const error =
    thrown instanceof PlimsollError
      ? thrown
      : new PlimsollError('internal', 'something went wrong inside; the log says what');
  return {
    status: statusOf[error.code],
    retryAfter: retryAfterOf(error),
    body: JSON.stringify(answerOf(error)),
  };
}
