import { EventEmitter, once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { DestinationHealth } from '../contract/delivery.ts';
import type { Status } from '../contract/status.ts';
import type { AlertDetail } from '../monitor/monitor-api.ts';
import { CommandLine } from '../testing/command-line.ts';
import { httpServer } from '../testing/loopback.ts';
import { mailServer } from '../testing/mail-server.ts';
import { randomFrom } from '../testing/random-from.ts';
import { askOwner } from './owner-api.ts';

const kills = Number(process.env['PLIMSOLL_KILLS'] ?? 10);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const rules = 6;

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

/** Memory in use is always above 0 and never above 100: the threshold decides whether all of the rules fire. */
function configure(threshold: 0 | 100, destinations: Record<string, unknown>[]): void {
  const file = join(line.home, 'plimsoll.yaml');
  const rule = (id: string) => ({
    ...{ id, name: `Rule ${id}`, source: 'memory', metric: 'memory_percent', comparison: 'greater_than' },
    ...{ threshold, consecutiveViolations: 1, cooldownSeconds: 0 },
  });
  const settings = {
    version: 1,
    sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 0.1 }],
    rules: Array.from({ length: rules }, (_, index) => rule(`r${index}`)),
    destinations,
    monitoring: { checkIntervalSeconds: 0.1 },
  };
  writeFileSync(`${file}~`, JSON.stringify(settings));
  renameSync(`${file}~`, file);
}

async function ask<Answer>(path: string): Promise<Answer> {
  return (await askOwner(line.data, 'GET', `/api/v1/${path}`)) as Answer;
}

it(
  `killed ${kills} times while it sends: every announcement arrives, at most once more for each kill, under the same id (PLIMSOLL_SEED=${seed})`,
  async () => {
    const random = randomFrom(seed);
    const arrivals = new EventEmitter();
    // Between having it and saying so lies the moment that matters.
    const hold = (name: string) => {
      arrivals.emit(name);
      return pause(200 + random() * 300);
    };
    const posted: { id: string; key: string; what: string }[] = [];
    const url = await httpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      if (random() < 0.1) {
        response.writeHead(503).end();
        return;
      }
      const key = String(request.headers['idempotency-key']);
      const record = JSON.parse(body) as { id: string; alert_id: string; event: string };
      posted.push({ id: record.id, key, what: `${record.id} ${record.alert_id} ${record.event}` });
      await hold('machine');
      response.end();
    });
    const mail = await mailServer(() => hold('mail'));
    const destinations = [
      { name: 'machine', kind: 'webhook', url },
      {
        name: 'mail',
        kind: 'email',
        host: '127.0.0.1',
        port: mail.port,
        security: 'plain',
        from: 'p@example.org',
        to: ['o@example.org'],
      },
    ];

    const words = ['--port', '0', '--config', join(line.home, 'plimsoll.yaml')];
    let threshold: 0 | 100 = 0;
    for (let kill = 0; kill < kills; kill++) {
      configure(threshold, destinations);
      const { child, outcome } = await line.start(words);
      const arrived = once(arrivals, random() < 0.5 ? 'machine' : 'mail').then(() => true);
      for (let waitedMs = 0; waitedMs < 6000; waitedMs += 400) {
        if (await Promise.race([arrived, pause(400, false)])) break;
        threshold = threshold === 0 ? 100 : 0;
        configure(threshold, destinations);
      }
      await pause(random() * 150);
      child.kill('SIGKILL');
      await outcome;
    }

    configure(100, destinations);
    const { child, outcome } = await line.start(words);
    const isQuiet = async () => {
      const { alerts } = await ask<Status>('status');
      const health = await ask<DestinationHealth[]>('destinations');
      return alerts.length === 0 && health.every(({ waiting }) => waiting === 0);
    };
    await expect.poll(isQuiet, { timeout: 120_000, interval: 500 }).toBe(true);
    const alerts = await ask<Alert[]>('alerts?limit=1000');
    const details = await Promise.all(alerts.map(({ id }) => ask<AlertDetail>(`alerts/${id}`)));
    expect(alerts.length).toBeGreaterThan(0);
    const deliveries = details.flatMap((detail) => detail.deliveries);

    // due = sent: what was announced has a delivery to each, what was not has a reason.
    for (const detail of details) {
      const announced = detail.transitions.filter(({ announcement }) => announcement.decision === 'announce');
      for (const { announcement } of detail.transitions) expect(announcement.reason).toMatch(/^[a-z_]+$/);
      const states = detail.deliveries.map(({ destination, transition, state }) => [
        destination,
        transition,
        state,
      ]);
      const due = announced.flatMap(({ to }) => destinations.map(({ name }) => [name, to, 'sent']));
      expect(states.sort()).toEqual(due.sort());
    }

    // The machine has each by itself.
    const toMachine = deliveries.filter(({ destination }) => destination === 'machine');
    expect(new Set(posted.map(({ id }) => id))).toEqual(new Set(toMachine.map(({ id }) => id)));
    expect(posted.filter(({ id, key }) => id !== key)).toEqual([]);
    expect(new Set(posted.map(({ what }) => what)).size).toBe(toMachine.length);
    expect(posted.length - toMachine.length).toBeLessThanOrEqual(kills);

    // People have each in exactly one message, whose members did not change from one attempt to the next.
    const toMail = deliveries.filter(({ destination }) => destination === 'mail');
    const messages = Map.groupBy(toMail, ({ messageId }) => `<${messageId ?? 'none'}@plimsoll>`);
    const mails = await Promise.all(mail.taken.map(({ raw }) => simpleParser(raw)));
    expect(new Set(mails.map(({ messageId }) => messageId))).toEqual(new Set(messages.keys()));
    for (const [id, members] of messages) {
      expect(members.map(({ together }) => together)).toEqual(Array(members.length).fill(members.length));
      const copies = mails.filter(({ messageId }) => messageId === id);
      expect(new Set(copies.map(({ subject }) => subject)).size).toBe(1);
    }
    expect(mails.length - messages.size).toBeLessThanOrEqual(kills);
    expect([...messages.values()].some((members) => members.length > 1)).toBe(true);
    // The kills did hit that moment.
    expect(posted.length + mails.length).toBeGreaterThan(toMachine.length + messages.size);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  },
  180_000 + kills * 15_000,
);
