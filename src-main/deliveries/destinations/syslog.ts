import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { childEnvironment } from '../../base/child-environment.ts';
import { authorityFileSchema, readAuthorities } from '../../base/http/authority-file.ts';
import { checkedAddresses, systemResolve } from '../../base/http/lookup.ts';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import { checkedSocket } from '../checked-socket.ts';
import { connectionProblem } from '../connection-problem.ts';
import { defineDestination } from '../destination-kind.ts';
import type { Destination } from '../destination-kind.ts';
import { facilityNames, syslogLine, syslogSeverity, syslogText } from '../syslog-line.ts';
import { oneLine } from '../words.ts';

const transports = ['local', 'udp', 'tcp', 'tls'] as const;

const options = z
  .strictObject({
    transport: z.enum(transports).default('local').meta({
      title: 'Way',
      description:
        'local: the log of this machine (Linux). udp: nobody answers, so nobody knows whether it arrives. tcp: as it is. tls: encrypted.',
    }),
    host: z
      .string()
      .regex(/^[\p{L}\p{N}._:-]{1,253}$/u, "must be a server's name or IP address, without a port")
      .optional()
      .meta({ title: 'Server', description: 'The name or the IP address of the log server.' }),
    port: z.int().min(1).max(65_535).optional().meta({
      title: 'Port',
      description: 'Without it 514, and 6514 with TLS.',
    }),
    facility: z.enum(facilityNames).default('daemon').meta({
      title: 'Facility',
      description: 'Under which log servers sort what comes, such as daemon or local0.',
    }),
    appName: z
      .string()
      .regex(/^[\x21-\x7e]{1,48}$/, 'must be 1 to 48 printable characters of ASCII without spaces')
      .default('plimsoll')
      .meta({ title: 'Program', description: 'The name of the program in each line.', advanced: true }),
    socket: z
      .string()
      .min(1)
      .max(100, 'a socket has a path of at most 100 characters')
      .refine((path) => path.startsWith('/') && !path.includes('\0'), 'must be a full path')
      .default('/dev/log')
      .meta({ title: 'Socket', description: 'Where this machine takes its log, for local.', advanced: true }),
    authorityFile: authorityFileSchema.optional().meta({ advanced: true }),
    onResolve: z
      .boolean()
      .default(true)
      .meta({ title: 'Also when it is over', description: 'Write again when the alert resolves.' }),
  })
  .superRefine(({ transport, host, port, authorityFile }, { addIssue }) => {
    const report = (key: string, message: string) => addIssue({ code: 'custom', path: [key], message });
    if (transport === 'local') {
      if (host !== undefined)
        report('host', 'has no meaning for the log of this machine; choose udp, tcp or tls, or leave it out');
      if (port !== undefined) report('port', 'has no meaning for the log of this machine; leave it out');
    } else if (host === undefined) report('host', `is missing; ${transport} needs a server`);
    if (authorityFile !== undefined && transport !== 'tls')
      report('authorityFile', 'has a meaning with tls only; leave it out');
  });
type SyslogOptions = z.infer<typeof options>;

