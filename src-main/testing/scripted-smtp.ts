import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { testCertificate } from './certificate.ts';

/** What the server shows after STARTTLS. */
export const smtpCertificate = testCertificate({ name: 'localhost' });

/** One connection to the server, as the script of it sees it. */
export interface SmtpTalk {
  say(text: string): void;
  /** Speaks TLS from here on; what is heard is decrypted. */
  encrypt(): void;
  hangUp(): void;
}

/** What the server does: at the beginning of each connection, and at each line. After DATA it gets the mail as one line. */
export interface SmtpScript {
  greet(talk: SmtpTalk, connection: number): void;
  answer(line: string, talk: SmtpTalk, connection: number): void;
}

export interface ScriptedSmtp {
  port: number;
  /** Every byte that came in clear, all connections together. What follows `encrypt` is not among them. */
  heard(): Buffer;
  /** Every line that was heard, decrypted. */
  lines: string[];
  connections(): number;
  close(): void;
}

/** An SMTP server on a socket of this machine that answers as it is told, and knows all that it heard. */
export async function scriptedSmtp(
  script: Partial<SmtpScript> = {},
  host = '127.0.0.1',
): Promise<ScriptedSmtp> {
  const [bytes, lines]: [Buffer[], string[]] = [[], []];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const number = ++connections;
    sockets.add(socket);
    socket.on('data', (chunk) => bytes.push(chunk));
    attend(socket, number);
  });

  function attend(wire: Socket, number: number): void {
    const forget = () => undefined;
    let voice: Socket = wire;
    let rest = '';
    let isData = false;
    const listen = (chunk: Buffer) => {
      rest += chunk.toString('latin1');
      for (;;) {
        const end = rest.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        lines.push(line);
        isData = !isData && line === 'DATA';
        (script.answer ?? politely)(line, talk, number);
      }
    };
    const talk: SmtpTalk = {
      say: (text) => void voice.write(`${text}\r\n`, 'latin1'),
      encrypt: () => {
        wire.off('data', listen);
        voice = new TLSSocket(wire, { isServer: true, cert: smtpCertificate.pem, key: smtpCertificate.key });
        voice.on('data', listen).on('error', forget);
      },
      hangUp: () => void wire.destroy(),
    };
    wire.on('data', listen).on('error', forget);
    (script.greet ?? ((greeted: SmtpTalk) => greeted.say('220 scripted')))(talk, number);
  }

  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(bytes),
    lines,
    connections: () => connections,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Offers STARTTLS and PLAIN, and takes everything. */
export function politely(line: string, talk: SmtpTalk): void {
  const [verb = ''] = line.split(' ');
  if (verb === 'EHLO') talk.say('250-scripted\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN');
  else if (verb === 'STARTTLS') {
    talk.say('220 go ahead');
    talk.encrypt();
  } else if (verb === 'AUTH') talk.say('235 welcome');
  else if (verb === 'DATA') talk.say('354 go ahead');
  else if (['MAIL', 'RCPT', 'RSET', 'NOOP', 'QUIT'].includes(verb)) talk.say('250 fine');
  else talk.say('250 taken as 1234');
}
