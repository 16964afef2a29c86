import type { Clock } from '../../base/clock.ts';
import { CostReport } from '../../base/cost-report.ts';
import { readingOf } from '../../contract/columns.ts';
import { codeAndMessage } from '../../contract/error.ts';
import type { ParentPort } from '../../contract/port.ts';
import type { Reading } from '../../contract/sample.ts';
import type { FromHistory, Retention, ToHistory } from '../messages.ts';
import { openPatiently } from '../open-patiently.ts';
import { TakeUnpacker } from '../packed-takes.ts';
import type { DatabaseAccess } from './database.ts';
import type { PostgresHistory } from './store.ts';

const upkeepEveryMs = 5 * 60_000;

/** Messages from main to the history process with a database. */
export type ToPostgres = ToHistory | { type: 'connect'; access: DatabaseAccess };

/** The effects of the process itself, so that a test can replace them. */
export interface PostgresProcess {
  clock: Clock;
  open(access: DatabaseAccess): Promise<Pick<PostgresHistory, 'take' | 'answer' | 'tend' | 'close'>>;
  /** Processor time used since the process started, in milliseconds. */
  cpuMs(): number;
  /** Exits with code 0 when everything that was sent has left. */
  leave(): void;
}

/**
 * Answers main's messages as `serveHistory` does, from a database that `connect` names. Readings of this machine are
 * stored one batch after the other, and later questions are answered after them; everything else runs concurrently. An
 * unreachable database is reported with `refused` at the start, and with `not-committed` and `no-answer` later: nothing
 * ends this process.
 */
export function servePostgres(port: ParentPort<FromHistory, ToPostgres>, process: PostgresProcess): void {
  const { clock } = process;
  const early: ToHistory[] = [];
  let store: Awaited<ReturnType<PostgresProcess['open']>> | undefined;
  let appended: Promise<unknown> = Promise.resolve();
  let cancelUpkeep: (() => void) | undefined;
  let retention: Retention = { rawHours: Infinity };
  let isTending = false;
  const forgotten = new Set<number>();
  const unpacker = new TakeUnpacker();
  const cost = new CostReport(clock, () => port.send({ type: 'cost', cpuMs: process.cpuMs() }));

  port.onMessage((message) => {
    if (message.type === 'connect') void connect(message.access);
    else if (message.type === 'stop') void stop();
    else if (store === undefined) early.push(message);
    else handle(store, message);
  });
  cost.send();

  async function connect(access: DatabaseAccess): Promise<void> {
    store = await openPatiently({
      ...{ port, clock },
      open: () => process.open(access),
      leave: () => process.leave(),
    });
    if (store === undefined) return;
    port.send({ type: 'ready', notice: null });
    for (const message of early.splice(0)) handle(store, message);
  }

  function handle(from: NonNullable<typeof store>, message: ToHistory): void {
    switch (message.type) {
      case 'append':
        append(from, message.batch, unpacker.unpack(message.readings).map(readingOf));
        return;
      case 'retain': {
        const { type: _, ...asked } = message;
        retention = asked;
        void tend();
        return;
      }
      case 'ask':
        void answer(from, message);
        return;
      case 'forget':
        forgotten.add(message.id);
        return;
      case 'stop':
        return;
    }
  }

  /** Layouts that it contains must be known before the next message, whenever it is stored. */
  function append(to: NonNullable<typeof store>, batch: number, readings: Reading[]): void {
    appended = appended.then(() => commit(to, batch, readings));
  }

  async function commit(to: NonNullable<typeof store>, batch: number, readings: Reading[]): Promise<void> {
    try {
      await to.take(readings);
      port.send({ type: 'committed', batch });
      cost.goAlong();
    } catch (thrown) {
      port.send({ type: 'not-committed', batch, ...codeAndMessage(thrown) });
    }
  }

  async function answer(from: NonNullable<typeof store>, message: Ask): Promise<void> {
    const { id } = message;
    try {
      if (message.question === 'take') {
        const had = await from.take(unpacker.unpack(message.ask).map(readingOf));
        port.send({ type: 'answer', id, answer: had });
        return;
      }
      await appended;
      if (forgotten.delete(id)) return;
      const found = await from.answer(message.question, message.ask);
      if (!forgotten.delete(id)) port.send({ type: 'answer', id, answer: found });
    } catch (thrown) {
      if (!forgotten.delete(id)) port.send({ type: 'no-answer', id, ...codeAndMessage(thrown) });
    }
  }

  async function tend(): Promise<void> {
    cancelUpkeep?.();
    cancelUpkeep = clock.after(upkeepEveryMs, () => void tend());
    if (isTending || store === undefined) return;
    isTending = true;
    try {
      await store.tend({ now: clock.now(), ...retention });
    } catch {
      // Upkeep that failed now is done five minutes later; the next append reports that the database is unreachable.
    } finally {
      isTending = false;
    }
  }

  async function stop(): Promise<void> {
    cancelUpkeep?.();
    await appended;
    port.send({ type: 'stopped' });
    process.leave();
  }
}

type Ask = Extract<ToHistory, { type: 'ask' }>;
