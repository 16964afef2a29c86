import type { Clock } from '../base/clock.ts';
import { CostReport } from '../base/cost-report.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { ParentPort } from '../contract/port.ts';
import type {
  FromHistory,
  HistoryQuestion,
  HistoryQuestions,
  Retention,
  SteppedAnswer,
  SteppedQuestion,
  ToHistory,
} from './messages.ts';
import type { OpenedHistory } from './open.ts';
import type { DiskSpace } from './disk-space.ts';
import { TakeUnpacker } from './packed-takes.ts';
import type { PackedTakes } from './packed-takes.ts';
import type { HistoryStore } from './store.ts';
import { sizeNotice } from './size-notice.ts';

/** How often there is a look at what has become ripe. What comes late may have an hour done again each time. */
const upkeepEveryMs = 5 * 60_000;
/** Between two slices of upkeep what main sent meanwhile is answered. */
const upkeepPauseMs = 20;
const openAgainMs = 5000;
/** So long is worked at answers in steps before what main sent meanwhile is taken. */
const stepsMs = 5;

/** What the process itself does, so that a test can stand in for it. */
export interface HistoryProcess {
  clock: Clock;
  open(): Promise<OpenedHistory>;
  /** What stands in the way of writing, and what to do when the disk was found full. */
  space: Pick<DiskSpace, 'whyNotToWrite' | 'roomBytes' | 'isNearlyFull' | 'foundFull'>;
  /** What is still to be done when the process is to end, in place of closing the store; undefined where nothing is. */
  beforeEnd?(): Promise<unknown> | undefined;
  /** Remembers for the next start that the file is damaged. */
  markDamaged(): void;
  /** Processor time used since the process started, in milliseconds. */
  cpuMs(): number;
  /** Ends the process with code 0 when everything that was sent has left. */
  leave(): void;
}

/**
 * Answers main's messages in the order in which they came; those that come while the store is being opened wait. A batch is
 * acknowledged after its commit. Damage found while storing ends the process with an error: the next start sets the
 * file aside, and main sends again what was not acknowledged.
 *
 * A store that cannot be opened now but perhaps later is reported with `refused` too, and `ready` follows when it could be.
 */
