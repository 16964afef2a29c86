import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { DestinationHealth } from '../contract/delivery.ts';
import type { Status } from '../contract/status.ts';
import type { AlertDetail } from '../monitor/records/alerts-api.ts';
import { CommandLine } from '../testing/command-line.ts';
import { booksOf } from '../testing/delivery-books.ts';
import type { Arrival, DueDestination } from '../testing/delivery-books.ts';
import { httpServer } from '../testing/loopback.ts';
import { mailServer } from '../testing/mail-server.ts';
import { mutantEnvironment } from '../testing/mutant.ts';
import type { Mutant } from '../testing/mutant.ts';
import { randomFrom } from '../testing/random-from.ts';
import { askOwner } from './owner-api.ts';

const kills = Number(process.env['PLIMSOLL_KILLS'] ?? 10);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const ruleIds = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
/** This rule is announced at most once an hour; further firings have the cooldown as their reason. */
const cooled = 'r5';
const routed = ['r0', 'r1', 'r4', cooled];

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

/** Memory in use is always above 0 and never above 100: the threshold decides whether all of the rules fire. */
function configure(threshold: 0 | 100, destinations: Record<string, unknown>[]): void {
  const file = join(line.home, 'plimsoll.yaml');
  const rule = (id: string) => ({
    ...{ id, name: `Rule ${id}`, source: 'memory', metric: 'memory_percent', comparison: 'greater_than' },
    ...{ threshold, consecutiveViolations: 1, cooldownSeconds: id === cooled ? 3600 : 0 },
  });
  const settings = {
    version: 1,
    sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 0.1 }],
    rules: ruleIds.map(rule),
    destinations,
    monitoring: { checkIntervalSeconds: 0.1 },
  };
  writeFileSync(`${file}~`, JSON.stringify(settings));
  renameSync(`${file}~`, file);
}

async function ask<Answer>(path: string): Promise<Answer> {
  return (await askOwner(line.data, 'GET', `/api/v1/${path}`)) as Answer;
}

const due: DueDestination[] = [
  { name: 'machine', isRecord: false, wants: (rule) => routed.includes(rule) },
  { name: 'mail', isRecord: false, wants: () => true },
  { name: 'exports', isRecord: true, wants: () => true },
];

interface Evidence {
  details: AlertDetail[];
  arrivals: Arrival[];
}

/**
 * Makes alerts fire and recover, kills the program between accepting and recording a delivery, and finally lets it
 * finish.
 */
async function killedWhileSending(times: number, random: () => number, mutant?: Mutant): Promise<Evidence> {
  const arrivals: Arrival[] = [];
  const taken = new EventEmitter();
  let run = 0;
  // The critical moment is between receiving a message and confirming it.
  const hold = (name: string) => {
    taken.emit(name);
    return pause(200 + random() * 300);
  };
  const url = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (random() < 0.2) {
      response.writeHead(503).end();
      return;
    }
    const { id, alert_id: alert, event } = JSON.parse(body) as Record<string, string>;
    expect(request.headers['idempotency-key']).toBe(id);
    arrivals.push({ destination: 'machine', id: id ?? '', content: `${alert} ${event}`, run });
    await hold('machine');
    response.end();
  });
  const runOfMail: number[] = [];
  const mail = await mailServer(() => {
    runOfMail.push(run);
    return hold('mail');
  });
  const destinations = [
    { name: 'machine', kind: 'webhook', url, route: { rules: routed } },
    {
      name: 'mail',
      kind: 'email',
      host: '127.0.0.1',
      port: mail.port,
      security: 'plain',
      from: 'p@example.org',
      to: ['o@example.org'],
    },
    { name: 'exports', kind: 'file', formats: ['json'], maxFiles: 100_000, onResolve: true },
  ];

  const words = ['--port', '0', '--config', join(line.home, 'plimsoll.yaml')];
  const environment = mutant === undefined ? {} : mutantEnvironment(mutant);
  let threshold: 0 | 100 = 0;
  for (; run < times; run++) {
    configure(threshold, destinations);
    const { child, outcome } = await line.start(words, environment);
    const arrived = once(taken, random() < 0.5 ? 'machine' : 'mail').then(() => true);
    for (let waitedMs = 0; waitedMs < 6000; waitedMs += 400) {
      if (await Promise.race([arrived, pause(400, false)])) break;
      threshold = threshold === 0 ? 100 : 0;
      configure(threshold, destinations);
    }
    taken.removeAllListeners();
    await pause(random() * 150);
    child.kill('SIGKILL');
    await outcome;
  }

  configure(100, destinations);
  const { child, outcome } = await line.start(words, environment);
  const isQuiet = async () => {
    const { alerts } = await ask<Status>('status');
    const health = await ask<DestinationHealth[]>('destinations');
    return alerts.length === 0 && health.every(({ waiting }) => waiting === 0);
  };
  const patience = { timeout: 120_000, interval: 500 };
  await expect.poll(isQuiet, patience).toBe(true);
  // Once more without a kill, so that even with few runs one rule has fired again within its cooldown.
  configure(0, destinations);
  const firing = async () => (await ask<Status>('status')).alerts.length;
  await expect.poll(firing, patience).toBe(ruleIds.length);
  configure(100, destinations);
  await expect.poll(isQuiet, patience).toBe(true);
  const alerts = await ask<Alert[]>('alerts?limit=1000');
  const details = await Promise.all(alerts.map(({ id }) => ask<AlertDetail>(`alerts/${id}`)));
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);

  for (const [index, { raw }] of mail.taken.entries()) {
    const { messageId = '', subject = '' } = await simpleParser(raw);
    const id = messageId.replace(/^<(.*)@plimsoll>$/, '$1');
    arrivals.push({ destination: 'mail', id, content: subject, run: runOfMail[index] ?? NaN });
  }
  for (const name of readdirSync(join(line.home, 'exports'))) {
    const record = readFileSync(join(line.home, 'exports', name), 'utf8');
    const { id = '' } = JSON.parse(record) as { id?: string };
    // A file must not count twice in two runs.
    arrivals.push({ destination: 'exports', id, content: record, run: -1 });
  }
  return { details, arrivals };
}

