import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorAnswer, notLoaded } from '../api/error-answer.ts';
import type { ApiEnv, Carrier } from '../api/carrier.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import { nodeHttp, nodeHttps } from '../base/http/node-http.ts';
import { systemCodeOf } from '../contract/error.ts';
import { LoopTurn } from './loop-turn.ts';
import { PostLane } from './post-lane.ts';
import type { Refusal, RequestHead } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';
import { maySend, onWholeBody, shortHeadOf, taken, tooBusy, unpack, writeShort } from './short-post.ts';
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
  /** While more requests of one connection wait for their answers, no further ones are read. */
  pipelined: number;
  /** Whoever comes beyond this many is told to come later; four times as many are not even heard. */
  connections: number;
}

export const defaultLimits: Limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  headerBytes: 16 * 1024,
  idleMs: 30_000,
  pipelined: 32,
  connections: 512,
};

export interface HttpServerOptions {
  answer: Answer;
  carrierOf: (head: RequestHead) => Carrier;
  /** Looks at a request before anything else does. */
  check: (head: RequestHead) => Refusal | undefined;
  limits: Limits;
  /** Answers posts of samples without `answer`, where they are as usual. */
  short?: ShortIngest | undefined;
  /** Speak TLS 1.2 or newer with these. */
  tls?: Tls | undefined;
  /** Told of what went wrong with a request and is no fault of who asked. */
  onUnexpected?: ((error: unknown) => void) | undefined;
}

/**
 * Loaded with the first request: it brings along all that Node has for `fetch`, which nobody needs who only lets Plimsoll watch.
 */
const carrying = () => import('@hono/node-server');

const minVersion = 'TLSv1.2';

/** How long a closing server waits for requests that are being answered. */
const CLOSE_MS = 1500;

/** The longest that a timer of Node can be set for. */
const hardlyEverMs = 2 ** 31 - 1;

/** An HTTP server that is not listening yet, and how to end it gracefully. */
export interface HttpServer {
  server: Server;
  /** New connections over TLS get this certificate; those that are open keep theirs. */
  renew(tls: Tls): void;
  /** Ends live streams, lets requests finish for a moment, closes every connection. Done within two seconds. */
  close(): Promise<void>;
}

