import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorAnswer } from '../api/error-answer.ts';
import { nodeHttp } from '../base/http/node-http.ts';
import { systemCodeOf } from '../contract/error.ts';
import type { Refusal } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';

export const tooMany: Refusal = {
  status: 503,
  code: 'busy',
  message: 'as many connections are open as may be; come again a little later',
  retryAfterSeconds: 2,
};

/** An answer sent before its request was read would be lost with the connection. */
export function refuseLater(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
  incoming.on('error', () => undefined).on('end', () => refuse(outgoing, refusal));
  incoming.resume();
}

export function refuse(
  outgoing: ServerResponse,
  { status, code, message, retryAfterSeconds }: Refusal,
): void {
  // The rest of this connection cannot be trusted to be what it seems.
  outgoing.writeHead(status, {
    ...securityHeaders,
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  });
  outgoing.end(JSON.stringify(errorAnswer(code, message)));
}

/** As Node's server says it of a connection that is too slow. */
export const tooSlow = Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

const parserStatus: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * Handles data that is not HTTP, too long or too slow: answers once if that is still possible, then closes the
 * connection.
 */
export function answerParserError(error: Error, socket: Duplex): void {
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
