import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { testCertificate } from '../../testing/certificate.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { loopback } from '../../testing/loopback.ts';
import { destinationSurroundings } from '../../testing/surroundings.ts';
import { syslogLine } from '../syslog-line.ts';
import { syslog } from './syslog.ts';

const { signal } = new AbortController();
const lineOptions = { facility: 'daemon', appName: 'plimsoll', processId: process.pid } as const;
const hostile = exampleMessage({ alert: { ruleName: hostileText } });

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'plimsoll-syslog-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function deliver(options: Record<string, unknown>, message = exampleMessage(), directory = '/nowhere') {
  const destination = syslog.open(syslog.options.parse(options), destinationSurroundings({ directory }));
  return destination.deliver(message, signal);
}

async function failure(options: Record<string, unknown>, directory?: string): Promise<PlimsollError> {
  const thrown: unknown = await deliver(options, undefined, directory).catch((error: unknown) => error);
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`);
}

/** Collects everything that one connection sends. */
async function collecting(server: net.Server): Promise<{ port: number; said: Promise<string> }> {
  const connected = once(server, server instanceof tls.Server ? 'secureConnection' : 'connection');
  const said = connected.then(async ([socket]) => (await buffer(socket as Socket)).toString('utf8'));
  said.catch(() => undefined);
  return { port: await loopback(server), said };
}

describe('over UDP', () => {
  test('one datagram is one line, and the receipt promises nothing', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const received = once(server, 'message');
    const { port } = server.address();
    expect(await deliver({ transport: 'udp', host: '127.0.0.1', port }, hostile)).toBe(
      `Sent to 127.0.0.1:${port} by UDP, which nobody answers: whether it arrived is not known.`,
    );
    expect(String((await received)[0])).toBe(syslogLine(hostile, lineOptions));
  });

  test('where the system says that nobody listens, it is tried again', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    expect(await failure({ transport: 'udp', host: '127.0.0.1', port })).toMatchObject({
      code: 'unreachable',
      retry: true,
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });
});

describe('over TCP', () => {
  test('the length goes before the line', async () => {
    const { port, said } = await collecting(net.createServer());
    expect(await deliver({ transport: 'tcp', host: '127.0.0.1', port }, hostile)).toContain(
      'whether the server kept it is not known',
    );
    const line = syslogLine(hostile, lineOptions);
    expect(await said).toBe(`${Buffer.byteLength(line)} ${line}`);
  });

  test('who refuses, resets or is not found is asked again', async () => {
    const gone = net.createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const resetting = await loopback(net.createServer((socket) => void socket.resetAndDestroy()));
    for (const options of [{ port }, { port: resetting }, { host: 'nobody.invalid' }])
      expect(await failure({ transport: 'tcp', host: '127.0.0.1', ...options })).toMatchObject({
        code: 'unreachable',
        retry: true,
      });
  });

  test('a server that never closes its end holds nobody up, and a metadata address is refused', async () => {
    const port = await loopback(net.createServer({ allowHalfOpen: true }, (socket) => void socket.resume()));
    const begun = performance.now();
    await deliver({ transport: 'tcp', host: '127.0.0.1', port });
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(await failure({ transport: 'tcp', host: '169.254.169.254' })).toMatchObject({ code: 'forbidden' });
    expect(await failure({ transport: 'udp', host: '169.254.169.254' })).toMatchObject({ code: 'forbidden' });
  });
});

describe('over TLS', () => {
  test('the authority is checked before anything is said', async () => {
    const certificate = testCertificate({ name: 'localhost' });
    const directory = folder();
    writeFileSync(join(directory, 'ca.pem'), certificate.pem);
    const make = () => tls.createServer({ key: certificate.key, cert: certificate.pem });
    const { port, said } = await collecting(make());
    const options = { transport: 'tls', host: 'localhost', port, authorityFile: 'ca.pem' };
    await deliver(options, hostile, directory);
    const line = syslogLine(hostile, lineOptions);
    expect(await said).toBe(`${Buffer.byteLength(line)} ${line}`);

    const heard: unknown[] = [];
    const stranger = make();
    stranger.on('secureConnection', (socket) => socket.on('data', (part) => heard.push(part)));
    const strangerPort = await loopback(stranger);
    expect(await failure({ transport: 'tls', host: 'localhost', port: strangerPort })).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('self-signed') as string,
    });
    expect(heard).toEqual([]);
    const plain = await loopback(net.createServer((socket) => void socket.end('hello\n')));
    expect((await failure({ ...options, port: plain }, directory)).message).toContain('TLS');
    expect((await failure({ ...options, authorityFile: 'none.pem' }, directory)).message).toContain(
      'none.pem',
    );
  });
});

describe.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/logger'))(
  'into the log of this machine (skipped without /usr/bin/logger of Linux)',
  () => {
    test('a line arrives at the socket as one datagram', async () => {
      const path = join(folder(), 'log');
      // Node has no Unix datagram sockets.
      const program = [
        'import socket, sys',
        's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
        's.bind(sys.argv[1])',
        'print("ready", flush=True)',
        'sys.stdout.buffer.write(s.recv(65536))',
      ];
      const child = spawn('python3', ['-c', program.join('\n'), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill());
      await once(child.stdout, 'data');
      const rest = buffer(child.stdout);
      const receipt = await deliver({ socket: path, facility: 'local3' }, hostile);
      expect(receipt).toBe(`${path} took the line.`);
      const received = (await rest).toString('utf8').replaceAll('\0', '').trim();
      expect(received).toMatch(
        /^<156>.*plimsoll\[\d+\]: =HYPERLINK\("http:\/\/x"\) <img .* \$\(reboot\) `id` /,
      );
      expect(received).toContain(`[${hostile.id}]`);
      expect(received).not.toMatch(/[\p{Cc}\u202e]/u);
    });

    test('where nobody listens, it says so and is tried again', async () => {
      const path = join(folder(), 'nobody');
      expect(await failure({ socket: path })).toMatchObject({
        code: 'unreachable',
        retry: true,
        message: expect.stringContaining(path) as string,
      });
    });
  },
);

test.each([
  [{ transport: 'udp' }, 'host'],
  [{ host: 'logs.example.org' }, 'host'],
  [{ transport: 'tcp', host: 'a b' }, 'host'],
  [{ transport: 'udp', host: 'logs.example.org', authorityFile: 'ca.pem' }, 'authorityFile'],
  [{ appName: 'a b' }, 'appName'],
  [{ facility: 'kern' }, 'facility'],
])('%j does not hold', (options, key) => {
  const { error } = syslog.options.safeParse(options);
  expect(error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
