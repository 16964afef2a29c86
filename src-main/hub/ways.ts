import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiEnv, Carrier } from '../api/carrier.ts';
import { errorAnswer, notLoaded } from '../api/error-answer.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import type { LoopTurn } from './loop-turn.ts';
import { refuse } from './refusals.ts';
import type { RequestHead } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';
import { maySend, onWholeBody, shortHeadOf, taken, tooBusy, unpack, writeShort } from './short-post.ts';

/** Answers requests: the API, with or without the files of the interface. */
export type Answer = (request: Request, env: ApiEnv['Bindings']) => Response | Promise<Response>;

type Way = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

interface WayParts {
  carrierOf(head: RequestHead): Carrier;
  /** Aborted when the server closes: an answer then closes its connection. */
  closing: AbortSignal;
  /** Told of what went wrong with a request and is no fault of who asked. */
  onUnexpected: ((error: unknown) => void) | undefined;
}

/**
 * Loaded with the first request: it loads everything that Node has for `fetch`, which a Plimsoll that only watches does
 * not need.
 */
const carrying = () => import('@hono/node-server');

/** Every request can go this way: it becomes a `Request` and is answered by a `Response`. */
export function longWay({ answer, carrierOf, closing, onUnexpected }: WayParts & { answer: Answer }): Way {
  async function answerIn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const env = { carrier: carrierOf(incoming), closing };
    const { getRequestListener } = await carrying();
    // If the client has already left, there would be no event for it.
    if (outgoing.destroyed) return;
    const listener = getRequestListener(
      async (request) => {
        const response = await answer(request, env);
        // The rest of a body that is too large is not worth reading.
        if (response.status === 413) outgoing.setHeader('Connection', 'close');
        return response;
      },
      {
        overrideGlobalObjects: false,
        errorHandler: () =>
          Response.json(errorAnswer('usage', 'the request cannot be understood'), { status: 400 }),
      },
    );
    await listener(incoming, outgoing);
  }

  return (incoming, outgoing) => {
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    if (closing.aborted) outgoing.setHeader('Connection', 'close');
    answerIn(incoming, outgoing).catch((thrown: unknown) => {
      onUnexpected?.(thrown);
      if (outgoing.headersSent) outgoing.destroy();
      else refuse(outgoing, { status: 500, code: 'internal', message: notLoaded });
    });
  };
}

/** Posts of samples that are as usual are answered without a `Request`, and everything else goes the long way. */
export function shortWay(parts: WayParts & { short: ShortIngest; turn: LoopTurn; takeLongWay: Way }): Way {
  const { short, turn, carrierOf, closing, takeLongWay, onUnexpected } = parts;
  return (incoming, outgoing) => {
    const head = shortHeadOf(incoming);
    if (head === undefined || !maySend(short, head.authorization)) return takeLongWay(incoming, outgoing);
    const { authorization, isPacked } = head;
    const take = (sent: Buffer, body: Buffer | undefined): void => {
      if (turn.isLong()) return writeShort(outgoing, tooBusy(), closing.aborted);
      const answering = body && taken(short, { authorization, carrier: carrierOf(incoming), body });
      // The body that was read is put where the normal path looks for it first.
      if (answering === undefined) takeLongWay(Object.assign(incoming, { rawBody: sent }), outgoing);
      else
        answering
          .then((answered) => writeShort(outgoing, answered, closing.aborted))
          .catch((thrown: unknown) => {
            onUnexpected?.(thrown);
            outgoing.destroy();
          });
    };
    onWholeBody(incoming, (sent) => {
      if (isPacked) unpack(sent, (body) => take(sent, body));
      else take(sent, sent);
    });
  };
}
