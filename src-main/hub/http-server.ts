import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { errorAnswer } from '../api/answers.ts';
import type { ApiEnv, Carrier } from '../api/carrier.ts';
import { systemCodeOf } from '../contract/error.ts';
import type { Refusal } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';
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
  /** Speak TLS 1.2 or newer with these. */
  tls?: Tls | undefined;
}

const minVersion = 'TLSv1.2';

/** How long a closing server waits for requests that are being answered. */
const CLOSE_MS = 1500;

/** An HTTP server that is not listening yet, and how to end it gracefully. */
export interface HttpServer {
  server: Server;
  /** New connections over TLS get this certificate; those that are open keep theirs. */
  renew(tls: Tls): void;
  /** Ends live streams, lets requests finish for a moment, closes every connection. Done within two seconds. */
  close(): Promise<void>;
}

/** HTTP over `node:http`, limited in time, size and number, for a listener or a local socket. */
export function httpServer({ answer, carrierOf, check, limits, tls }: HttpServerOptions): HttpServer {
  const closing = new AbortController();
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersMs / 4),
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: limits.headerBytes,
    // Checked by ourselves, so that the answer says what is wrong.
    requireHostHeader: false,
  };
  // A handshake is part of what may take as long as headers.
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...tls, minVersion, handshakeTimeout: limits.headersMs });
  server.maxConnections = limits.connections;

  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    if (closing.signal.aborted) outgoing.setHeader('Connection', 'close');
    const refusal = check(incoming);
    if (refusal !== undefined) return refuse(outgoing, refusal);
    const env = { carrier: carrierOf(incoming), closing: closing.signal };
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
    void listener(incoming, outgoing);
  });
  server.on('clientError', answerParserError);

  return {
    server,
    renew: (next) => {
      if (server instanceof TlsServer) server.setSecureContext({ ...next, minVersion });
    },
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

function refuse(outgoing: ServerResponse, { status, code, message }: Refusal): void {
  // Nothing that follows on this connection can be trusted to be what it seems.
  outgoing.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    Connection: 'close',
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
  const body = JSON.stringify(errorAnswer('usage', STATUS_CODES[status] ?? 'Bad Request'));
  const headers = { ...securityHeaders, 'Content-Type': 'application/json', Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}\r\n`;
  socket.end(`${start}${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () =>
    socket.destroy(),
  );
}
