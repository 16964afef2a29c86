import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../base/log.ts';
import type { Delivery } from '../contract/delivery.ts';
import { PlimsollError } from '../contract/error.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { randomFrom } from '../testing/random-from.ts';
import { secretsOf } from '../testing/surroundings.ts';
import { defineDestination } from './destination-kind.ts';
import { Outbox, attemptDeadlineMs, comesBackMs, giveUpAfterMs } from './outbox.ts';

type Answer = (id: string, signal: AbortSignal) => Promise<string>;

const second = 1000;
const accept: Answer = () => Promise.resolve('arrived');
const refuse: Answer = () => Promise.reject(new PlimsollError('unauthorized', 'wrong password'));
const failForNow: Answer = () =>
  Promise.reject(new PlimsollError('unreachable', 'no answer', { retry: true }));
const hang: Answer = () => new Promise(() => {});

let clock: HandClock;
let store: MemoryOutboxStore;
let outbox: Outbox;
let answers: Record<string, Answer>;
/** The calls that destinations received, in order. */
let calls: string[];
let closed: string[];
let changes: Delivery[];
let made: number;
/** The messages that were marked as late. */
let late: string[];

beforeEach(() => {
  clock = new HandClock();
  store = new MemoryOutboxStore();
  [answers, calls, closed, changes] = [{}, [], [], []];
  [made, late] = [0, []];
  outbox = newOutbox();
});
afterEach(async () => {
  const stopped = outbox.stop();
  await clock.turn(2 * second);
  await stopped;
});

/** Destinations of this kind do what `answers` says under their label. */
const scripted = defineDestination({
  kind: 'scripted',
  title: 'Scripted',
  description: 'Answers as told.',
  role: 'record',
  options: z.strictObject({
    label: z.string(),
    everyMs: z.number().optional(),
    takesReports: z.boolean().optional(),
  }),
  open: ({ label, everyMs, takesReports }) => ({
    ...(takesReports === true && {
      deliverReport(id, { report }, signal) {
        calls.push(`${label} report ${id} ${report}`);
        return (answers[label] ?? accept)(id, signal);
      },
    }),
    ...(everyMs !== undefined && {
      together: {
        everyMs,
        deliver({ id, messages }, signal) {
          calls.push(`${label} ${id} (${messages.map((message) => message.id).join(' ')})`);
          late.push(...messages.filter((message) => message.late).map((message) => message.id));
          return (answers[label] ?? accept)(id, signal);
        },
      },
    }),
    deliver(message, signal) {
      calls.push(`${label} ${message.id}`);
      if (message.late) late.push(message.id);
      return (answers[label] ?? accept)(message.id, signal);
    },
    close: () => void closed.push(label),
  }),
});

function newOutbox(random = () => 1): Outbox {
  const findKind = (kind: string) => (kind === 'scripted' ? scripted : undefined);
  const onChange = (delivery: Delivery) => void changes.push(delivery);
  return new Outbox({
    store,
    clock,
    log: silentLog,
    directory: '/',
    secret: secretsOf(),
    findKind,
    onChange,
    random,
    newId: () => `message-${++made}`,
  });
}

function destination(name: string, changed: Partial<DestinationSettings> = {}): DestinationSettings {
  return { name, kind: 'scripted', enabled: true, label: name, ...changed };
}

function queue(...ids: string[]): void {
  for (const id of ids) store.add(id.replace(/\d+$/, ''), id, clock.now());
  outbox.poke();
}

