import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import type { Message } from '../../contract/delivery.ts';
import { testCertificate } from '../../testing/certificate.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { loopback } from '../../testing/loopback.ts';
import { hasMosquitto, mosquitto } from '../../testing/mosquitto.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import { recordOf } from '../record.ts';
import { mqttDestination, topicOf } from './mqtt.ts';

const { signal } = new AbortController();
const canary = 'CANARY-7a1f';

function deliver(
  options: Record<string, unknown>,
  message: Message = exampleMessage(),
  { directory = '/nowhere', trace }: { directory?: string; trace?: (line: string) => void } = {},
) {
  const surroundings = destinationSurroundings({
    directory,
    secret: secretsOf({ broker: canary, wrong: 'wrong' }),
    ...(trace && { trace }),
  });
  return mqttDestination.open(mqttDestination.options.parse(options), surroundings).deliver(message, signal);
}

async function failure(options: Record<string, unknown>, directory?: string): Promise<PlimsollError> {
  const given = directory === undefined ? {} : { directory };
  const thrown: unknown = await deliver(options, undefined, given).catch((error: unknown) => error);
  if (thrown instanceof PlimsollError) return thrown;
  throw new Error(`expected a PlimsollError, not ${String(thrown)}`);
}

/** What another client receives: topic, whether it was retained, and the payload. */
async function listener(words: readonly string[], count: number) {
  const told = ['-d', ...words, '-F', '%r %t\t%p', '-C', String(count), '-W', '15'];
  // Without stdbuf it would buffer its output until it ends.
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...told], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said += part.toString()));
  while (!/SUBACK|Subscribed/.test(said)) await once(child.stdout, 'data');
  return async () => {
    if (child.exitCode === null) await once(child, 'close');
    return [...said.matchAll(/^([01]) ([^\t\n]+)\t(\{.*\})$/gm)].map(([, retained, topic, payload = '']) => ({
      retained: retained === '1',
      topic,
      record: JSON.parse(payload) as unknown,
    }));
  };
}

