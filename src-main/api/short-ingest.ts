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

/** A post to `/api/v1/ingest` of JSON, which is not packed and not too large, as a door has it. */
export interface WholePost {
  authorization: string;
  carrier: Carrier;
  body: Uint8Array;
}

/** What is to be answered. */
export interface ShortAnswer {
  status: number;
  retryAfter: string | undefined;
  /** JSON. */
  body: string;
}

/** The short way, in two steps, so that of somebody who may not send no body is read. */
export interface ShortIngest {
  /** Whether who shows this may send. Nothing is counted or reported. */
  may(authorization: string): boolean;
  /** Undefined when the post has to go the long way, which has not been taken then: nothing is stored, counted or reported. */
  take(post: WholePost): Promise<ShortAnswer> | undefined;
}

/**
 * The short way of the one route that a hub is busy with: what a token may send and `plainBatch` reads is taken without a
 * `Request`, middleware and schemas, which cost five times as much as all that is done with it. Everything else goes
 * the way of all routes, and only that one refuses.
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
      // Asked again: a token may have been revoked while the body came.
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