describe('Outbox', () => {
  it('delivers each destination in order, one at a time, and never in the caller’s own turn', async () => {
    let arrive: (() => void)[] = [];
    answers['a'] = () => new Promise((resolve) => arrive.push(() => resolve('a receipt')));
    outbox.configure([destination('a'), destination('b')]);
    queue('a1', 'a2', 'b1');
    expect(calls).toEqual([]);

    await clock.turn(second);
    expect(calls).toEqual(['a a1', 'b b1']);
    arrive.forEach((call) => call());
    arrive = [];
    await clock.turn(second);
    expect(calls).toEqual(['a a1', 'b b1', 'a a2']);
    arrive.forEach((call) => call());
    await clock.turn(0);
    expect(changes.map(({ id, state }) => `${id} ${state}`)).toEqual(['b1 sent', 'a1 sent', 'a2 sent']);
    expect(store.get('a1')).toMatchObject({
      receipt: 'a receipt',
      attempts: 1,
      finishedAt: clock.now() - second,
    });
  });

  it('cuts a destination that hangs, counts a failure, tries again, and delays nobody else', async () => {
    let wasAborted = false;
    answers['a'] = (id, signal) => {
      signal.addEventListener('abort', () => (wasAborted = true));
      return hang(id, signal);
    };
    outbox.configure([destination('a'), destination('b')]);
    queue('a1', 'a2');
    await clock.turn(5 * second);
    queue('b1');
    await clock.turn(0);
    expect(store.get('b1').state).toBe('sent');

    await clock.turn(attemptDeadlineMs - 5 * second);
    expect(wasAborted).toBe(true);
    expect(store.get('a1')).toMatchObject({
      state: 'queued',
      attempts: 1,
      error: 'It did not end within 15 seconds.',
    });
    answers['a'] = accept;
    await clock.turn(2 * second);
    expect([store.get('a1').attempts, store.books()]).toEqual([2, { sent: 3, failed: 0, queued: 0 }]);
    expect(calls).toEqual(['a a1', 'b b1', 'a a1', 'a a2']);
  });

  it('ignores what a cut destination says afterwards', async () => {
    let resolveLate: (receipt: string) => void = () => {};
    answers['a'] = () => new Promise((resolve) => (resolveLate = resolve));
    outbox.configure([destination('a')]);
    queue('a1');
    await clock.turn(attemptDeadlineMs);
    resolveLate('too late');
    await clock.turn(0);
    expect(store.get('a1')).toMatchObject({ state: 'queued', attempts: 1 });
  });

  it('waits longer after each failure that may pass, and goes on after a restart where it was', async () => {
    answers['a'] = failForNow;
    outbox.configure([destination('a')]);
    queue('a1');
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      await clock.turn((store.get('a1').nextAt ?? 0) - clock.now());
      waits.push((store.get('a1').nextAt ?? 0) - clock.now());
    }
    expect(waits).toEqual([2, 4, 8, 16].map((seconds) => seconds * second));

    await outbox.stop();
    outbox = newOutbox();
    answers['a'] = accept;
    outbox.configure([destination('a')]);
    await clock.turn(15 * second);
    expect([calls.length, store.get('a1').attempts]).toEqual([4, 4]);
    await clock.turn(second);
    expect(store.get('a1')).toMatchObject({ state: 'sent', attempts: 5, error: null });
  });

  it('keeps what another attempt would not help, with the reason, and goes on with the next', async () => {
    answers['a'] = (id, signal) =>
      (id === 'a1' ? refuse : id === 'a2' ? () => Promise.reject(new TypeError('bug')) : accept)(id, signal);
    outbox.configure([destination('a')]);
    queue('a1', 'a2', 'a3');
    await clock.turn(0);
    expect(['a1', 'a2', 'a3'].map((id) => [store.get(id).state, store.get(id).error])).toEqual([
      ['failed', 'wrong password'],
      ['failed', 'bug'],
      ['sent', null],
    ]);
  });

  it('gives a delivery up when it is a day old, after a last attempt', async () => {
    answers['a'] = failForNow;
    outbox.configure([destination('a')]);
    queue('a1');
    await clock.turn(giveUpAfterMs - 1);
    expect(store.get('a1')).toMatchObject({
      state: 'queued',
      nextAt: store.get('a1').createdAt + giveUpAfterMs,
    });
    await clock.turn(1);
    const { state, attempts, error } = store.get('a1');
    expect([state, calls.length]).toEqual(['failed', attempts]);
    expect(error).toBe(`Given up after 24 hours and ${attempts} attempts. no answer`);
  });

  it('tries what is older than a day once more, as after a long sleep', async () => {
    outbox.configure([destination('a')]);
    store.add('a', 'a1', clock.now() - 3 * giveUpAfterMs);
    outbox.poke();
    await clock.turn(0);
    expect(store.get('a1').state).toBe('sent');
  });

  it('takes a retry that lies far ahead, because the clock was set back, for due', async () => {
    answers['a'] = failForNow;
    outbox.configure([destination('a')]);
    queue('a1');
    await clock.turn(0);
    clock.jump(-7 * 86_400 * second);
    answers['a'] = accept;
    await clock.turn(2 * second);
    expect(store.get('a1').state).toBe('sent');
  });

  it('lets deliveries of a disabled destination wait, and fails those of a removed one with the reason', async () => {
    outbox.configure([destination('a', { enabled: false })]);
    queue('a1', 'b1', 'b2');
    await clock.turn(0);
    expect(store.books()).toEqual({ sent: 0, failed: 2, queued: 1 });
    expect(store.get('b2')).toMatchObject({
      attempts: 0,
      error: 'The destination b was removed before this was sent.',
    });

    outbox.configure([destination('a')]);
    await clock.turn(0);
    expect([store.get('a1').state, calls]).toEqual(['sent', ['a a1']]);
  });

  it('keeps what waits for a destination that was removed while that can be taken back, and then fails it', async () => {
    answers['a'] = failForNow;
    outbox.configure([destination('a')]);
    queue('a1');
    await clock.turn(0);
    outbox.configure([]);
    await clock.turn(10 * second);
    expect(store.get('a1').state).toBe('queued');
    answers['a'] = accept;
    outbox.configure([destination('a')]);
    await clock.turn(30 * second);
    expect(store.get('a1').state).toBe('sent');

    queue('a2');
    outbox.configure([]);
    await clock.turn(comesBackMs - 1);
    expect(store.get('a2').state).toBe('queued');
    await clock.turn(1);
    expect(store.get('a2')).toMatchObject({
      state: 'failed',
      error: 'The destination a was removed before this was sent.',
    });
  });

  it('goes on with the others while the store cannot take that a destination was removed', async () => {
    store.add('gone', 'g1', clock.now());
    store.add('a', 'a1', clock.now());
    store.markProblem = new Error('the disk is full');
    outbox.configure([destination('a')]);
    await clock.turn(0);
    expect(calls).toEqual(['a a1']);
    store.markProblem = null;
    await clock.turn(5 * second);
    expect(store.books()).toEqual({ sent: 1, failed: 1, queued: 0 });
  });

  it('reopens a destination only when its settings change, and closes the former after its attempt has ended', async () => {
    let arrive: (receipt: string) => void = () => {};
    answers['old'] = () => new Promise((resolve) => (arrive = resolve));
    outbox.configure([destination('a', { label: 'old' })]);
    queue('a1', 'a2');
    await clock.turn(0);
    outbox.configure([destination('a', { label: 'old' })]);
    outbox.configure([destination('a', { label: 'new' })]);
    await clock.turn(second);
    expect([calls, closed]).toEqual([['old a1'], []]);
    arrive('done');
    await clock.turn(0);
    expect([calls, closed, store.books()]).toEqual([
      ['old a1', 'new a2'],
      ['old'],
      { sent: 2, failed: 0, queued: 0 },
    ]);
  });

  it('shows why a destination cannot be opened at its deliveries', async () => {
    outbox.configure([destination('a', { kind: 'pigeon' }), destination('b', { label: 5 })]);
    queue('a1', 'b1');
    await clock.turn(0);
    expect(store.get('a1')).toMatchObject({
      state: 'failed',
      error: 'There is no kind of destination pigeon.',
    });
    expect(store.get('b1')).toMatchObject({ state: 'failed', error: expect.stringContaining('label') });
  });

  it('never sends twice because the store could not take the outcome', async () => {
    outbox.configure([destination('a')]);
    store.markProblem = new PlimsollError('disk_full', 'no space', { retry: true });
    queue('a1', 'a2');
    await clock.turn(60 * second);
    expect([calls, store.get('a1').state]).toEqual([['a a1'], 'queued']);
    store.markProblem = null;
    await clock.turn(5 * second);
    expect([calls, store.books()]).toEqual([['a a1', 'a a2'], { sent: 2, failed: 0, queued: 0 }]);
  });

  it('waits two seconds for attempts under way when it stops, and leaves the rest queued', async () => {
    let arrive: (receipt: string) => void = () => {};
    answers['a'] = () => new Promise((resolve) => (arrive = resolve));
    answers['b'] = hang;
    outbox.configure([destination('a'), destination('b')]);
    queue('a1', 'a2', 'b1');
    await clock.turn(0);
    let isStopped = false;
    const stopping = outbox.stop().then(() => (isStopped = true));
    await clock.turn(second);
    arrive('just in time');
    await clock.turn(second - 1);
    expect(isStopped).toBe(false);
    await clock.turn(1);
    await stopping;
    await clock.turn(60 * second);
    expect(store.get('a1').state).toBe('sent');
    expect(['a2', 'b1'].map((id) => [store.get(id).state, store.get(id).attempts])).toEqual([
      ['queued', 0],
      ['queued', 0],
    ]);
    expect(closed.sort()).toEqual(['a', 'b']);
  });

  it('keeps its books through failures, hangs, changes and restarts', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = randomFrom(seed);
    const names = ['a', 'b', 'c', 'd'];
    const underWay = new Set<string>();
    const overlaps: string[] = [];
    for (const name of names) {
      answers[name] = async (id, signal) => {
        if (underWay.has(name)) overlaps.push(id);
        underWay.add(name);
        signal.addEventListener('abort', () => underWay.delete(name));
        const [answer = accept] = [accept, accept, refuse, failForNow, hang].slice(Math.floor(random() * 5));
        return answer(id, signal).finally(() => underWay.delete(name));
      };
    }
    const all = names.map((name) => destination(name));
    outbox = newOutbox(random);
    outbox.configure(all);
    let due = 0;
    for (let step = 0; step < 150; step++) {
      queue(`${names[Math.floor(random() * 4)]}${due++}`);
      if (step % 20 === 7) outbox.configure(all.map((each) => ({ ...each, enabled: random() < 0.7 })));
      if (step % 20 === 12) outbox.configure(all);
      if (step % 50 === 30) {
        const stopped = outbox.stop();
        await clock.turn(2 * second);
        await stopped;
        outbox = newOutbox(random);
        outbox.configure(all);
      }
      await clock.turn(Math.floor(random() * 20 * second));
      const { sent, failed, queued } = store.books();
      expect(sent + failed + queued, `seed ${seed}`).toBe(due);
    }
    outbox.configure(all);
    await clock.turn(2 * giveUpAfterMs);
    expect(overlaps, `seed ${seed}`).toEqual([]);
    expect(store.books(), `seed ${seed}`).toMatchObject({ queued: 0 });
    const finished = changes.filter(({ state }) => state !== 'queued').map(({ id }) => id);
    for (const name of names) {
      const ofThis = (id: string) => id.startsWith(name);
      expect(finished.filter(ofThis), `seed ${seed}`).toEqual([...store.rows.keys()].filter(ofThis));
    }
  });
});

