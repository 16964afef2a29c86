import { CostReport } from '../base/cost-report.ts';
import { codeAndMessage } from '../contract/error.ts';
import type { ParentPort } from '../contract/port.ts';
import { noteFailedWrite } from './history-process.ts';
import type { HistoryProcess } from './history-process.ts';
import type {
  FromHistory,
  HistoryQuestion,
  HistoryQuestions,
  SteppedQuestion,
  ToHistory,
} from './messages.ts';
import { openPatiently } from './open-patiently.ts';
import { TakeUnpacker } from './packed-takes.ts';
import type { PackedTakes } from './packed-takes.ts';
import { SteppedAnswers } from './stepped-answers.ts';
import type { HistoryStore } from './store.ts';
import { UpkeepTurns } from './upkeep-turns.ts';

type Port = ParentPort<FromHistory, ToHistory>;

/**
 * Answers main's messages in order; messages that arrive while the store is being opened wait. A batch is acknowledged
 * after its commit. Damage found while storing ends the process with an error: the next start sets the file aside, and
 * main sends everything unacknowledged again.
 *
 * A store that cannot be opened now but perhaps later is reported with `refused`, and with `ready` once it could be
 * opened.
 */
export async function serveHistory(port: Port, process: HistoryProcess): Promise<void> {
  const { clock } = process;
  const early: ToHistory[] = [];
  let receive = (message: ToHistory): void => {
    if (message.type === 'stop') leave(port, process);
    else early.push(message);
  };
  port.onMessage((message) => receive(message));
  const cost = new CostReport(clock, () => port.send({ type: 'cost', cpuMs: process.cpuMs() }));
  cost.send();

  const opened = await openPatiently({
    ...{ port, clock },
    open: () => process.open(),
    leave: () => process.leave(),
  });
  if (opened === undefined) return;
  const served = new ServedStore(opened.store, { port, process, cost });
  port.send({ type: 'ready', notice: opened.notice });
  receive = (message) => served.handle(message);
  early.forEach(receive);
}

/** A store that is open, and what main says to it. */
class ServedStore {
  readonly #store: HistoryStore;
  readonly #port: Port;
  readonly #process: HistoryProcess;
  readonly #cost: CostReport;
  readonly #unpacker = new TakeUnpacker();
  readonly #stepped: SteppedAnswers;
  readonly #upkeep: UpkeepTurns;

  constructor(store: HistoryStore, around: { port: Port; process: HistoryProcess; cost: CostReport }) {
    const { port, process, cost } = around;
    const send = (message: FromHistory): void => port.send(message);
    this.#store = store;
    this.#port = port;
    this.#process = process;
    this.#cost = cost;
    this.#stepped = new SteppedAnswers(process.clock, send);
    this.#upkeep = new UpkeepTurns(store, process, send);
  }

  handle(message: ToHistory): void {
    switch (message.type) {
      case 'append':
        this.#append(message.batch, message.readings);
        return;
      case 'retain': {
        const { type: _, ...retention } = message;
        this.#upkeep.retain(retention);
        return;
      }
      case 'ask':
        if (isStepped(message)) this.#stepped.begin(message.id, this.#store.answer(message));
        else if (message.question === 'take') this.#take(message.id, message.ask);
        else if (message.question === 'backup') this.#backUp(message.id, message.ask.path);
        else this.#answer(message);
        return;
      case 'forget':
        this.#stepped.forget(message.id);
        return;
      case 'stop':
        this.#stop();
        return;
    }
  }

  #append(batch: number, packed: PackedTakes): void {
    try {
      // Layouts that it contains must be known, whether or not it is stored.
      const readings = this.#unpacker.unpack(packed);
      this.#refuseWithoutRoom();
      this.#store.append(readings);
      this.#port.send({ type: 'committed', batch });
      this.#cost.goAlong();
    } catch (thrown) {
      noteFailedWrite(this.#process, thrown);
      this.#port.send({ type: 'not-committed', batch, ...codeAndMessage(thrown) });
    }
  }

  #take(id: number, packed: PackedTakes): void {
    try {
      const readings = this.#unpacker.unpack(packed);
      this.#refuseWithoutRoom();
      this.#port.send({ type: 'answer', id, answer: this.#store.take(readings) });
    } catch (thrown) {
      noteFailedWrite(this.#process, thrown);
      this.#cannotAnswer(id, thrown);
    }
  }

  #answer(message: AnsweredAtOnce): void {
    try {
      this.#port.send({ type: 'answer', id: message.id, answer: answerOf(this.#store, message) });
    } catch (thrown) {
      this.#cannotAnswer(message.id, thrown);
    }
  }

  #backUp(id: number, path: string): void {
    this.#store.backup(path).then(
      (answer) => this.#port.send({ type: 'answer', id, answer }),
      (thrown: unknown) => this.#cannotAnswer(id, thrown),
    );
  }

  #cannotAnswer(id: number, thrown: unknown): void {
    this.#port.send({ type: 'no-answer', id, ...codeAndMessage(thrown) });
  }

  #refuseWithoutRoom(): void {
    const refusal = this.#process.space.whyNotToWrite();
    if (refusal !== undefined) throw refusal;
  }

  #stop(): void {
    this.#upkeep.stop();
    const ending = this.#process.beforeEnd?.();
    if (ending !== undefined) return void ending.then(() => leave(this.#port, this.#process));
    this.#store.close();
    leave(this.#port, this.#process);
  }
}

function leave(port: Port, process: HistoryProcess): void {
  port.send({ type: 'stopped' });
  process.leave();
}

type Ask = Extract<ToHistory, { type: 'ask' }>;
type SteppedMessage = Extract<Ask, { question: SteppedQuestion }>;
type AnsweredAtOnce = Exclude<Ask, SteppedMessage | { question: 'backup' | 'take' }>;

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

function answerOf(store: HistoryStore, message: AnsweredAtOnce): HistoryQuestions[HistoryQuestion]['answer'] {
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