/** HTTP over `node:http`, limited in time, size and number, for a listener or a local socket. */
export function httpServer(httpOptions: HttpServerOptions): HttpServer {
  const { answer, carrierOf, check, limits, short, tls, onUnexpected } = httpOptions;
  const closing = new AbortController();
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    // A limit holds to within this interval.
    connectionsCheckingInterval: Math.min(1000, limits.headersMs / 10),
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
  // What Node's server does with a connection.
  const arrives = tls === undefined ? 'connection' : 'secureConnection';
  const [usual] = server.listeners(arrives) as ((socket: Socket) => void)[];
  server.maxConnections = 4 * limits.connections;
  const restCheck = checkWhileConnected(server, options.connectionsCheckingInterval);
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    if (connections++ === 0) restCheck(false);
    socket.once('close', () => {
      if (--connections === 0) restCheck(true);
    });
  });

  /** How many requests of a connection are not answered yet. */
  const unanswered = new WeakMap<Socket, number>();
  /** Who sends one request after the other without waiting for answers is not read while too many wait. */
  const readNoMore = (socket: Socket, outgoing: ServerResponse): void => {
    const before = unanswered.get(socket) ?? 0;
    unanswered.set(socket, before + 1);
    if (before >= limits.pipelined) socket.pause();
    outgoing.once('close', () => {
      const left = (unanswered.get(socket) ?? 1) - 1;
      unanswered.set(socket, left);
      if (left === limits.pipelined && !socket.destroyed) socket.resume();
    });
  };

  // A connection on which nothing moves is kept while an answer is being made, and not while one waits for being read.
  server.timeout = limits.idleMs;
  server.on('timeout', (socket: Socket) => {
    const isAwaited = (unanswered.get(socket) ?? 0) > 0 && socket.writableLength === 0;
    if (!isAwaited) socket.destroy();
  });

  const turn = new LoopTurn();
  const takeLongWay = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    if (closing.signal.aborted) outgoing.setHeader('Connection', 'close');
    answerIn(incoming, outgoing).catch((thrown: unknown) => {
      onUnexpected?.(thrown);
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
          Response.json(errorAnswer('usage', 'the request cannot be understood'), { status: 400 }),
      },
    );
    await listener(incoming, outgoing);
  }

  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (connections > limits.connections) return refuseLater(incoming, outgoing, tooMany);
    readNoMore(incoming.socket, outgoing);
    const refusal = check(incoming);
    if (refusal !== undefined) return refuse(outgoing, refusal);
    const head = short === undefined ? undefined : shortHeadOf(incoming);
    if (short === undefined || head === undefined || !maySend(short, head.authorization))
      return takeLongWay(incoming, outgoing);
    const { authorization, isPacked } = head;
    const take = (sent: Buffer, body: Buffer | undefined): void => {
      if (turn.isLong()) return writeShort(outgoing, tooBusy(), closing.signal.aborted);
      const answering = body && taken(short, { authorization, carrier: carrierOf(incoming), body });
      // What was read stands where the long way looks for it first.
      if (answering === undefined) takeLongWay(Object.assign(incoming, { rawBody: sent }), outgoing);
      else
        answering
          .then((answered) => writeShort(outgoing, answered, closing.signal.aborted))
          .catch((thrown: unknown) => {
            onUnexpected?.(thrown);
            outgoing.destroy();
          });
    };
    onWholeBody(incoming, (sent) => {
      if (isPacked) unpack(sent, (body) => take(sent, body));
      else take(sent, sent);
    });
  });
  server.on('clientError', answerParserError);

  let lane: PostLane | undefined;
  if (short !== undefined && usual !== undefined) {
    const leave = (socket: Socket): void => usual.call(server, socket);
    const made = new PostLane({
      ...{ short, carrierOf, turn, limits, leave, onUnexpected },
      isGood: (head, authorization) => check(head) === undefined && maySend(short, authorization),
      tooSlow: (socket) => answerParserError(tooSlow, socket),
    });
    lane = made;
    server.off(arrives, usual).on(arrives, (socket: Socket) => {
      if (connections > limits.connections) leave(socket);
      else made.enter(socket);
    });
  }

  return {
    server,
    renew: (next) => encrypted?.setSecureContext({ ...next, minVersion }),
    close: async () => {
      closing.abort();
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
    },
  };
}

/**
 * Node looks for connections that are too slow by a timer that rings whether somebody is connected or not, and wakes a Plimsoll that
 * nobody asks as often as its sources do. It winds that timer whenever the server is told that it listens: so it is wound for ever
 * while nobody is connected (`rests`), and anew when somebody is. Where Node does it in another way, its timer rings always.
 */
function checkWhileConnected(server: Server, everyMs: number): (rests: boolean) => void {
  const wind = server.listeners('listening').find(({ name }) => name === 'setupConnectionsTracking');
  if (wind === undefined) return () => undefined;
  const rest = (rests: boolean): void => {
    Object.assign(server, { connectionsCheckingInterval: rests ? hardlyEverMs : everyMs });
    if (server.listening) wind.call(server);
  };
  rest(true);
  return rest;
}

const tooMany: Refusal = {
  status: 503,
  code: 'busy',
  message: 'as many connections are open as may be; come again a little later',
  retryAfterSeconds: 2,
};

/** An answer that comes before its request was read is lost with the connection. */
function refuseLater(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
  incoming.on('error', () => undefined).on('end', () => refuse(outgoing, refusal));
  incoming.resume();
}

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

const tooSlow = Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

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
