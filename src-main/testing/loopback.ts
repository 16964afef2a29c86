import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import type { TestCertificate } from './certificate.ts';

/** A server of this machine that is closed, with all its connections, when the test is over. Returns its port. */
export async function loopback(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // What a client does to its connection is what these tests are about.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server; returns its origin. */
export async function httpServer(answer: Answer): Promise<string> {
  const server = http.createServer((request, response) => void answer(request, response));
  return `http://127.0.0.1:${await loopback(server)}`;
}

/** An HTTPS server; returns its port, because certificates are about names. */
export async function httpsServer(certificate: TestCertificate, answer: Answer): Promise<number> {
  const { key, pem } = certificate;
  return loopback(
    https.createServer({ key, cert: pem }, (request, response) => void answer(request, response)),
  );
}

/** A server that is handed each connection and does with it what it likes; returns its origin for `http:`. */
export async function rawServer(onConnection: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await loopback(net.createServer(onConnection))}`;
}