export async function serveHistory(
  port: ParentPort<FromHistory, ToHistory>,
  process: HistoryProcess,
): Promise<void> {
  const { clock, space } = process;
  const early: ToHistory[] = [];
  let receive = (message: ToHistory): void => {
    if (message.type === 'stop') leave();
    else early.push(message);
  };
  let cancelUpkeep: (() => void) | undefined;
  let retention: Retention = { rawHours: Infinity };
  let saidOfSize: string | null = null;
  /** Answers in steps that were begun or wait, by the number of their question. */
  const stepped = new Map<number, Generator<undefined, SteppedAnswer>>();
  let isStepping = false;
  const unpacker = new TakeUnpacker();
  const cost = new CostReport(clock, () => port.send({ type: 'cost', cpuMs: process.cpuMs() }));

  port.onMessage((message) => receive(message));
  cost.send();

  const opened = await openPatiently();
  if (opened === undefined) return;
  const { store, notice } = opened;
  port.send({ type: 'ready', notice });
  receive = handle;
  early.forEach(handle);

  function handle(message: ToHistory): void {
    switch (message.type) {
      case 'append':
        append(message.batch, message.readings);
        return;
      case 'retain': {
        const { type: _, ...asked } = message;
        retention = asked;
        tend();
        return;
      }
      case 'ask':
        if (isStepped(message)) begin(message);
        else answer(message);
        return;
      case 'forget':
        stepped.delete(message.id);
        return;
      case 'stop': {
        cancelUpkeep?.();
        const ending = process.beforeEnd?.();
        if (ending !== undefined) return void ending.then(leave);
        store.close();
        leave();
        return;
      }
    }
  }

  function append(batch: number, packed: PackedTakes): void {
    try {
      // What is told with it must be known, whether it is stored or not.
      const readings = unpacker.unpack(packed);
      refuseWithoutRoom();
      store.append(readings);
      port.send({ type: 'committed', batch });
      cost.goAlong();
    } catch (thrown) {
      failIfDamaged(thrown);
      noteIfFull(thrown);
      port.send({ type: 'not-committed', batch, ...codeAndMessage(thrown) });
    }
  }

  function answer(message: PlainAsk): void {
    try {
      if (message.question === 'take') {
        const readings = unpacker.unpack(message.ask);
        refuseWithoutRoom();
        port.send({ type: 'answer', id: message.id, answer: store.take(readings) });
        return;
      }
      if (message.question === 'backup') {
        backUp(message.id, message.ask.path);
        return;
      }
      port.send({ type: 'answer', id: message.id, answer: answerOf(store, message) });
    } catch (thrown) {
      if (message.question === 'take') {
        failIfDamaged(thrown);
        noteIfFull(thrown);
      }
      port.send({ type: 'no-answer', id: message.id, ...codeAndMessage(thrown) });
    }
  }

  /** The first step waits its turn, so that a question that is forgotten at once costs nothing. */
  function begin(message: SteppedMessage): void {
    stepped.set(message.id, store.answer(message));
    if (!isStepping) clock.after(0, step);
    isStepping = true;
  }

  /** Works at the oldest questions for a while. */
  function step(): void {
    const end = clock.monotonic() + stepsMs;
    for (const [id, steps] of stepped) {
      if (!finish(id, steps, end)) break;
    }
    isStepping = stepped.size > 0;
    if (isStepping) clock.after(0, step);
  }

  /** Returns whether it is answered. */
  function finish(id: number, steps: Generator<undefined, SteppedAnswer>, end: number): boolean {
    try {
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) {
          port.send({ type: 'answer', id, answer: value });
          break;
        }
        if (clock.monotonic() >= end) return false;
      }
    } catch (thrown) {
      port.send({ type: 'no-answer', id, ...codeAndMessage(thrown) });
    }
    return stepped.delete(id);
  }

  function backUp(id: number, path: string): void {
    store.backup(path).then(
      (answer) => port.send({ type: 'answer', id, answer }),
      (thrown: unknown) => port.send({ type: 'no-answer', id, ...codeAndMessage(thrown) }),
    );
  }

  function tend(): void {
    cancelUpkeep?.();
    let pauseMs = upkeepEveryMs;
    try {
      if (!space.isNearlyFull) {
        const { roomBytes } = space;
        if (store.tend({ now: clock.now(), ...retention, roomBytes })) pauseMs = upkeepPauseMs;
        else tellOfSize();
      }
    } catch (thrown) {
      // What could not be done now is done five minutes later. A full disk is said of the next append.
      failIfDamaged(thrown);
      noteIfFull(thrown);
    }
    cancelUpkeep = clock.after(pauseMs, tend);
  }

  function tellOfSize(): void {
    const message = sizeNotice(store.cut, retention);
    if (message !== saidOfSize) port.send({ type: 'notice', id: 'size', message });
    saidOfSize = message;
  }

  function refuseWithoutRoom(): void {
    const refusal = space.whyNotToWrite();
    if (refusal !== undefined) throw refusal;
  }

  function noteIfFull(thrown: unknown): void {
    if (thrown instanceof PlimsollError && thrown.code === 'disk_full' && thrown.cause !== undefined)
      space.foundFull();
  }

  function failIfDamaged(thrown: unknown): void {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'damaged') return;
    process.markDamaged();
    throw thrown;
  }

  async function openPatiently(): Promise<OpenedHistory | undefined> {
    for (;;) {
      try {
        return await process.open();
      } catch (thrown) {
        port.send({ type: 'refused', ...codeAndMessage(thrown) });
        if (!(thrown instanceof PlimsollError) || !thrown.retry) {
          process.leave();
          return undefined;
        }
      }
      await new Promise<void>((resolve) => clock.after(openAgainMs, resolve));
    }
  }

  function leave(): void {
    port.send({ type: 'stopped' });
    process.leave();
  }
}

type Ask = Extract<ToHistory, { type: 'ask' }>;
type SteppedMessage = Extract<Ask, { question: SteppedQuestion }>;
type PlainAsk = Exclude<Ask, SteppedMessage>;

const steppedQuestions: ReadonlySet<HistoryQuestion> = new Set<SteppedQuestion>([
  'ranges',
  'samples',
  'top',
  'interruptions',
  'spread',
]);

function isStepped(message: Ask): message is SteppedMessage {
  return steppedQuestions.has(message.question);
}

function answerOf(
  store: HistoryStore,
  message: Exclude<PlainAsk, { question: 'backup' | 'take' }>,
): HistoryQuestions[HistoryQuestion]['answer'] {
  switch (message.question) {
    case 'range':
      return store.range(message.ask);
    case 'recorded':
      return store.recorded(message.ask);
    case 'series':
      return store.series(message.ask);
    case 'latest':
      return store.latest(message.ask.from);
    case 'size':
      return store.size();
    case 'check':
      return store.check();
    case 'usual':
      return store.usual(message.ask);
    case 'search':
      return store.search(message.ask);
    case 'newest':
      return store.newest(message.ask);
  }
}

function codeAndMessage(thrown: unknown): Pick<PlimsollError, 'code' | 'message'> {
  if (thrown instanceof PlimsollError) return { code: thrown.code, message: thrown.message };
  return { code: 'internal', message: messageOf(thrown) };
}
