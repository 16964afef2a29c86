import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { domainToASCII } from 'node:url';
import type { MqttClient } from 'mqtt';
import { z } from 'zod';
import { authorityFileSchema, readAuthorities } from '../../base/http/authority-file.ts';
import { hostOf, placeOf } from '../../base/http/url.ts';
import { redactor } from '../../base/redact.ts';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { checkedSocket } from '../checked-socket.ts';
import { connectionProblem } from '../connection-problem.ts';
import { defineDestination } from '../destination-kind.ts';
import type { DestinationSurroundings } from '../destination-kind.ts';
import { recordOf } from '../record.ts';
import { oneLine } from '../words.ts';

/** Placeholders of a topic, written in braces and filled in for each alert. */
const parts = ['host', 'source', 'metric', 'rule', 'severity', 'event', 'alert'] as const;
type Part = (typeof parts)[number];
const partPattern = /\{([a-z]*)\}/g;

/** MQTT's limit is a length of two bytes; topics that people write are shorter. */
const topicCharacters = 500;
/** The limit for one placeholder, so that a long name leaves room for the others. */
const partCharacters = 100;

const topicSchema = z
  .string()
  .min(1)
  .max(topicCharacters, `a topic has at most ${topicCharacters} characters`)
  .superRefine((topic, { addIssue }) => {
    const complain = (message: string) => addIssue({ code: 'custom', message });
    if (/[+#]/.test(topic)) complain('must not contain + or #, which are for those who listen');
    if (/[\p{Cc}\p{Cs}]/u.test(topic)) complain('must not contain control characters');
    if (topic.startsWith('$')) complain('must not begin with $: such topics belong to the broker');
    const unknown = [...topic.matchAll(partPattern)].find(([, name]) => !isPart(name ?? ''));
    if (unknown !== undefined)
      complain(`${unknown[0]} is not known; these are: ${parts.map((part) => `{${part}}`).join(', ')}`);
  });

function isPart(name: string): name is Part {
  return parts.some((part) => part === name);
}

const schemes = ['mqtt:', 'mqtts:'];

const options = z
  .strictObject({
    url: z
      .string()
      .max(2048)
      .superRefine((text, { addIssue }) => {
        const problem = urlProblem(text);
        if (problem !== undefined) addIssue({ code: 'custom', message: problem });
      })
      .meta({
        title: 'Broker',
        description: 'Such as mqtts://broker.example.org or mqtt://192.168.1.5:1883. mqtts is encrypted.',
      }),
    username: z.string().min(1).max(300).optional().meta({
      title: 'User name',
      description: 'Left out with a broker that wants no login.',
    }),
    password: secretReferenceSchema.optional().meta({
      title: 'Password',
      description: 'Goes with the user name. The settings only say where it is found.',
      secret: true,
    }),
    topic: topicSchema.default('plimsoll/{host}/alerts').meta({
      title: 'Topic',
      description:
        'Where each record is published. {host}, {source}, {metric}, {rule}, {severity}, {event} and {alert} are put in; +, # and / in what they stand for become _.',
    }),
    qos: z.int().min(0).max(2).default(1).meta({
      title: 'QoS',
      description: '0: not confirmed. 1: confirmed, perhaps twice. 2: confirmed, once.',
    }),
    retain: z.boolean().default(false).meta({
      title: 'Retain',
      description: 'The broker keeps the last record of the topic for those who come later.',
    }),
    stateTopic: topicSchema.optional().meta({
      title: 'State topic',
      description:
        'Where the last record is kept (retained) as well, so that it shows how things stand now, such as plimsoll/{host}/state/{rule}. `event` in it is firing or resolved. Tests do not go there.',
      advanced: true,
    }),
    authorityFile: authorityFileSchema.optional().meta({ advanced: true }),
    onResolve: z
      .boolean()
      .default(true)
      .meta({ title: 'Also when it is over', description: 'Publish again when the alert resolves.' }),
  })
  .superRefine(({ url, username, password, authorityFile, stateTopic, onResolve }, { addIssue }) => {
    const report = (key: string, message: string) => addIssue({ code: 'custom', path: [key], message });
    if (username === undefined && password !== undefined)
      report('username', 'is missing; a password goes with a user name');
    if (authorityFile !== undefined && url.startsWith('mqtt:'))
      report('authorityFile', 'has a meaning with mqtts:// only; leave it out');
    if (stateTopic !== undefined && !onResolve)
      report(
        'stateTopic',
        'would say for ever that an alert fires; publish also when it is over (onResolve)',
      );
  });
type MqttOptions = z.infer<typeof options>;

function urlProblem(text: string): string | undefined {
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) return 'must not contain spaces or control characters';
  const url = URL.parse(text);
  if (url === null || !schemes.includes(url.protocol) || serverOf(url) === '')
    return 'must be an address such as mqtt://broker.example.org or mqtts://broker.example.org:8883';
  if (url.username !== '' || url.password !== '')
    return 'must not contain a user name or a password, which would be shown wherever the address is; there are fields for them';
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    return 'must end with the host or the port; the topic has a field of its own';
  return undefined;
}

/** The broker's name or address for the look-up; empty for an invalid address. */
function serverOf(url: URL): string {
  const host = hostOf(url);
  return isIP(host) === 0 ? domainToASCII(decodeURIComponent(host)) : host;
}

export const mqttDestination = defineDestination<MqttOptions>({
  kind: 'mqtt',
  title: 'MQTT',
  description: 'Publishes each announced alert to an MQTT broker, as the record that exports hold.',
  role: 'announce',
  carries: 'record',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: (chosen, surroundings) => ({
    deliver: (message, signal) => publish(message, chosen, surroundings, signal),
  }),
});

/**
 * Milliseconds from the connection to the last confirmation. Less than the outbox waits, because the error here is more
 * precise.
 */
const wholeMs = 12_000;

/** A broker that supports only MQTT 3.1.1 says so (unacceptable protocol version), and we fall back to that. */
const oldest = 4;
const newest = 5;

async function publish(
  message: Message,
  chosen: MqttOptions,
  { directory, secret, trace }: DestinationSurroundings,
  signal: AbortSignal,
): Promise<string> {
  const { url, username, password, authorityFile } = chosen;
  const place = new URL(url);
  const isEncrypted = place.protocol === 'mqtts:';
  const login = {
    username,
    password: password === undefined ? undefined : await secret(password),
  };
  const ca =
    authorityFile === undefined ? undefined : await readAuthorities(resolve(directory, authorityFile));
  const redact = redactor(login.password === undefined ? [] : [login.password]);
  const port = place.port === '' ? (isEncrypted ? 8883 : 1883) : Number(place.port);
  const tooLate = AbortSignal.timeout(wholeMs);
  const ending = AbortSignal.any([signal, tooLate]);
  const talk = { place, login, ending, tell: (line: string) => trace?.(redact(line)) };
  try {
    for (let version: 4 | 5 = newest; ; version = oldest) {
      const socket = await checkedSocket({ host: serverOf(place), port, isEncrypted, ca }, ending);
      try {
        return await overSocket(socket, message, chosen, { ...talk, version });
      } catch (thrown) {
        if (version === oldest || refusalOf(thrown) !== wrongVersion) throw thrown;
      } finally {
        socket.destroy();
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (tooLate.aborted)
      throw new PlimsollError(
        'deadline',
        `${placeOf(place)} did not answer within ${wholeMs / 1000} seconds. Check that the port is that of an MQTT broker.`,
        { retry: true },
      );
    throw problemOf(thrown, place);
  }
}

interface Talk {
  place: URL;
  login: { username: string | undefined; password: string | undefined };
  ending: AbortSignal;
  version: 4 | 5;
  tell(line: string): void;
}

type Stream = Awaited<ReturnType<typeof checkedSocket>>;

async function overSocket(
  socket: Stream,
  message: Message,
  { topic, qos, retain, stateTopic }: MqttOptions,
  { place, login, ending, version, tell }: Talk,
): Promise<string> {
  // Loaded on demand: it takes half a megabyte of memory.
  const { MqttClient: Client } = await import('mqtt');
  const payload = JSON.stringify(recordOf(message));
  const told = topicOf(topic, message);
  tell(
    `> CONNECT ${placeOf(place)} MQTT ${version === newest ? '5' : '3.1.1'}${login.username === undefined ? '' : `, user ${login.username}`}`,
  );
  const client = new Client(() => socket, {
    clientId: `plimsoll-${randomBytes(6).toString('hex')}`,
    protocolVersion: version,
    clean: true,
    // No state is kept between messages: the outbox remembers everything.
    reconnectPeriod: 0,
    keepalive: 0,
    resubscribe: false,
    connectTimeout: wholeMs,
    ...(login.username !== undefined && { username: login.username }),
    ...(login.password !== undefined && { password: login.password }),
  });
  const broken = brokenOff(client, ending);
  try {
    await Promise.race([new Promise((connected) => client.once('connect', connected)), broken]);
    tell('< CONNACK accepted');
    const send = async (to: string, isKept: boolean) => {
      tell(`> PUBLISH ${to} (QoS ${qos}${isKept ? ', retained' : ''})`);
      tell(`> ${payload}`);
      await Promise.race([client.publishAsync(to, payload, { qos: levelOf(qos), retain: isKept }), broken]);
    };
    await send(told, retain);
    if (stateTopic !== undefined && !message.test) await send(topicOf(stateTopic, message), true);
    const words =
      qos === 0
        ? 'With QoS 0 the broker confirms nothing: whether it arrived is not known.'
        : 'The broker confirmed it.';
    tell(`< ${words}`);
    // Everything is sent before the connection ends.
    await Promise.race([client.endAsync(), broken]).catch(() => undefined);
    return `Published to ${told} at ${placeOf(place)}. ${words}`;
  } finally {
    client.on('error', () => undefined);
    client.end(true);
  }
}

/** Rejects when the connection breaks or time is up. */
function brokenOff(client: MqttClient, ending: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  client.on('error', reject);
  client.on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  ending.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  return promise;
}

function levelOf(qos: number): 0 | 1 | 2 {
  return qos === 0 ? 0 : qos === 2 ? 2 : 1;
}

/**
 * Fills in the placeholders of a topic. No value can add a level, a wildcard or a character that topics must not
 * contain.
 */
export function topicOf(topic: string, { alert, transition }: Message): string {
  const values: Record<Part, string> = {
    host: alert.series.host,
    source: alert.series.source,
    metric: alert.series.metric,
    rule: alert.ruleName,
    severity: alert.severity,
    event: transition.to,
    alert: alert.id,
  };
  const filled = topic.replace(partPattern, (written, name: string) =>
    isPart(name) ? levelText(values[name]) : written,
  );
  // A name may start with it, but our topics must not.
  return filled.replace(/^\$/, '_');
}

function levelText(text: string): string {
  const [start = ''] = new RegExp(`^.{0,${partCharacters}}`, 'su').exec(oneLine(text)) ?? [];
  return start.replace(/[+#/\ufffe\uffff]/g, '_') || '_';
}

/** The code with which a broker refused; undefined if it did not. */
function refusalOf(thrown: unknown): number | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'number' ? (sameRefusals[code] ?? code) : undefined;
}

/** Return codes of MQTT 3.1.1 (3.2.2.3), by the equivalent reason codes of MQTT 5. */
const sameRefusals: Record<number, number> = { 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 };
const wrongVersion = 0x84;

/** Reason codes of MQTT 5 (2.4) that explain a refusal. */
const refusals: Record<number, [code: ErrorCode, words: string, retry: boolean]> = {
  0x84: ['unsupported', 'speaks neither MQTT 5 nor 3.1.1', false],
  0x85: ['forbidden', 'does not take the name of this client', false],
  0x86: ['unauthorized', 'refused the login. Check user name and password', false],
  0x87: [
    'forbidden',
    'does not allow this. Check what the user may publish, and whether a login is wanted',
    false,
  ],
  0x88: ['unreachable', 'is not ready', true],
  0x89: ['too_many_requests', 'is busy', true],
  0x8a: ['forbidden', 'has banned this client', false],
  0x90: ['invalid_request', 'does not take this topic', false],
  0x95: ['too_large', 'finds the record too large', false],
  0x97: ['too_many_requests', 'says that the quota is used up', true],
  0x99: ['invalid_request', 'does not take this payload', false],
  0x9a: ['unsupported', 'does not retain messages. Switch retaining off', false],
  0x9b: ['unsupported', 'does not support this QoS. Choose a lower one', false],
  0x9f: ['too_many_requests', 'takes no more connections at the moment', true],
};

function problemOf(thrown: unknown, place: URL): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const broker = placeOf(place);
  const refusal = refusalOf(thrown);
  if (refusal !== undefined) {
    const [code, words, retry] = refusals[refusal] ?? [
      'unreachable' as const,
      `refused with the code ${refusal}`,
      true,
    ];
    return new PlimsollError(code, `${broker} ${words}.`, { retry, cause: thrown });
  }
  const problem = connectionProblem(thrown, place);
  if (!problem.message.includes('could not be asked')) return problem;
  return new PlimsollError(
    'unreadable',
    `${broker} does not speak MQTT: ${oneLine(messageOf(thrown)).slice(0, 200)}. Check the port.`,
    { retry: true, cause: thrown },
  );
}
