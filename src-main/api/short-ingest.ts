import { PlimsollError } from '../contract/error.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import { allows } from './access.ts';
import type { Access } from './access.ts';
import { retryAfterOf } from './answers.ts';
import { addressOf } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { answerOf, statusOf } from './error-answer.ts';
import { plainBatch } from './plain-batch.ts';
import { takeBatch } from './routes/ingest.ts';

/** The route that goes the short way. */
export const shortPath = '/api/v1/ingest';
export const shortType = 'application/json';

/** A post to `shortPath` of the type `shortType`, which is not packed and not too large, as a door has it. */
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

/** Undefined when the post has to go the long way, which has not been taken then: nothing is stored, counted or reported. */
export type ShortIngest = (post: WholePost) => Promise<ShortAnswer> | undefined;

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
  return ({ authorization, carrier, body }) => {
    const caller = access.bearer(authorization);
    if (caller === undefined || !allows(caller.scope, 'ingest')) return undefined;
    const batch = plainBatch(body);
    if (batch === undefined || (caller.host !== null && caller.host !== batch.host)) return undefined;
    const address = carrier.kind === 'listener' ? addressOf(carrier) : null;
    const read = { batch, address, samples: batch.samples, places: null, items: [] };
    return takeBatch(monitor, read).then(
      (answer) => ({ status: 200, retryAfter: undefined, body: JSON.stringify(answer) }),
      (thrown: unknown) => refused(thrown, onUnexpected),
    );
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
