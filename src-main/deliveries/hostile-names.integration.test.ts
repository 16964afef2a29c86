import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { simpleParser } from 'mailparser';
import { expect, onTestFinished, test } from 'vitest';
import type { DesktopNotification } from '../contract/notifier.ts';
import type { ProgramTask } from '../contract/program.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { hostileMessage } from '../testing/hostile-message.ts';
import { hostileText } from '../testing/hostile-text.ts';
import { httpDestination, textsIn } from '../testing/http-destinations.ts';
import { loopback } from '../testing/loopback.ts';
import { mailServer } from '../testing/mail-server.ts';
import { ownTestOf } from '../testing/own-test.ts';
import { destinationSurroundings } from '../testing/surroundings.ts';
import type { Destination } from './destination-kind.ts';
import { destinationKind, destinationKinds } from './destination-kinds.ts';
import { topicOf } from './destinations/mqtt.ts';
import { recordOf } from './record.ts';

const message = hostileMessage();
const other = exampleMessage({
  alert: {
    ...message.alert,
    id: 'alert-2',
    ruleId: 'other',
    state: 'resolved',
    inDowntime: { id: 'd', name: hostileText },
  },
  transition: { to: 'resolved' },
});

const { signal } = new AbortController();

/** To one destination alone and, if it combines messages, together with another. */
async function deliver(destination: Destination): Promise<void> {
  await destination.deliver(message, signal);
  await destination.together?.deliver({ id: 'b1', messages: [message, other] }, signal);
}

