import { expect, test } from 'vitest';
import type { ColumnReading } from '../contract/columns.ts';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import type { FromHistory, Kept, SteppedAsk, ToHistory } from './messages.ts';
import type { OpenedHistory } from './open.ts';
import { TakePacker } from './packed-takes.ts';
import { serveHistory } from './serve.ts';
import type { HistoryStore } from './store.ts';
import type { UpkeepTask } from './upkeep.ts';

const none = new TakePacker().pack([]);

/** A store that only records its calls; the real one has its own tests. */
class RecordingStore implements HistoryStore {
  readonly calls: string[] = [];
  slices = 0;
  failure: PlimsollError | undefined;

  append(readings: readonly ColumnReading[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.calls.push(`append ${readings.length}`);
  }
  take(readings: readonly ColumnReading[]): [] {
    this.append(readings);
    return [];
  }
  range(): never {
    throw new PlimsollError('usage', 'no points');
  }
  latest(): [] {
    return [];
  }
  recorded() {
    return { at: new Float64Array(), values: new Float64Array(), to: 0 };
  }
  series(): [] {
    return [];
  }
  size() {
    return { bytes: 1, mostBytes: null, samples: 2, oldestAt: null, kept: [] };
  }
  usual(): [] {
    return [];
  }
  search() {
    return { series: [], total: 0, next: null };
  }
  newest() {
    return { samples: [], total: 0, next: null };
  }
  *answer({ question }: SteppedAsk): Generator<undefined, []> {
    for (let step = 1; step <= 2; step++) {
      this.calls.push(`${question} step ${step}`);
      if (this.failure !== undefined) throw this.failure;
      yield;
    }
    return [];
  }
  check() {
    return { ok: true, findings: [], checked: 0, damagedCount: 0, damaged: [] };
  }
  backup(path: string): Promise<{ bytes: number }> {
    if (path === 'there') return Promise.reject(new PlimsollError('conflict', 'it is there already'));
    return Promise.resolve({ bytes: 7 });
  }
  tend({ now, rawHours, roomBytes }: UpkeepTask): boolean {
    this.calls.push(`tend ${new Date(now).toISOString()} ${rawHours}${roomBytes === 0 ? ' short' : ''}`);
    this.slices--;
    return this.slices > 0;
  }
  readonly cut = new Map<Kept, number>();
  close(): void {
    this.calls.push('close');
  }
}

function begin(open?: () => Promise<OpenedHistory>) {
  const clock = new HandClock();
  const space = {
    refusal: undefined as PlimsollError | undefined,
    isNearlyFull: false,
    get roomBytes() {
      return this.refusal === undefined ? Infinity : 0;
    },
    whyNotToWrite: () => space.refusal,
    foundFull: () => void marks.push('found full'),
  };
  const store = new RecordingStore();
  const sent: FromHistory[] = [];
  const marks: string[] = [];
  let receive: (message: ToHistory) => void = () => undefined;
  const served = serveHistory(
    {
      send: (message) => {
        if (message.type !== 'cost') sent.push(message);
      },
      onMessage: (listener) => void (receive = listener),
      onCut: () => undefined,
    },
    {
      clock,
      space,
      open: open ?? (() => Promise.resolve({ store, notice: null })),
      markDamaged: () => void marks.push('damaged'),
      cpuMs: () => 5,
      leave: () => void marks.push('left'),
    },
  );
  return { clock, space, store, sent, marks, served, receive: (message: ToHistory) => receive(message) };
}

test('what comes before the store is open is answered after it, in order, and stop closes the store', async () => {
  const { store, sent, marks, served, receive } = begin();
  receive({ type: 'append', batch: 1, readings: none });
  receive({ type: 'ask', id: 7, question: 'size', ask: {} });
  await served;
  receive({ type: 'append', batch: 2, readings: none });
  receive({ type: 'stop' });
  expect(sent).toEqual([
    { type: 'ready', notice: null },
    { type: 'committed', batch: 1 },
    { type: 'answer', id: 7, answer: { bytes: 1, mostBytes: null, samples: 2, oldestAt: null, kept: [] } },
    { type: 'committed', batch: 2 },
    { type: 'stopped' },
  ]);
  expect(store.calls).toEqual(['append 0', 'append 0', 'close']);
  expect(marks).toEqual(['left']);
});

test('a question that fails is answered with a code, and a batch that fails is not acknowledged', async () => {
  const { store, sent, served, receive } = begin();
  await served;
  const query = { host: 'h', source: 's', metric: 'm', labels: {}, from: 0, to: 1, points: 0 };
  receive({ type: 'ask', id: 1, question: 'range', ask: query });
  store.failure = new PlimsollError('disk_full', 'full', { retry: true });
  receive({ type: 'append', batch: 3, readings: none });
  expect(sent.slice(1)).toEqual([
    { type: 'no-answer', id: 1, code: 'usage', message: 'no points' },
    { type: 'not-committed', batch: 3, code: 'disk_full', message: 'full' },
  ]);
});

test('damage found while storing is remembered and ends the process', async () => {
  const { store, sent, marks, served, receive } = begin();
  await served;
  store.failure = new PlimsollError('damaged', 'malformed');
  expect(() => receive({ type: 'append', batch: 1, readings: none })).toThrow('malformed');
  expect([marks, sent.length]).toEqual([['damaged'], 1]);
});

test('upkeep goes in slices with pauses, and then every five minutes by the newest wish', async () => {
  const { clock, store, served, receive } = begin();
  await served;
  store.slices = 3;
  receive({ type: 'retain', rawHours: 24 });
  expect(store.calls.length).toBe(1);
  await clock.turn(100);
  expect(store.calls.length).toBe(3);
  receive({ type: 'retain', rawHours: 1 });
  await clock.turn(300_000);
  expect(store.calls.slice(3)).toEqual([
    'tend 2026-01-05T12:00:00.100Z 1',
    'tend 2026-01-05T12:05:00.100Z 1',
  ]);
});

test('a store that cannot be opened yet is said and tried again; one that never will be ends the process', async () => {
  let tries = 0;
  const inUse = () => Promise.reject(new PlimsollError('already_running', 'in use', { retry: true }));
  const store = new RecordingStore();
  const later = begin(() => (tries++ === 0 ? inUse() : Promise.resolve({ store, notice: 'kept aside' })));
  await later.clock.turn(5000);
  expect(later.sent).toEqual([
    { type: 'refused', code: 'already_running', message: 'in use' },
    { type: 'ready', notice: 'kept aside' },
  ]);

  const never = begin(() => Promise.reject(new PlimsollError('newer_format', 'format 3')));
  await never.served;
  expect(never.sent).toEqual([{ type: 'refused', code: 'newer_format', message: 'format 3' }]);
  expect(never.marks).toEqual(['left']);
});

test('a long answer lets others have a turn, and one that nobody waits for is not worked at', async () => {
  const { clock, store, sent, served, receive } = begin();
  await served;
  const ask = { series: [], from: 0, to: 1, points: 1 };
  receive({ type: 'ask', id: 1, question: 'ranges', ask });
  receive({ type: 'ask', id: 2, question: 'top', ask: { metric: 'm', by: 'avg', from: 0, to: 1, limit: 1 } });
  receive({ type: 'append', batch: 1, readings: none });
  receive({ type: 'forget', id: 1 });
  await clock.turn(0);
  expect(store.calls).toEqual(['append 0', 'top step 1', 'top step 2']);
  expect(sent).toEqual([
    { type: 'ready', notice: null },
    { type: 'committed', batch: 1 },
    { type: 'answer', id: 2, answer: [] },
  ]);

  store.failure = new PlimsollError('usage', 'no series');
  receive({ type: 'ask', id: 3, question: 'ranges', ask });
  await clock.turn(0);
  expect(sent.at(-1)).toEqual({ type: 'no-answer', id: 3, code: 'usage', message: 'no series' });
});

test('while the disk is short of room nothing is stored, and what is nearly full is left alone', async () => {
  const { clock, space, store, sent, served, receive } = begin();
  await served;
  space.refusal = new PlimsollError('disk_full', 'the disk is short of room', { retry: true });
  space.isNearlyFull = true;
  receive({ type: 'append', batch: 1, readings: none });
  receive({ type: 'retain', rawHours: 24 });
  expect(store.calls).toEqual([]);
  expect(sent.at(-1)).toEqual({
    type: 'not-committed',
    batch: 1,
    code: 'disk_full',
    message: 'the disk is short of room',
  });
  space.isNearlyFull = false;
  receive({ type: 'retain', rawHours: 24 });
  space.refusal = undefined;
  receive({ type: 'append', batch: 2, readings: none });
  await clock.turn(5 * 60_000);
  const calls = store.calls.map((call) => call.replace(/ 2026\S+/, ''));
  expect(calls).toEqual(['tend 24 short', 'append 0', 'tend 24']);
});

test('a disk that SQLite found full has the ballast given up', async () => {
  const { store, marks, served, receive } = begin();
  await served;
  store.failure = new PlimsollError('disk_full', 'full', { retry: true, cause: new Error('SQLITE_FULL') });
  receive({ type: 'append', batch: 1, readings: none });
  expect(marks).toEqual(['found full']);
});

test('what went for want of room is said once, and taken back', async () => {
  const { store, sent, served, receive } = begin();
  await served;
  const notices = () => sent.filter(({ type }) => type === 'notice');
  store.cut.set('samples', Date.UTC(2026, 0, 5));
  for (let time = 0; time < 2; time++) receive({ type: 'retain', rawHours: 24, mostBytes: 2 ** 24 });
  expect(notices()).toEqual([
    {
      type: 'notice',
      id: 'size',
      message: expect.stringMatching(/16 MB.*samples before 2026-01-05/) as unknown,
    },
  ]);
  store.cut.clear();
  receive({ type: 'retain', rawHours: 24, mostBytes: 2 ** 25 });
  expect(notices().at(-1)).toEqual({ type: 'notice', id: 'size', message: null });
});

test('a backup is answered when it is done, or says why it could not be made', async () => {
  const { sent, served, receive } = begin();
  await served;
  receive({ type: 'ask', id: 1, question: 'backup', ask: { path: 'new' } });
  receive({ type: 'ask', id: 2, question: 'backup', ask: { path: 'there' } });
  await new Promise(setImmediate);
  expect(sent.slice(-2)).toEqual([
    { type: 'answer', id: 1, answer: { bytes: 7 } },
    { type: 'no-answer', id: 2, code: 'conflict', message: 'it is there already' },
  ]);
});