describe('Outbox to those that people read', () => {
  const readers = () => [destination('a', { everyMs: 10 * second })];

  it('sends what comes after calm at once, and what comes within ten seconds as one', async () => {
    outbox.configure(readers());
    queue('a1');
    await clock.turn(0);
    expect(calls).toEqual(['a a1']);
    for (let index = 2; index <= 5; index++) {
      await clock.turn(second);
      queue(`a${index}`);
    }
    await clock.turn(6 * second - 1);
    expect(calls).toEqual(['a a1']);
    await clock.turn(1);
    expect(calls).toEqual(['a a1', 'a message-1 (a2 a3 a4 a5)']);
    expect(['a1', 'a2', 'a5'].map((id) => [store.get(id).messageId, store.get(id).together])).toEqual([
      ['a1', 1],
      ['message-1', 4],
      ['message-1', 4],
    ]);
    await clock.turn(60 * second);
    queue('a6');
    await clock.turn(0);
    expect([calls.at(-1), store.books()]).toEqual(['a a6', { sent: 6, failed: 0, queued: 0 }]);
    expect(late).toEqual([]);
  });

  it('makes one message of a thousand at once, and not a second one for ten seconds', async () => {
    outbox.configure([...readers(), destination('b')]);
    queue(...Array.from({ length: 1500 }, (_, index) => `a${index}`), 'b1');
    await clock.turn(9 * second);
    expect(calls.map((call) => call.split(' ').length - 2)).toEqual([1000, 0]);
    await clock.turn(second);
    expect(calls.map((call) => call.split(' ').length - 2)).toEqual([1000, 0, 500]);
    expect(store.books()).toEqual({ sent: 1501, failed: 0, queued: 0 });
  });

  it.each([
    ['a message', ['a1'], 'a a1'],
    ['a set', ['a1', 'a2'], 'a message-1 (a1 a2)'],
  ])(
    'never changes %s that was attempted: after a kill it is the same, under the same id',
    async (_, ids, sent) => {
      answers['a'] = hang;
      outbox.configure(readers());
      queue(...ids);
      await clock.turn(0);
      // Killed between sending and marking: only the store remains.
      outbox = newOutbox();
      queue('a8', 'a9');
      answers['a'] = failForNow;
      outbox.configure(readers());
      await clock.turn(0);
      queue('a10');
      answers['a'] = accept;
      await clock.turn(20 * second);
      const others = `a message-${ids.length} (a8 a9 a10)`;
      expect(calls).toEqual([sent, sent, sent, others]);
      expect(store.get('a1')).toMatchObject({ state: 'sent', attempts: 2 });
    },
  );

  it('gives a set up as a whole when its youngest is a day old', async () => {
    answers['a'] = failForNow;
    outbox.configure(readers());
    queue('a1');
    await clock.turn(second);
    queue('a2', 'a3');
    await clock.turn(giveUpAfterMs + 16 * 60 * second);
    expect(store.get('a1').state).toBe('failed');
    queue('a4');
    await clock.turn(giveUpAfterMs - 16 * 60 * second);
    expect(['a2', 'a3'].map((id) => store.get(id).error)).toEqual([
      expect.stringContaining('Given up'),
      expect.stringContaining('Given up'),
    ]);
    expect(store.get('a4').state).toBe('queued');
  });

  it('marks what comes late, as after the destination was away', async () => {
    answers['a'] = failForNow;
    outbox.configure(readers());
    queue('a1');
    await clock.turn(100 * second);
    queue('a2', 'a3');
    expect(late).toEqual([]);
    await clock.turn(100 * second);
    answers['a'] = accept;
    await clock.turn(75 * second);
    queue('a4');
    await clock.turn(10 * second);
    expect(store.books()).toEqual({ sent: 4, failed: 0, queued: 0 });
    expect(calls.at(-1)).toBe('a a4');
    expect(new Set(late)).toEqual(new Set(['a1', 'a2', 'a3']));
  });
});