/** Lines are only ours: nothing in a name ends one, colours a terminal or reverses text. */
function expectCalm(text: string): void {
  // The word joiner is also ours.
  expect(text).not.toMatch(/(?![\n\u2060])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(text).not.toMatch(/^(?:Bcc|cpu value)/m);
}

/** What a web service receives; each text is calm and `isSafe` in its markup. */
async function onTheWeb(kind: string, expectSafe: (text: string) => void = () => undefined): Promise<void> {
  const { destination, received } = await httpDestination(kind);
  await deliver(destination);
  expect(received).toHaveLength(destination.together === undefined ? 1 : 2);
  for (const { headers, payload, url = '' } of received) {
    expect(headers).not.toHaveProperty('bcc');
    expect(url).not.toContain('HYPERLINK');
    const texts = textsIn(payload);
    const named = texts.filter((text) => text.includes('HYPERLINK'));
    expect(named).not.toEqual([]);
    for (const text of texts) expectCalm(text);
    for (const text of named) expectSafe(text);
    // It was not evaluated: it appears as it was, escaped at most.
    expect(named.join('\n').replaceAll('\\', '')).toContain('{{7*7}}');
  }
}

/** What each kind must show that it does with hostile names. A kind without a row here shows it in its own test. */
const sinks: Readonly<Record<string, () => Promise<void>>> = {
  apprise: () => onTheWeb('apprise', (text) => expect(text).not.toMatch(/[@<](?!\u2060)/)),
  discord: () =>
    onTheWeb('discord', (text) => {
      const theirs = text.replaceAll(/(?<!\\)\*\*/g, '');
      expect(theirs).not.toMatch(/(?<!\\)[*_~`|<>@#[\]]|https?:\//);
    }),
  gotify: () => onTheWeb('gotify'),
  ntfy: () => onTheWeb('ntfy'),
  pagerduty: () => onTheWeb('pagerduty'),
  slack: () => onTheWeb('slack', (text) => expect(text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/)),
  // The card's elements show it unchanged, which the kind's own test checks.
  teams: () => onTheWeb('teams'),
  telegram: () =>
    onTheWeb('telegram', (text) =>
      expect(text.replaceAll(/<\/?b>/g, '')).not.toMatch(/[<>"]|@(?!\u2060)|&(?!(?:amp|lt|gt|quot);)/),
    ),

  async webhook() {
    const { destination, received } = await httpDestination('webhook');
    await deliver(destination);
    expect(received[0]?.headers).not.toHaveProperty('bcc');
    // The receiver is a program: it gets the names unchanged, as JSON.
    expect(received[0]?.payload).toEqual(recordOf(message));
  },

  async email() {
    const { taken, port } = await mailServer();
    const kind = destinationKind('email');
    const options = {
      host: '127.0.0.1',
      port,
      security: 'plain',
      from: 'a@example.org',
      to: ['b@example.org'],
    };
    const destination = kind?.open(kind.options.parse(options), destinationSurroundings());
    if (destination !== undefined) await deliver(destination);
    destination?.close?.();
    expect(taken).toHaveLength(2);
    for (const { raw } of taken) {
      const [head = ''] = raw.split('\r\n\r\n', 1);
      expect(head).not.toMatch(/^bcc/im);
      const { subject = '', html, bcc } = await simpleParser(raw);
      expect(bcc).toBeUndefined();
      expectCalm(subject);
      expect(html).not.toMatch(/<img src=x|<!channel/);
      expect(html).toContain('&lt;img src=x');
    }
  },

  async syslog() {
    const server = net.createServer();
    const connected = once(server, 'connection');
    const port = await loopback(server);
    const kind = destinationKind('syslog');
    const options = kind?.options.parse({ transport: 'tcp', host: '127.0.0.1', port });
    const destination = kind?.open(options, destinationSurroundings());
    const [said] = await Promise.all([
      connected.then(([socket]) => text(socket as net.Socket)),
      destination?.deliver(message, signal),
    ]);
    // One frame of RFC 6587 with one line in it.
    const [, length, line = ''] = /^(\d+) (.*)$/su.exec(said) ?? [];
    expect(Buffer.byteLength(line)).toBe(Number(length));
    expect(line).not.toContain('\n');
    // RFC 5424, 6.4: a byte order mark means that the text is UTF-8.
    expectCalm(line.replace('\u{FEFF}', ''));
    expect(line).toContain('{{7*7}}');
  },

  async command() {
    const tasks: ProgramTask[] = [];
    const run = (task: ProgramTask) => {
      tasks.push(task);
      return Promise.resolve({ code: 0, stdout: '', stderr: '' });
    };
    const kind = destinationKind('command');
    const options = kind?.options.parse({ file: 'tell.sh', arguments: ['--now'] });
    await kind?.open(options, destinationSurroundings({ run })).deliver(message, signal);
    const [task] = tasks;
    expect(task?.words).toEqual(['--now']);
    expect(task?.env['PLIMSOLL_RULE']).toContain('HYPERLINK');
    for (const value of Object.values(task?.env ?? {})) expectCalm(value);
    // The reader is a program: it gets the names unchanged, as JSON.
    expect(JSON.parse(task?.input ?? '')).toEqual(recordOf(message));
  },

  // A broker gets the record, as a webhook does; only the topic could do harm.
  mqtt() {
    const topic = topicOf('plimsoll/{host}/{source}/{metric}/{rule}/alerts', message);
    expectCalm(topic);
    expect(topic.split('/')).toHaveLength(6);
    expect(topic).not.toMatch(/[+#]/);
    return Promise.resolve();
  },

  async file() {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const kind = destinationKind('file');
    const destination = kind?.open(kind.options.parse({}), destinationSurroundings({ directory }));
    if (destination !== undefined) await deliver(destination);
    expect(readdirSync(directory)).toEqual(['exports']);
    const names = readdirSync(join(directory, 'exports'));
    expect(names.filter((name) => /^[\w.-]+\.(?:csv|json)$/.test(name))).toHaveLength(2);
    const read = (format: string) =>
      readFileSync(join(directory, 'exports', names.find((name) => name.endsWith(format)) ?? ''), 'utf8');
    expect(JSON.parse(read('json'))).toEqual(recordOf(message));
    expect(read('csv')).toContain(`"'=HYPERLINK`);
    expect(read('csv')).not.toMatch(/(?:^|,)"?=/m);
  },

  async desktop() {
    const shown: DesktopNotification[] = [];
    const notifier = {
      show: (notification: DesktopNotification) => Promise.resolve(void shown.push(notification)),
      withdraw: () => undefined,
    };
    const kind = destinationKind('desktop');
    const destination = kind?.open(kind.options.parse({}), destinationSurroundings({ notifier }));
    if (destination !== undefined) await deliver(destination);
    expect(shown).toHaveLength(3);
    for (const { title, body, detail } of shown)
      for (const text of [title, body, detail ?? '']) {
        expectCalm(text);
        expect(text).not.toContain('\n');
      }
  },
};

/** Samples have names too: their kinds are tested with real servers, each by itself. */
const alertKinds = destinationKinds.filter(({ role }) => role !== 'samples').map(({ kind }) => kind);

test('every kind of destination says what it does with hostile names, here or in its own test', () => {
  const others = alertKinds.filter((kind) => !(kind in sinks));
  expect(others.filter((kind) => !ownTestOf(kind).includes('hostileMessage('))).toEqual([]);
});

test.each(Object.entries(sinks))('hostile names do nothing at %s', (_, expectNothing) => expectNothing());
