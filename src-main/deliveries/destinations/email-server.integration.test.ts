import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ParsedMail } from 'mailparser';
import { expect, it, onTestFinished } from 'vitest';
import { exampleMessage } from '../../testing/example-message.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { emailDestination } from './email.ts';
import { freePort } from '../../testing/free-port.ts';
import { login, openMailbox, Refused, secrets, signal } from '../../testing/open-mailbox.ts';

/** How many addresses the headers of the mail contain. */
function namedIn({ to }: ParsedMail): number {
  return [to ?? []].flat().flatMap(({ value }) => value).length;
}

it('who has a mail does not get it again because of another', async () => {
  const answers = new Map([
    ['b@example.org', [new Refused(450, 'greylisted')]],
    ['c@example.org', [new Refused(550, 'no such user')]],
  ]);
  const { arrived, deliver, port } = await openMailbox(
    { to: ['a@example.org', 'b@example.org', 'c@example.org'] },
    { onRcptTo: ({ address }, _, callback) => callback(answers.get(address)?.shift()) },
  );
  const server = `127.0.0.1:${String(port)}`;
  await expect(deliver()).rejects.toMatchObject({
    retry: true,
    message: `${server} accepted it for a@example.org: 250 taken as 1. ${server} refused b@example.org (450 greylisted), c@example.org (550 no such user). Tried again for b@example.org.`,
  });
  const receipt = await deliver();
  expect(receipt).toBe(
    `Warning: not everybody got it. ${server} accepted it for a@example.org, b@example.org: 250 taken as 1; 250 taken as 2. ${server} refused c@example.org (550 no such user).`,
  );
  expect(await deliver()).toBe(receipt);
  expect(arrived.map(({ recipients, mail }) => [recipients, mail.messageId, namedIn(mail)])).toEqual([
    [['a@example.org'], '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>', 3],
    [['b@example.org'], '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>', 3],
  ]);
});

it('what goes wrong for good after somebody has it is a warning', async () => {
  let connections = 0;
  const { deliver } = await openMailbox(
    {},
    {
      onConnect: (_, callback) => callback(++connections > 1 ? new Refused(554, 'closed for today') : null),
      onRcptTo: ({ address }, _, callback) =>
        callback(address === 'b@example.org' ? new Refused(450, 'greylisted') : null),
    },
  );
  await expect(deliver()).rejects.toMatchObject({ retry: true });
  expect(await deliver()).toMatch(
    /^Warning: not everybody got it\..*accepted it for a@example\.org.*refused b@example\.org \(.*554 closed for today/,
  );
});

it('a wrong password is a failure for good, and is nowhere to be read', async () => {
  const { trace, deliver } = await openMailbox(
    {},
    { onAuth: (_, __, callback) => callback(new Refused(535, 'Who are you?')) },
  );
  const problem = await deliver().catch((thrown: unknown) => thrown as Error);
  expect(problem).toMatchObject({ code: 'unauthorized', retry: false });
  expect(trace).toContain('C: AUTH PLAIN [secret]');
  expect(trace).toContain('S: 535 Who are you?');
  expect([String(problem), ...trace].join('\n')).not.toMatch(/hunter2/);
  expect(trace.join('\n')).not.toContain(Buffer.from(secrets.smtp).toString('base64'));
});

it('TLS from the start, and the LOGIN mechanism, work as well', async () => {
  const { arrived, trace, deliver } = await openMailbox(
    { security: 'tls' },
    { secure: true, authMethods: ['LOGIN'] },
  );
  await deliver();
  expect(arrived).toHaveLength(1);
  expect(trace.filter((line) => line.startsWith('C: '))).toEqual([
    expect.stringMatching(/^C: EHLO /),
    'C: AUTH LOGIN',
    'C: [secret]',
    'C: [secret]',
    'C: MAIL FROM:<ops@example.org>',
    'C: RCPT TO:<a@example.org>',
    'C: RCPT TO:<b@example.org>',
    'C: DATA',
  ]);
});

it('a server that does not know our certificate’s issuer gets nothing when none is trusted', async () => {
  const { arrived, port } = await openMailbox();
  const options = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    to: ['a@example.org'],
    ...login,
  });
  const surroundings = destinationSurroundings({ secret: secretsOf(secrets) });
  await expect(
    emailDestination.open(options, surroundings).deliver(exampleMessage(), signal),
  ).rejects.toMatchObject({
    code: 'forbidden',
    retry: false,
  });
  expect(arrived).toEqual([]);
});

/** Debian's own Python, for which the package is installed. */
const python = '/usr/bin/python3';
const hasAiosmtpd = spawnSync(python, ['-c', 'import aiosmtpd'], { stdio: 'ignore' }).status === 0;

it('another server, aiosmtpd, takes it too', async (context) => {
  if (!hasAiosmtpd) context.skip('needs the Debian package python3-aiosmtpd');
  const port = await freePort();
  const server = spawn(
    python,
    [
      '-u',
      '-m',
      'aiosmtpd',
      '-n',
      '-l',
      `127.0.0.1:${String(port)}`,
      '-c',
      'aiosmtpd.handlers.Debugging',
      'stdout',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void server.kill());
  let printed = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  while (!(await answers(port))) await pause(50);
  const options = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    security: 'plain',
    from: 'plimsoll@example.org',
    to: ['ops@example.org'],
  });
  const receipt = await emailDestination
    .open(options, destinationSurroundings())
    .deliver(exampleMessage(), signal);
  expect(receipt).toContain('accepted it for ops@example.org');
  await expect.poll(() => printed).toContain('END MESSAGE');
  expect(printed).toContain('X-Plimsoll-Alert: alert-1');
});

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}
