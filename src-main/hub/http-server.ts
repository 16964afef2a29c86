import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorAnswer, notLoaded } from '../api/error-answer.ts';
import type { ApiEnv, Carrier } from '../api/carrier.ts';
import type { ShortAnswer, ShortIngest, WholePost } from '../api/short-ingest.ts';
import { nodeHttp, nodeHttps } from '../base/http/node-http.ts';
import { systemCodeOf } from '../contract/error.ts';
import { LoopTurn } from './loop-turn.ts';
import type { Refusal } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';
import { onWholeBody, shortHeadOf, tooBusy, unpack, writeShort } from './short-post.ts';
import type { Tls } from './tls.ts';

/** What answers requests: the API, with or without the interface's files before it. */
export type Answer = (request: Request, env: ApiEnv['Bindings']) => Response | Promise<Response>;

export interface Limits {
  /** How long the request line and headers may take. */
  headersMs: number;
  /** How long a whole request may take to arrive. */
  requestMs: number;
  headerBytes: number;
  /** How long a connection may wait for its next request. */
  idleMs: number;
  /** Whoever comes beyond this many is told to come later; four times as many are not even heard. */
  connections: number;
}

export const defaultLimits: Limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  headerBytes: 16 * 1024,
  idleMs: 30_000,
  connections: 512,
};

export interface HttpServerOptions {
  answer: Answer;
  carrierOf: (incoming: IncomingMessage) => Carrier;
  /** Looks at a request before anything else does. */
  check: (incoming: IncomingMessage) => Refusal | undefined;
  limits: Limits;
  /** Answers posts of samples without `answer`, where they are as usual. */
  short?: ShortIngest | undefined;
  /** Speak TLS 1.2 or newer with these. */
  tls?: Tls | undefined;
}

/**
 * Loaded with the first request: it brings along all that Node has for `fetch`, which nobody needs who only lets Plimsoll watch.
 */
const carrying = () => import('@hono/node-server');

const minVersion = 'TLSv1.2';

/** How long a closing server waits for requests that are being answered. */
const CLOSE_MS = 1500;

/**
 * Posts are read for so long in one turn of the loop; those that came with it as well are told to come again. What is taken is then
 * answered within a second: it waited for one such turn, is in the next, and is written with what may wait for the disk.
 */
const turnMs = 250;

/** An HTTP server that is not listening yet, and how to end it gracefully. */
export interface HttpServer {
  server: Server;
  /** New connections over TLS get this certificate; those that are open keep theirs. */
  renew(tls: Tls): void;
  /** Ends live streams, lets requests finish for a moment, closes every connection. Done within two seconds. */
  close(): Promise<void>;
}

/** What can not be looked up is asked the long way, which says so and goes on. */
function maySend(short: ShortIngest, authorization: string): boolean {
  try {
    return short.may(authorization);
  } catch {
    return false;
  }
}

function taken(short: ShortIngest, post: WholePost): Promise<ShortAnswer> | undefined {
  try {
    return short.take(post);
  } catch {
    return undefined;
  }
}

/** HTTP over `node:http`, limited in time, size and number, for a listener or a local socket. */
export function httpServer({ answer, carrierOf, check, limits, short, tls }: HttpServerOptions): HttpServer {
  const closing = new AbortController();
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    // A timer that rings whether somebody is connected or not.
    connectionsCheckingInterval: limits.headersMs / 2,
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: limits.headerBytes,
    // Checked by ourselves, so that the answer says what is wrong.
    requireHostHeader: false,
  };
  // A handshake is part of what may take as long as headers.
  const encrypted =
    tls === undefined
      ? undefined
      : nodeHttps().createServer({ ...options, ...tls, minVersion, handshakeTimeout: limits.headersMs });
  const server = encrypted ?? nodeHttp().createServer(options);
  server.maxConnections = 4 * limits.connections;
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    socket.once('close', () => connections--);
  });

  const turn = new LoopTurn();
  const takeLongWay = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    if (closing.signal.aborted) outgoing.setHeader('Connection', 'close');
    answerIn(incoming, outgoing).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else refuse(outgoing, { status: 500, code: 'internal', message: notLoaded });
    });
  };

  async function answerIn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const env = { carrier: carrierOf(incoming), closing: closing.signal };
    const { getRequestListener } = await carrying();
    // Who left meanwhile would not be noticed to leave.
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
          Response.json(errorAnswer('usage', 'the request can not be understood'), { status: 400 }),
      },
    );
    await listener(incoming, outgoing);
  }

  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (connections > limits.connections) {
      // An answer that comes before its request was read is lost with the connection.
      incoming.on('error', () => undefined).on('end', () => refuse(outgoing, tooMany));
      incoming.resume();
      return;
    }
    const refusal = check(incoming);
    if (refusal !== undefined) return refuse(outgoing, refusal);
    const head = short === undefined ? undefined : shortHeadOf(incoming);
    if (short === undefined || head === undefined || !maySend(short, head.authorization))
      return takeLongWay(incoming, outgoing);
    const { authorization, isPacked } = head;
    const take = (sent: Buffer, body: Buffer | undefined): void => {
      if (turn.elapsedMs() > turnMs) return writeShort(outgoing, tooBusy(), closing.signal.aborted);
      const answering = body && taken(short, { authorization, carrier: carrierOf(incoming), body });
      // What was read stands where the long way looks for it first.
      if (answering === undefined) takeLongWay(Object.assign(incoming, { rawBody: sent }), outgoing);
      else
        answering
          .then((answered) => writeShort(outgoing, answered, closing.signal.aborted))
          .catch(() => outgoing.destroy());
    };
    onWholeBody(incoming, (sent) => {
      if (isPacked) unpack(sent, (body) => take(sent, body));
      else take(sent, sent);
    });
  });
  server.on('clientError', answerParserError);

  return {
    server,
    renew: (next) => encrypted?.setSecureContext({ ...next, minVersion }),
    close: async () => {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // A connection whose stream has just ended becomes idle a little later.
      const sweep = setInterval(() => server.closeIdleConnections(), 25);
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}

const tooMany: Refusal = {
  status: 503,
  code: 'too_many_requests',
  message: 'as many connections are open as may be; come again a little later',
  retryAfterSeconds: 2,
};

function refuse(outgoing: ServerResponse, { status, code, message, retryAfterSeconds }: Refusal): void {
  // Nothing that follows on this connection can be trusted to be what it seems.
  outgoing.writeHead(status, {
    ...securityHeaders,
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  });
  outgoing.end(JSON.stringify(errorAnswer(code, message)));
}

const parserStatus: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** What is not HTTP, too long or too slow: answered in one piece where that is still possible, then cut. */
function answerParserError(error: Error, socket: Duplex): void {
  const code = systemCodeOf(error);
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = parserStatus[code ?? ''] ?? 400;
  const { STATUS_CODES } = nodeHttp();
  const body = JSON.stringify(errorAnswer('usage', STATUS_CODES[status] ?? 'Bad Request'));
  const headers = { ...securityHeaders, 'Content-Type': 'application/json', Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}\r\n`;
  socket.end(`${start}${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () =>
    socket.destroy(),
  );
}
