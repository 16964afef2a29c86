import { afterEach, expect, test } from 'vitest';
import type { ResolveName } from '../base/http/lookup.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { scriptedSmtp } from '../testing/scripted-smtp.ts';
import type { ScriptedSmtp } from '../testing/scripted-smtp.ts';
import { letterOf } from './mail/letter.ts';
import { checkedSocket } from './checked-socket.ts';
import { post } from './mail/smtp.ts';

const never = new AbortController().signal;
const leadsTo =
  (...addresses: string[]): ResolveName =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

let server: ScriptedSmtp | undefined;
afterEach(() => server?.close());

test.each(['169.254.169.254', '169.254.0.1', '100.100.100.200', 'fd00:ec2::254', '::ffff:169.254.169.254'])(
  'no mail goes to %s, however it is to be encrypted',
  async (host) => {
    const address = 'ops@example.org';
    const envelope = { sender: { name: '', address }, to: [address], recipients: [address] };
    const letter = await letterOf(exampleMessage());
    for (const security of ['starttls', 'tls', 'plain'] as const) {
      const route = { host, port: 25, security, login: undefined, ca: undefined };
      await expect(post(letter, envelope, route, never)).rejects.toMatchObject({
        code: 'forbidden',
        retry: false,
        message: expect.stringContaining('never asked') as string,
      });
    }
  },
);

test('of a name only those addresses are connected to that are allowed', async () => {
  server = await scriptedSmtp();
  const where = { host: 'mail.example', port: server.port, isEncrypted: false, ca: undefined };
  await expect(checkedSocket(where, never, leadsTo('169.254.169.254', 'fe80::1'))).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining(`mail.example:${server.port} leads to 169.254.169.254`) as string,
  });
  const socket = await checkedSocket(where, never, leadsTo('169.254.169.254', '127.0.0.1'));
  expect([socket.remoteAddress, server.connections()]).toEqual(['127.0.0.1', 1]);
  socket.destroy();
});

test('the trouble of several addresses is told as that of the first', async () => {
  server = await scriptedSmtp();
  const { port } = server;
  server.close();
  const where = { host: 'mail.example', port, isEncrypted: false, ca: undefined };
  await expect(checkedSocket(where, never, leadsTo('127.0.0.1', '127.0.0.2'))).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: expect.stringContaining('127.0.0.1') as string,
  });
});

test('what is not waited for any longer ends with the reason', async () => {
  const { promise } = Promise.withResolvers<never>();
  const why = new Error('enough');
  const where = { host: 'mail.example', port: 25, isEncrypted: false, ca: undefined };
  await expect(checkedSocket(where, AbortSignal.abort(why), () => promise)).rejects.toBe(why);
  const controller = new AbortController();
  const connecting = checkedSocket(where, controller.signal, () => promise);
  controller.abort(why);
  await expect(connecting).rejects.toBe(why);
});
