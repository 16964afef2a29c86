import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import { systemClock } from '../base/clock.ts';
import type { Bundle, Message } from '../contract/delivery.ts';
import { Attempt } from '../deliveries/attempt.ts';
import type { Outcome } from '../deliveries/attempt.ts';
import type { Destination } from '../deliveries/destination-kind.ts';
import { destinationKind } from '../deliveries/destination-kinds.ts';
import { exampleMessage } from './example-message.ts';
import { httpServer } from './loopback.ts';
import { destinationSurroundings, secretsOf } from './surroundings.ts';

/** What a service answers; 200 where nothing is said. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A kind that posts to the web, as a test sets it up. */
export interface HttpCase {
  kind: string;
  /** Settings that lead to a server of this machine. */
  options: (origin: string) => Record<string, unknown>;
  secrets: (origin: string) => Record<string, string>;
  /** What the service answers to what it takes. */
  taken: Reply;
  /** Whether 200 with this body is a yes too; without it, only what says so in the service's own words is. */
  isYes?: (body: string | undefined) => boolean;
}

/** Kinds by name. One that is not among them brings its case in its own test. No secret stands in another's text by chance. */
export const httpCases: Readonly<Record<string, HttpCase>> = {
  apprise: {
    kind: 'apprise',
    options: (origin) => ({ server: `${origin}/`, key: { secret: 'key' } }),
    secrets: () => ({ key: 's3cret-of-apprise', urls: 'pover://user@s3cret, json://s3cret.example.org/a' }),
    taken: { body: '{"error":""}' },
    isYes: () => true,
  },
  discord: {
    kind: 'discord',
    options: () => ({ webhookUrl: { secret: 'hook' } }),
    secrets: (origin) => ({ hook: `${origin}/api/webhooks/1234/s3cret-of-discord` }),
    taken: { body: '{"id":"1","type":0}' },
    isYes: () => true,
  },
  gotify: {
    kind: 'gotify',
    options: (origin) => ({ server: `${origin}/push/`, token: { secret: 'token' } }),
    secrets: () => ({ token: 'A-s3cret-token' }),
    taken: { body: '{"id":25,"appid":5,"message":"…","priority":5}' },
  },
  ntfy: {
    kind: 'ntfy',
    options: (origin) => ({ server: origin, topic: 'anchor-alerts', token: { secret: 'token' } }),
    secrets: () => ({ token: 'tk_s3cret', password: 's3cret pass' }),
    taken: { body: '{"id":"hwQ2YpKdmg","time":1635528741,"event":"message","topic":"anchor-alerts"}' },
  },
  pagerduty: {
    kind: 'pagerduty',
    options: (origin) => ({ server: origin, routingKey: { secret: 'key' } }),
    secrets: () => ({ key: 's3cret0f32characters0000000000ab' }),
    taken: {
      status: 202,
      body: '{"status":"success","message":"Event processed","dedup_key":"plimsoll-alert-1"}',
    },
  },
  slack: {
    kind: 'slack',
    options: () => ({ webhookUrl: { secret: 'hook' } }),
    secrets: (origin) => ({ hook: `${origin}/services/T0/B0/s3cret-of-slack` }),
    taken: { body: 'ok' },
  },
  teams: {
    kind: 'teams',
    options: () => ({ webhookUrl: { secret: 'hook' } }),
    secrets: (origin) => ({
      hook: `${origin}/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s3cret-of-teams`,
    }),
    taken: { status: 202 },
    // What workflows took the place of said nothing else.
    isYes: (body) => body === undefined,
  },
  telegram: {
    kind: 'telegram',
    options: (origin) => ({ server: origin, token: { secret: 'token' }, chatId: '-1001234' }),
    secrets: () => ({ token: '123456:s3cret-of_telegram' }),
    taken: { body: '{"ok":true,"result":{"message_id":7}}' },
  },
  webhook: {
    kind: 'webhook',
    options: (origin) => ({
      url: `${origin}/hook?token=s3cret-of-address`,
      headers: { Authorization: { secret: 'key' } },
      signingSecret: { secret: 'signing' },
    }),
    secrets: () => ({ key: 'Bearer s3cret-of-header', signing: 's3cret-to-sign' }),
    taken: { status: 204 },
    // Nobody knows what a receiver of one's own says.
    isYes: () => true,
  },
};

