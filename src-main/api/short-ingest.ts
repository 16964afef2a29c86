import { PlimsollError } from '../contract/error.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import { allows } from './access.ts';
import type { Access, Caller } from './access.ts';
import { retryAfterOf } from './answers.ts';
import { addressOf } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { answerOf, statusOf } from './error-answer.ts';
import { plainBatch } from './plain-batch.ts';
import { takeBatch } from './routes/ingest.ts';

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
  monitor: Pick<MonitorApi, 'receive'>,
  access: Access,
  onUnexpected: (error: unknown) => void,
): ShortIngest {
  const senderOf = (authorization: string): Caller | undefined => {
    const caller = access.bearer(authorization);
    return caller !== undefined && allows(caller.scope, 'ingest') ? caller : undefined;
  };
  return {
    may: (authorization) => senderOf(authorization) !== undefined,
    take: ({ authorization, carrier, body }) => {
      // Asked again: a token may have been revoked while the body came.
      const caller = senderOf(authorization);
      const batch = caller && plainBatch(body);
      if (batch === undefined || (caller?.host !== null && caller?.host !== batch.host)) return undefined;
      const address = carrier.kind === 'listener' ? addressOf(carrier) : null;
      const read = { batch, caller, address, samples: batch.samples, places: null, items: [] };
      return takeBatch(monitor, read).then(
        (answer) => ({ status: 200, retryAfter: undefined, body: JSON.stringify(answer) }),
        (thrown: unknown) => refused(thrown, onUnexpected),
      );
    },
  };
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