it(
  `killed ${kills} times while it sends: each transition is sent, merged or left out for a reason, each message comes once, and at most once more for each kill, under the same id (PLIMSOLL_SEED=${seed})`,
  async () => {
    const { details, arrivals } = await killedWhileSending(kills, randomFrom(seed));
    expect(booksOf(details, due, arrivals)).toEqual([]);

    // Each path was taken: alone and with others, once and again, left out by the route and by the cooldown.
    const deliveries = details.flatMap((detail) => detail.deliveries);
    const together = Map.groupBy(
      deliveries.filter(({ destination }) => destination === 'mail'),
      ({ messageId }) => messageId,
    );
    for (const members of together.values())
      expect(members.map((member) => member.together)).toEqual(Array(members.length).fill(members.length));
    expect([...together.values()].some((members) => members.length > 1)).toBe(true);
    expect(new Set(deliveries.map(({ state }) => state))).toEqual(new Set(['sent', 'suppressed']));
    expect(deliveries.map(({ reason }) => reason)).toContain('rule');
    const reasons = details.flatMap(({ transitions }) => transitions.map((each) => each.announcement.reason));
    expect(reasons).toContain('cooldown');
    const messages = new Set(arrivals.map(({ destination, id }) => `${destination} ${id}`));
    expect(arrivals.length).toBeGreaterThan(messages.size);
  },
  180_000 + kills * 15_000,
);

/** Three mistakes, and how the records show them: otherwise the test could not fail. */
const mutants: [mistake: string, problem: RegExp, mutant: Mutant][] = [
  [
    'notes as sent what nobody has answered yet',
    /is noted as sent .* and never arrived/,
    {
      file: 'deliveries/outbox.ts',
      changes: [
        [
          'lane.attempt = attempt;',
          `lane.attempt = attempt;
           this.#parts.store.markSent(cargo.deliveries.map(({ id }) => id), clock.now(), 1, 'on its way');`,
        ],
        ['lane.unmarked = () => this.#record(cargo, outcome, now, offline);', 'lane.unmarked = () => [];'],
      ],
    },
  ],
  [
    'sends what is not committed yet',
    /arrived and nobody knows it/,
    {
      file: 'monitor/state/state-file.ts',
      changes: [
        [
          `this.#lookBefore();
    this.#database.exec('BEGIN IMMEDIATE');`,
          `this.#lookBefore();
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE');`,
        ],
        [
          `work();
      this.#database.exec('COMMIT');`,
          `work();
      setTimeout(() => this.#database.isTransaction && this.#database.exec('COMMIT'), 3000);`,
        ],
      ],
    },
  ],
  [
    'settles what goes together when it has gone',
    /arrived and nobody knows it/,
    { file: 'deliveries/outbox.ts', changes: [['store.putTogether(', '((..._: unknown[]) => undefined)(']] },
  ],
];

it.each(mutants)('a Plimsoll that %s is found out', { timeout: 240_000 }, async (_, problem, mutant) => {
  const { details, arrivals } = await killedWhileSending(4, randomFrom(7), mutant);
  expect(booksOf(details, due, arrivals).join('\n')).toMatch(problem);
});