describe('Outbox and the world outside', () => {
  const offline: Answer = () => {
    const cause = Object.assign(new Error('no way'), { code: 'ENETUNREACH' });
    return Promise.reject(new PlimsollError('unreachable', 'no network', { retry: true, cause }));
  };

  it('waits while this machine has no network, however long, and counts no attempt', async () => {
    answers['a'] = offline;
    outbox.configure([destination('a')]);
    queue('a1');
    await clock.turn(3 * giveUpAfterMs);
    expect(store.get('a1')).toMatchObject({ state: 'queued', attempts: 0, error: 'no network' });
    const pauses = calls.length;
    expect(pauses).toBeLessThan((3 * giveUpAfterMs) / (30 * second));
    answers['a'] = accept;
    await clock.turn(60 * second);
    expect(store.get('a1')).toMatchObject({ state: 'sent', attempts: 1 });
  });

  it('waits as long as the other side asks, an hour at most', async () => {
    const wait =
      (retryAfterMs: number): Answer =>
      () =>
        Promise.reject(new PlimsollError('too_many_requests', 'later', { retry: true, retryAfterMs }));
    outbox.configure([destination('a')]);
    answers['a'] = wait(90 * second);
    queue('a1');
    await clock.turn(0);
    const pause = () => (store.get('a1').nextAt ?? 0) - clock.now();
    expect(pause()).toBe(90 * second);
    answers['a'] = wait(86_400 * second);
    await clock.turn(90 * second);
    expect(pause()).toBe(3600 * second);
    answers['a'] = wait(0);
    await clock.turn(3600 * second);
    expect(pause()).toBeGreaterThanOrEqual(second);
  });

  it('tells how it stands with each destination', async () => {
    outbox.configure([
      destination('a'),
      destination('b'),
      destination('c'),
      destination('d', { enabled: false }),
    ]);
    expect(outbox.health().map(({ arrivedAt, failingSince }) => [arrivedAt, failingSince])).toEqual(
      Array(4).fill([null, null]),
    );
    answers['b'] = failForNow;
    answers['c'] = refuse;
    const begun = clock.now();
    queue('a1', 'b1', 'b2', 'c1', 'd1');
    await clock.turn(second);
    const [a, b, c, d] = outbox.health();
    expect(a).toMatchObject({ waiting: 0, failed: 0, arrivedAt: begun, failingSince: null, error: null });
    expect(b).toMatchObject({ waiting: 2, arrivedAt: null, failingSince: begun, error: 'no answer' });
    expect(b?.nextAt).toBe(begun + 2 * second);
    expect(c).toMatchObject({ waiting: 0, failed: 1, failingSince: begun, error: 'wrong password' });
    expect(d).toMatchObject({ waiting: 1, failingSince: null, error: null });
    answers['b'] = answers['c'] = accept;
    await clock.turn(second);
    queue('c2');
    await clock.turn(second);
    expect(outbox.health().map(({ failingSince, error }) => [failingSince, error])).toEqual(
      Array(4).fill([null, null]),
    );
  });

  it('time without a network of our own is held against nobody, and what failed in the run before goes on failing', async () => {
    const offline = Object.assign(new Error('no way out'), { code: 'ENETUNREACH' });
    const unreached = () => outbox.health()[0]?.unreachedSince;
    outbox.configure([destination('a')]);
    answers['a'] = () =>
      Promise.reject(new PlimsollError('unreachable', 'offline', { retry: true, cause: offline }));
    queue('a1');
    await clock.turn(600 * second);
    expect(outbox.health()[0]).toMatchObject({
      failingSince: expect.any(Number) as number,
      unreachedSince: null,
    });
    answers['a'] = failForNow;
    const begun = clock.now();
    await clock.turn(70 * second);
    expect(unreached()).toBeGreaterThan(begun);
    const { createdAt } = store.heads()[0]?.delivery ?? { createdAt: 0 };
    outbox = newOutbox();
    outbox.configure([destination('a')]);
    await clock.turn(120 * second);
    expect(unreached()).toBe(createdAt);
    answers['a'] = refuse;
    await clock.turn(120 * second);
    expect(outbox.health()[0]).toMatchObject({ gaveUp: true, waiting: 0 });
    answers['a'] = accept;
    queue('a2');
    await clock.turn(second);
    expect(outbox.health()[0]).toMatchObject({ gaveUp: false, unreachedSince: null });
  });

  it('does not know after a start whether what failed before still fails, and finds out within a minute', async () => {
    outbox.configure([destination('a')]);
    answers['a'] = failForNow;
    queue('a1');
    const { createdAt } = store.get('a1');
    await clock.turn(5 * 3600 * second);
    await outbox.stop();
    outbox = newOutbox();
    outbox.configure([destination('a')]);
    await clock.turn(59 * second);
    const [before] = outbox.health();
    expect(before).toMatchObject({ waiting: 1, failingSince: createdAt, error: 'no answer' });
    expect(before).not.toHaveProperty('unreachedSince');
    await clock.turn(second);
    expect(outbox.health()[0]).toMatchObject({ failingSince: createdAt, unreachedSince: createdAt });
    answers['a'] = accept;
    await clock.turn(900 * second);
    expect(outbox.health()[0]).toMatchObject({ waiting: 0, failingSince: null, unreachedSince: null });
  });

  it('a report waits in line with alerts, goes alone, is tried again, and is given up where nobody takes reports', async () => {
    const note = {
      report: 'r1',
      host: 'box',
      madeAt: 0,
      level: 'ok' as const,
      sentence: 'All clear',
      span: '',
      rows: [],
    };
    outbox.configure([destination('a', { everyMs: 0, takesReports: true }), destination('b')]);
    answers['a'] = failForNow;
    queue('a1');
    store.addReport('a', 'report-1', clock.now(), note);
    store.addReport('b', 'report-2', clock.now(), note);
    queue('a2');
    outbox.poke();
    await clock.turn(second);
    expect(store.get('report-2')).toMatchObject({
      state: 'failed',
      error: 'The destination b takes no reports.',
    });
    answers['a'] = accept;
    await clock.turn(60 * second);
    expect(['a1', 'report-1', 'a2'].map((id) => store.get(id).state)).toEqual(['sent', 'sent', 'sent']);
    expect(calls).toContain('a report report-1 r1');
    expect(calls.filter((call) => call.includes('report-2'))).toEqual([]);
  });
});