export const syslog = defineDestination<SyslogOptions>({
  kind: 'syslog',
  title: 'Syslog',
  description:
    'Writes a line for each announced alert into the log of this machine or of a log server (RFC 5424).',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: (chosen, { directory, trace }): Destination => ({
    async deliver(message, signal) {
      if (chosen.transport === 'local') return toThisMachine(message, chosen, signal, trace);
      const { transport, facility, appName, host = '' } = chosen;
      const line = syslogLine(message, { facility, appName, processId: process.pid });
      const port = chosen.port ?? (transport === 'tls' ? 6514 : 514);
      const place = new URL(`syslog-${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}`);
      trace?.(`> ${line}`);
      const server = { host, port, place: `${host}:${port}` };
      try {
        if (transport === 'udp') return await byDatagram(line, server);
        const ca =
          chosen.authorityFile === undefined
            ? undefined
            : await readAuthorities(resolve(directory, chosen.authorityFile));
        const socket = await checkedSocket({ host, port, isEncrypted: transport === 'tls', ca }, signal);
        return await byStream(line, socket, server, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        throw connectionProblem(thrown, place);
      }
    },
  }),
});

interface Server {
  host: string;
  port: number;
  place: string;
}

/** An answer that nobody listens comes at once or never. */
const refusalMs = 50;

async function byDatagram(line: string, { host, port, place }: Server): Promise<string> {
  const [first] = await checkedAddresses(host, place, 'allowed', systemResolve);
  if (first === undefined)
    throw new PlimsollError('unreachable', `${place} has no address.`, { retry: true });
  const socket = createSocket(first.family === 6 ? 'udp6' : 'udp4');
  const { promise: refused, reject } = Promise.withResolvers<never>();
  refused.catch(() => undefined);
  socket.on('error', reject);
  try {
    // Only a connected socket receives the error that nobody listens.
    socket.connect(port, first.address);
    await Promise.race([once(socket, 'connect'), refused]);
    const sent = new Promise<void>((done, fail) => {
      socket.send(line, (error) => (error === null ? done() : fail(error)));
    });
    await Promise.race([sent, refused]);
    await Promise.race([pause(refusalMs), refused]);
    return `Sent to ${place} by UDP, which nobody answers: whether it arrived is not known.`;
  } finally {
    socket.close();
  }
}

/** Long enough for a server anywhere on Earth to say that it accepts nothing. */
const farewellMs = 1000;

/** RFC 6587 (3.4.1): each line is preceded by its length in bytes, so that nothing in a line can end it. */
async function byStream(
  line: string,
  socket: Socket,
  { place }: Server,
  signal: AbortSignal,
): Promise<string> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  socket.on('error', reject);
  const abandon = () => reject(signal.reason);
  signal.addEventListener('abort', abandon, { once: true });
  // Its data is not part of the protocol, but has to be read for the end of the stream to arrive.
  socket.resume();
  const closed = once(socket, 'close');
  try {
    const handed = new Promise<void>((done) => socket.end(`${Buffer.byteLength(line)} ${line}`, done));
    await Promise.race([handed, failed, closed.then(() => Promise.reject(resetError()))]);
    await Promise.race([closed, failed, pause(farewellMs)]);
    return `${place} took the line. Syslog has no answer: whether the server kept it is not known.`;
  } finally {
    signal.removeEventListener('abort', abandon);
    socket.destroy();
  }
}

function resetError(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' });
}

const run = promisify(execFile);

/** Part of util-linux. Node does not support the kind of socket that /dev/log is (Unix datagrams). */
const logger = '/usr/bin/logger';
const loggerMs = 5000;

async function toThisMachine(
  message: Message,
  { facility, appName, socket }: SyslogOptions,
  signal: AbortSignal,
  trace: ((line: string) => void) | undefined,
): Promise<string> {
  if (process.platform !== 'linux' || !existsSync(logger))
    throw new PlimsollError(
      'unsupported',
      `The log of this machine is written through ${logger} of Linux, which is not here. Name a log server instead (udp, tcp or tls).`,
    );
  const severity = syslogSeverity(message);
  const text = `${syslogText(message)} [${message.id}]`;
  trace?.(`> ${facility}.${severity} ${appName}[${process.pid}]: ${text}`);
  const words = ['--socket', socket, '--socket-errors=on', `--id=${process.pid}`];
  try {
    // No shell: each word is one argument, and nothing after `--` is an option.
    await run(logger, [...words, '--priority', `${facility}.${severity}`, '--tag', appName, '--', text], {
      env: childEnvironment(process.env),
      timeout: loggerMs,
      signal,
      maxBuffer: 64 * 1024,
    });
    return `${socket} took the line.`;
  } catch (thrown) {
    signal.throwIfAborted();
    const said = oneLine(stderrOf(thrown) || messageOf(thrown)).slice(0, 300);
    throw new PlimsollError(
      'unreachable',
      `The log of this machine did not take the line: ${said}. Check that a log service runs, and the path of its socket.`,
      { retry: true, cause: thrown },
    );
  }
}

function stderrOf(thrown: unknown): string {
  const said = typeof thrown === 'object' && thrown !== null && 'stderr' in thrown ? thrown.stderr : '';
  return typeof said === 'string' ? said : '';
}
