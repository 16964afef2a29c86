import { beforeEach, describe, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import type { ChildEnd } from '../../contract/port.ts';
import type { Reading } from '../../contract/sample.ts';
import type { FromHistory, ToHistory } from '../../history/messages.ts';
import { TakeUnpacker } from '../../history/packed-takes.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { HistoryLink } from './history-link.ts';

const crash: ChildEnd = { kind: 'crash', code: null, signal: 'SIGKILL' };
const query = { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, from: 0, to: 9, points: 9 };
const reading = (at: number): Reading => ({
  host: 'box',
  source: 'cpu',
  at,
  durationMs: 1,
  samples: [{ metric: 'cpu_percent', labels: {}, value: at }],
  error: null,
});

let clock: HandClock;
let children: ScriptedChildren<ToHistory, FromHistory>;
let notices: Map<string, string>;
let link: HistoryLink;
const child = () => children.newest('history');
const appended = () => {
  const unpacker = new TakeUnpacker();
  return child().sent.flatMap((message) =>
    message.type === 'append' ? [{ ...message, readings: unpacker.unpack(message.readings) }] : [],
  );
};
const timesSent = () => appended().map(({ readings }) => readings.map(({ at }) => at));
const commitAll = () => {
  for (const { batch } of appended()) child().say({ type: 'committed', batch });
};

beforeEach(() => {
  clock = new HandClock();
  children = new ScriptedChildren();
  notices = new Map();
  link = new HistoryLink(
    {
      spawn: children.spawn,
      clock,
      onHealth: () => undefined,
      onNotice: (id, message) => (message === null ? notices.delete(id) : notices.set(id, message)),
      onCost: () => undefined,
    },
    { rawHours: 168 },
  );
  link.start();
});

describe('HistoryLink', () => {
  it('keeps readings until history is ready, and again those that it had not committed when it died', async () => {
    link.append(reading(1));
    expect(child().sent).toEqual([]);
    child().say({ type: 'ready', notice: null });
    link.append(reading(2));
    await clock.turn(10_000);
    expect(child().sent[0]).toEqual({ type: 'retain', rawHours: 168 });
    expect(timesSent()).toEqual([[1], [2]]);

    child().say({ type: 'committed', batch: appended()[0]?.batch ?? 0 });
    child().end(crash);
    link.append(reading(3));
    await clock.turn(100);
    child().say({ type: 'ready', notice: null });
    expect(timesSent()).toEqual([[2, 3]]);
  });

  it('sends what was gathered before what another machine sent, in the order in which names are told', async () => {
    child().say({ type: 'ready', notice: null });
    link.append(reading(1));
    link.take([{ ...reading(2), host: 'other', source: 'disk' }]).catch(() => undefined);
    link.append(reading(3));
    await clock.turn(10_000);
    const unpacker = new TakeUnpacker();
    const readings = child().sent.flatMap((message) => {
      if (message.type === 'append') return unpacker.unpack(message.readings);
      return message.type === 'ask' && message.question === 'take' ? unpacker.unpack(message.ask) : [];
    });
    expect(readings.map(({ host, at }) => [host, at])).toEqual([
      ['box', 1],
      ['other', 2],
      ['box', 3],
    ]);
  });

  it('sends again what could not be written, and says so for as long as it is true', async () => {
    child().say({ type: 'ready', notice: 'The old file was damaged.' });
    link.append(reading(1));
    await clock.turn(10_000);
    const { batch } = appended()[0] ?? expect.unreachable();
    child().say({ type: 'not-committed', batch, code: 'disk_full', message: 'the disk is full' });
    expect(notices.get('history-write')).toContain('the disk is full');
    await clock.turn(5000);
    expect(timesSent()).toEqual([[1], [1]]);
    commitAll();
    expect([...notices]).toEqual([['history-start', 'The old file was damaged.']]);
    await clock.turn(30_000);
    expect(timesSent()).toHaveLength(2);
  });

  it('gathers what is read in ten seconds, but answers and ends with all that was read until then', async () => {
    child().say({ type: 'ready', notice: null });
    for (const at of [1, 2, 3]) link.append(reading(at));
    expect(timesSent()).toEqual([]);
    await clock.turn(10_000);
    expect(timesSent()).toEqual([[1, 2, 3]]);

    link.append(reading(4));
    void link.ask('size', {}).catch(() => undefined);
    expect(
      child()
        .sent.map(({ type }) => type)
        .slice(-2),
    ).toEqual(['append', 'ask']);
    link.append(reading(5));
    void link.stop();
    expect(
      child()
        .sent.map(({ type }) => type)
        .slice(-2),
    ).toEqual(['append', 'stop']);
    expect(timesSent()).toEqual([[1, 2, 3], [4], [5]]);
  });

  it('keeps the newest of what waits while history is away for hours, and sends it in few messages', () => {
    for (let at = 1; at <= 50_510; at++) link.append(reading(at));
    expect(notices.get('history-lost')).toContain('oldest readings');
    child().say({ type: 'ready', notice: null });
    const sent = timesSent();
    expect([sent.length, sent.flat().length, sent[0]?.[0], sent.at(-1)?.at(-1)]).toEqual([
      101, 50_010, 501, 50_510,
    ]);
  });

  it('keeps no more than that after a time in which little was read at once', async () => {
    for (let at = 1; at <= 300; at++) {
      link.append(reading(at));
      await clock.turn(10_000);
    }
    for (let at = 301; at <= 50_500; at++) link.append(reading(at));
    child().say({ type: 'ready', notice: null });
    expect(timesSent().flat().length).toBeLessThan(50_500);
    expect(timesSent().at(-1)?.at(-1)).toBe(50_500);
  });

  it('answers, or says why it cannot: not running, died meanwhile, too slow, refused', async () => {
    const code = (question: Promise<unknown>) =>
      question.catch((thrown: unknown) => (thrown instanceof PlimsollError ? thrown.code : thrown));
    expect(await code(link.ask('range', query))).toBe('stage_down');

    child().say({ type: 'ready', notice: null });
    const asked = [1, 2, 3, 4].map(() => code(link.ask('size', {})));
    const [first, second] = child().sent.flatMap((message) => (message.type === 'ask' ? [message.id] : []));
    const answer = { bytes: 1, mostBytes: null, samples: 2, oldestAt: null, kept: [] };
    child().say({ type: 'answer', id: first ?? 0, answer });
    child().say({ type: 'no-answer', id: second ?? 0, code: 'damaged', message: 'the file is damaged' });
    expect(await asked[0]).toEqual(answer);
    expect(await asked[1]).toBe('damaged');
    await clock.turn(10_000);
    expect(await asked[2]).toBe('deadline');

    const last = code(link.ask('size', {}));
    child().end(crash);
    expect(await last).toBe('stage_down');
  });

  it('gives up a question that nobody waits for any more, here and there', async () => {
    child().say({ type: 'ready', notice: null });
    const gone = new AbortController();
    const asked = link.ask('range', query, gone.signal);
    const question = child().sent.at(-1);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ code: 'deadline' });
    expect(child().sent.at(-1)).toEqual({ type: 'forget', id: question?.type === 'ask' ? question.id : 0 });
    const sent = child().sent.length;
    await expect(link.ask('range', query, gone.signal)).rejects.toMatchObject({ code: 'deadline' });
    expect(child().sent).toHaveLength(sent);
  });
});
