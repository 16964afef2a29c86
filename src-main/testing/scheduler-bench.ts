import { z } from 'zod';
import { PlimsollError } from '../contract/error.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { HandClock } from './hand-clock.ts';
import { scriptedSystem } from './scripted-system.ts';
import type { ScheduledSource } from '../collectors/messages.ts';
import { Scheduler } from '../collectors/scheduler.ts';
import type { Collector, SourceKind } from '../collectors/source-kind.ts';

/** When every bench begins, epoch milliseconds. */
export const started = Date.UTC(2026, 0, 5, 12);
/** What a source returns that works. */
export const one: Measurement[] = [{ metric: 'value', labels: {}, value: 1 }];

interface Heard extends Reading {
  /** Seconds since the start. */
  second: number;
  missedRuns: number;
}

/** A scheduler whose kinds a test writes as functions, and everything that it reported. */
export function schedulerBench(
  open: Record<string, (options: Record<string, unknown>, clock: HandClock) => Collector>,
  traits: Pick<SourceKind, 'local'> = {},
) {
  const clock = new HandClock(started);
  const heard: Heard[] = [];
  const kinds = Object.entries(open).map(([kind, opens]): SourceKind => ({
    kind,
    title: kind,
    description: '',
    intervalSeconds: 5,
    options: z.looseObject({}),
    metrics: {},
    ...traits,
    open: (options) => opens(options as Record<string, unknown>, clock),
  }));
  const scheduler = new Scheduler({
    kinds,
    system: scriptedSystem(),
    clock,
    onReading: (reading, missedRuns) =>
      heard.push({ ...reading, second: (clock.now() - started) / 1000, missedRuns }),
  });
  return {
    clock,
    scheduler,
    configure: (sources: ScheduledSource[], maxWorkers = 4) =>
      scheduler.configure({ host: 'h', maxWorkers, sources }),
    of: (source: string) => heard.filter((reading) => reading.source === source),
    forget: () => heard.splice(0),
  };
}

/** A source as main configures it; its kind has its name where none is given. */
export function source(name: string, kind = name, intervalSeconds = 5, options = {}): ScheduledSource {
  return { name, kind, intervalSeconds, options, secrets: {} };
}

/** Collectors that never answer, answer at once, and fail. */
export const hangs: Collector = { collect: () => new Promise(() => undefined) };
export const works: Collector = { collect: () => one };
export const throws: Collector = {
  collect() {
    throw new PlimsollError('unreadable', 'the file is not there');
  },
};

/** A collector that answers after so many seconds. */
export function slow(clock: HandClock, seconds: number): Collector {
  return { collect: () => new Promise((resolve) => void clock.after(seconds * 1000, () => resolve(one))) };
}