describe.skipIf(!hasMosquitto || !existsSync('/usr/bin/mosquitto_sub'))(
  'a real broker (skipped without the packages mosquitto and mosquitto-clients)',
  () => {
    test('gets the record, whatever is in a name, and keeps the last state', async () => {
      const { port } = await mosquitto(['allow_anonymous true']);
      const url = `mqtt://127.0.0.1:${port}`;
      const heard = await listener(['-p', String(port), '-t', '#'], 5);
      const message = exampleMessage({ alert: { ruleName: hostileText } });
      const over = exampleMessage({ alert: { state: 'resolved' }, transition: { to: 'resolved' } });
      const stateTopic = 'plimsoll/{host}/state';
      for (const qos of [0, 1, 2]) {
        const receipt = await deliver({ url, qos, topic: 'a/{rule}/{event}' }, message);
        expect(receipt).toContain(qos === 0 ? 'is not known' : 'The broker confirmed it.');
      }
      await deliver({ url, stateTopic }, over);
      const safe = topicOf('a/{rule}/{event}', message);
      expect(safe.split('/')).toHaveLength(3);
      expect(safe).not.toMatch(/[+#\p{Cc}]/u);
      const topics = [0, 1, 2].map(() => safe);
      const [record, resolved] = [message, over].map((each) => recordOf(each));
      expect(await heard()).toEqual(
        [
          ...topics.map((topic) => ({ retained: false, topic, record })),
          { retained: false, topic: 'plimsoll/anchor/alerts', record: resolved },
          { retained: false, topic: 'plimsoll/anchor/state', record: resolved },
        ].map((each) => ({ ...each, record: JSON.parse(JSON.stringify(each.record)) as unknown })),
      );
      // A test does not change the state.
      await deliver({ url, stateTopic }, exampleMessage({ test: true }));
      const [kept] = await (await listener(['-p', String(port), '-t', 'plimsoll/+/state'], 1))();
      expect(kept).toMatchObject({ retained: true, record: { event: 'resolved' } });
    });

    test('with a password: taken, and refused for good where it is wrong; never said', async () => {
      const passwords = join(mkdtempSync(join(tmpdir(), 'plimsoll-mqtt-')), 'passwords');
      onTestFinished(() => rmSync(join(passwords, '..'), { recursive: true }));
      expect(spawnSync('mosquitto_passwd', ['-c', '-b', passwords, 'ops', canary]).status).toBe(0);
      const rights = 'user ops\ntopic write plimsoll/#\n';
      const { port } = await mosquitto(
        ['allow_anonymous false', `password_file ${passwords}`, 'acl_file DIRECTORY/acl'],
        { acl: rights },
      );
      const url = `mqtt://127.0.0.1:${port}`;
      const login = { url, username: 'ops', password: { secret: 'broker' } };
      const traced: string[] = [];
      const receipt = await deliver(login, undefined, { trace: (line) => traced.push(line) });
      expect(receipt).toContain('confirmed');
      expect([receipt, ...traced].join('\n')).not.toContain(canary);
      expect(traced.join('\n')).toContain('PUBLISH plimsoll/anchor/alerts (QoS 1)');
      for (const options of [{ ...login, password: { secret: 'wrong' } }, { url }])
        expect(await failure(options)).toMatchObject({
          code: expect.stringMatching(/unauthorized|forbidden/) as string,
          retry: false,
        });
      // Only MQTT 5 reports this; 3.1.1 would confirm a message that it discards.
      expect(await failure({ ...login, topic: 'elsewhere' })).toMatchObject({
        code: 'forbidden',
        retry: false,
      });
    });

    test('with TLS: the certificate is checked before the login is said', async () => {
      const { pem, key } = testCertificate({ name: 'localhost' });
      const { port, directory } = await mosquitto(
        ['allow_anonymous true', 'certfile DIRECTORY/cert.pem', 'keyfile DIRECTORY/key.pem'],
        { 'cert.pem': pem, 'key.pem': key },
      );
      const url = `mqtts://localhost:${port}`;
      expect(await deliver({ url, authorityFile: 'cert.pem' }, undefined, { directory })).toContain(
        'confirmed',
      );
      expect((await failure({ url })).message).toContain('self-signed');
      expect(await failure({ url: `mqtt://localhost:${port}` })).toMatchObject({ retry: true });
    });
  },
);

describe('what brokers do wrong', () => {
  test('one that knows only 3.1.1 is spoken to in that', async () => {
    const levels: number[] = [];
    const port = await loopback(
      net.createServer((socket) => {
        socket.on('data', (part: Buffer) => {
          const kind = (part[0] ?? 0) >> 4;
          if (kind === 1) {
            const level = part[part.indexOf('MQTT') + 4] ?? 0;
            levels.push(level);
            socket.write(Buffer.of(0x20, 2, 0, level === 4 ? 0 : 1));
            if (level !== 4) socket.end();
          }
          if (kind === 3) {
            const at = 1 + ((part[2] ?? 0) < 128 ? 2 : 3);
            const length = part.readUInt16BE(at);
            socket.write(
              Buffer.concat([Buffer.of(0x40, 2), part.subarray(at + 2 + length, at + 4 + length)]),
            );
          }
        });
      }),
    );
    expect(await deliver({ url: `mqtt://127.0.0.1:${port}` })).toContain('confirmed');
    expect(levels).toEqual([5, 4]);
  });

  test.each([
    ['3.1.1: no', [0x20, 2, 0, 5], 'forbidden', false],
    ['5: busy', [0x20, 3, 0, 0x89, 0], 'too_many_requests', true],
    ['5: bad user name or password', [0x20, 3, 0, 0x86, 0], 'unauthorized', false],
    ['garbage', [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'unreadable', true],
  ])('%s', async (_what, answer, code, retry) => {
    const port = await loopback(
      net.createServer((socket) => void socket.once('data', () => socket.end(Buffer.from(answer)))),
    );
    expect(await failure({ url: `mqtt://127.0.0.1:${port}` })).toMatchObject({ code, retry });
  });

  test('one that hangs up, is not there or leads to a metadata service', async () => {
    const port = await loopback(net.createServer((socket) => void socket.destroy()));
    const gone = net.createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const address = gone.address();
    gone.close();
    const nobody = typeof address === 'object' ? address?.port : 0;
    for (const each of [port, nobody])
      expect(await failure({ url: `mqtt://127.0.0.1:${each}` })).toMatchObject({
        code: 'unreachable',
        retry: true,
      });
    expect(await failure({ url: 'mqtt://169.254.169.254' })).toMatchObject({ code: 'forbidden' });
  });

  test('one that is silent is left within the time of an attempt', { timeout: 20_000 }, async () => {
    const port = await loopback(net.createServer((socket) => void socket.resume()));
    const begun = performance.now();
    expect(await failure({ url: `mqtt://127.0.0.1:${port}` })).toMatchObject({
      code: 'deadline',
      retry: true,
    });
    expect(performance.now() - begun).toBeLessThan(14_000);
  });
});

test.each([
  ['+', '_'],
  ['#', '_'],
  ['a/b+c#d', 'a_b_c_d'],
  ['$SYS', '_SYS'],
  ['', '_'],
  ['a\u0000b\r\nc', 'a b c'],
  ['{rule}', '{rule}'],
  ['x'.repeat(300), 'x'.repeat(100)],
])('the name %j adds no level and no wildcard to a topic', (ruleName, expected) => {
  expect(topicOf('{rule}', exampleMessage({ alert: { ruleName } }))).toBe(expected);
});

test.each([
  [{ url: 'http://h' }, 'url'],
  [{ url: 'mqtt://u:p@h' }, 'url'],
  [{ url: 'mqtt://h/x' }, 'url'],
  [{ url: 'mqtt://' }, 'url'],
  [{ url: 'mqtt://h', topic: 'a/+' }, 'topic'],
  [{ url: 'mqtt://h', topic: '$SYS/a' }, 'topic'],
  [{ url: 'mqtt://h', topic: '{hots}' }, 'topic'],
  [{ url: 'mqtt://h', qos: 3 }, 'qos'],
  [{ url: 'mqtt://h', password: { secret: 'a' } }, 'username'],
  [{ url: 'mqtt://h', authorityFile: 'a.pem' }, 'authorityFile'],
  [{ url: 'mqtt://h', stateTopic: 'a', onResolve: false }, 'stateTopic'],
])('%j does not hold', (options, key) => {
  const { error } = mqttDestination.options.safeParse(options);
  expect(error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