/** A kind by name, or as its own test brings it. */
export function httpCase(given: string | HttpCase): HttpCase {
  if (typeof given !== 'string') return given;
  const known = httpCases[given];
  if (known === undefined) throw new Error(`${given} has no case`);
  return known;
}

interface Received {
  url: string | undefined;
  headers: IncomingHttpHeaders;
  /** As it came. */
  body: string;
  /** The body as JSON. */
  payload: unknown;
}

/** One of them at work against a server of this machine. */
export interface HttpDestination {
  origin: string;
  received: Received[];
  /** What was traced, line by line. */
  lines: string[];
  destination: Destination;
  deliver: (message?: Message) => Promise<Outcome>;
  deliverTogether: (messages: Bundle['messages']) => Promise<Outcome>;
}

/** Opens a kind with what leads to an address of this machine. */
export function openAt(given: string | HttpCase, origin: string, more: Record<string, unknown> = {}) {
  const known = httpCase(given);
  const kind = destinationKind(known.kind);
  if (kind === undefined) throw new Error(`there is no kind ${known.kind}`);
  const lines: string[] = [];
  const destination = kind.open(
    kind.options.parse({ ...known.options(origin), ...more }),
    destinationSurroundings({
      secret: secretsOf(known.secrets(origin)),
      trace: (line) => void lines.push(line),
    }),
  );
  return { destination, lines };
}

/** As the outbox attempts it. */
export function attempt(
  destination: Destination,
  message: Message = exampleMessage(),
  deadlineMs = 15_000,
): Promise<Outcome> {
  return new Attempt((signal) => destination.deliver(message, signal), systemClock, deadlineMs).outcome;
}

/** A kind and the service it posts to, which answers so to everything. */
export async function httpDestination(
  given: string | HttpCase,
  reply: Reply = httpCase(given).taken,
  more: Record<string, unknown> = {},
): Promise<HttpDestination> {
  const received: Received[] = [];
  const origin = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const payload: unknown = JSON.parse(body);
    received.push({ url: request.url, headers: request.headers, body, payload });
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
  });
  const { destination, lines } = openAt(given, origin, more);
  const together = (messages: Bundle['messages'], signal: AbortSignal) =>
    destination.together?.deliver({ id: 'b1', messages }, signal) ??
    Promise.reject(new Error('not together'));
  return {
    ...{ origin, received, lines, destination },
    deliver: (message) => attempt(destination, message),
    deliverTogether: (messages) =>
      new Attempt((signal) => together(messages, signal), systemClock, 15_000).outcome,
  };
}

/**
 * What becomes of a message that was answered so. `later`: another attempt is made, after the wait in milliseconds that was
 * asked for. `given up`: none is, and the words say what to do.
 */
export type Expected = { arrived: string } | { later: string; waitMs?: number } | { 'given up': string };

/** Checks one row of a service's table of replies: what comes of it, and that no word of it is secret. */
export async function expectOutcome(
  given: string | HttpCase,
  reply: Reply,
  expected: Expected,
): Promise<void> {
  const { deliver } = await httpDestination(given, reply);
  const outcome = await deliver();
  expect(JSON.stringify(outcome)).not.toContain('s3cret');
  if ('arrived' in expected) {
    expect(outcome).toMatchObject({ arrived: true });
    expect(outcome.arrived && outcome.receipt).toContain(expected.arrived);
    return;
  }
  const isLater = 'later' in expected;
  expect(outcome).toMatchObject({
    arrived: false,
    isOffline: false,
    retry: isLater,
    retryAfterMs: isLater ? expected.waitMs : undefined,
  });
  expect(outcome.arrived || outcome.problem).toContain(isLater ? expected.later : expected['given up']);
}

/** Every text in a payload. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** A thousand alerts of thirty rules, one of them critical, each called by a text of others. */
export function storm(ruleName: string): Bundle['messages'] {
  const message = (index: number) =>
    exampleMessage({
      alert: {
        id: `a${index}`,
        ruleId: `r${index % 30}`,
        ruleName: `${index % 30} ${ruleName}`,
        severity: index === 7 ? 'critical' : 'warning',
      },
    });
  return [message(0), message(1), ...Array.from({ length: 998 }, (_, index) => message(index + 2))];
}
