import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Carrier } from '../api/carrier.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import { nodeHttp, nodeHttps } from '../base/http/node-http.ts';
import type { Limits } from './limits.ts';
import { LoopTurn } from './loop-turn.ts';
import { OpenConnections } from './open-connections.ts';
import { PostLane } from './post-lane.ts';
import { answerParserError, refuse, refuseLater, tooMany, tooSlow } from './refusals.ts';
import type { Refusal, RequestHead } from './request-checks.ts';
import { maySend } from './short-post.ts';
import type { Tls } from './tls.ts';
import { longWay, shortWay } from './ways.ts';
import type { Answer } from './ways.ts';

export interface HttpServerOptions {
  answer: Answer;
  carrierOf: (head: RequestHead) => Carrier;
  /** Checks a request before anything else. */
  check: (head: RequestHead) => Refusal | undefined;
  limits: Limits;
  /** Answers the usual posts of samples without `answer`. */
  short?: ShortIngest | undefined;
  /** Serve TLS 1.2 or newer with these. */
  tls?: Tls | undefined;
  /** Receives errors that are not the client's fault. */
  onUnexpected?: ((error: unknown) => void) | undefined;
}

const minVersion = 'TLSv1.2';

/** How long a closing server waits for running requests. */
const CLOSE_MS = 1500;

/** An HTTP server that is not listening yet, and can be closed gracefully. */
export interface HttpServer {
  server: Server;
  /** New connections over TLS get this certificate; open ones keep theirs. */
  renew(tls: Tls): void;
  /** Ends live streams, gives requests a moment to finish, and closes every connection. Takes at most two seconds. */
  close(): Promise<void>;
}

/** HTTP over `node:http`, limited in time, size and number, for a listener or a local socket. */
export function httpServer(httpOptions: HttpServerOptions): HttpServer {
  const { answer, carrierOf, check, limits, short, tls, onUnexpected } = httpOptions;
  const closing = new AbortController();
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    // A limit is accurate to this interval.
    connectionsCheckingInterval: Math.min(1000, limits.headersMs / 10),
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: limits.headerBytes,
    // We check it ourselves, so that the answer says what is wrong.
    requireHostHeader: false,
  };
  // The TLS handshake counts towards the time for headers.
  const encrypted =
    tls === undefined
      ? undefined
      : nodeHttps().createServer({ ...options, ...tls, minVersion, handshakeTimeout: limits.headersMs });
  const server = encrypted ?? nodeHttp().createServer(options);
  // The event for which Node's server handles a connection.
  const arrives = tls === undefined ? 'connection' : 'secureConnection';
  const [usual] = server.listeners(arrives) as ((socket: Socket) => void)[];
  const open = new OpenConnections(server, limits, options.connectionsCheckingInterval);

  const turn = new LoopTurn();
  const parts = { carrierOf, closing: closing.signal, onUnexpected };
  const takeLongWay = longWay({ ...parts, answer });
  const takeWay = short === undefined ? takeLongWay : shortWay({ ...parts, short, turn, takeLongWay });
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (open.areTooMany) return refuseLater(incoming, outgoing, tooMany);
    open.await(incoming.socket, outgoing);
    const refusal = check(incoming);
    if (refusal !== undefined) return refuse(outgoing, refusal);
    takeWay(incoming, outgoing);
  });
  server.on('clientError', answerParserError);

  const leave = (socket: Socket): void => usual?.call(server, socket);
  const lane =
    short &&
    new PostLane({
      ...{ short, carrierOf, turn, limits, leave, onUnexpected },
      isGood: (head, authorization) => check(head) === undefined && maySend(short, authorization),
      tooSlow: (socket) => answerParserError(tooSlow, socket),
    });
  if (lane !== undefined && usual !== undefined)
    server.off(arrives, usual).on(arrives, (socket: Socket) => {
      if (open.areTooMany) leave(socket);
      else lane.enter(socket);
    });

  return {
    server,
    renew: (next) => encrypted?.setSecureContext({ ...next, minVersion }),
    close: () => {
      closing.abort();
      return close(server, lane);
    },
  };
}

async function close(server: Server, lane: PostLane | undefined): Promise<void> {
  lane?.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection whose stream has just ended becomes idle a little later.
  const sweep = setInterval(() => server.closeIdleConnections(), 25);
  const cut = setTimeout(() => {
    lane?.cutAll();
    server.closeAllConnections();
  }, CLOSE_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
