import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

/** A mail that was taken: the whole of it, and when its end had come, on the monotonic clock. */
export interface TakenMail {
  at: number;
  raw: string;
}

/**
 * A mail server of this machine that takes whatever comes, without login and encryption, and is closed when the test is over.
 * `hold` is waited for between taking a mail and saying so.
 */
export async function mailServer(
  hold: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ taken: TakenMail[]; port: number }> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    ...{ disableReverseLookup: true, authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] },
    onData: (stream, _session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        taken.push({ at: performance.now(), raw: Buffer.concat(chunks).toString() });
        void hold().then(() => callback(null, 'taken'));
      });
    },
  });
  // What becomes of a client is what these tests are about.
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { taken, port: (listener.address() as AddressInfo).port };
}
