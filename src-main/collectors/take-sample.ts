import type { Clock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { attempt } from './attempt.ts';
import { sourceKinds } from './source-kinds.ts';
import { secretsOf } from './source-secrets.ts';
import type { Collector, SourceKind } from './source-kind.ts';
import { openSystem } from './system/open-system.ts';
import type { System } from './system/system.ts';

const deadlineMs = 10_000;

interface TakeSampleOptions {
  /** The time over which rates are measured. */
  seconds: number;
  host: string;
  clock: Clock;
  kinds?: readonly SourceKind[];
  /** Where to read; without it, this machine. */
  system?: System;
}

/**
 * One reading of each local kind with its default options, in this process; the source is named as its kind. All
 * are collected at the start; when one of them needs a second collection, as rates do, all that did not fail are
 * collected again after `seconds`, so that the readings belong together. Never rejects: what fails is in its reading.
 */
export async function takeSample(options: TakeSampleOptions): Promise<Reading[]> {
  const { seconds, host, clock, kinds = sourceKinds.filter(({ local }) => local === true) } = options;
  const system = options.system ?? openSystem();
  const collectors = kinds.map((kind) => collectorOf(kind, system, clock));
  const collectOnce = ({ source, collect }: (typeof collectors)[number]) =>
    attempt({ host, source, collect, deadlineMs, clock }).reading;
  try {
    const first = await Promise.all(
      collectors.map(async (collector) => ({ collector, reading: await collectOnce(collector) })),
    );
    if (!first.some(({ reading }) => needsSecond(reading))) return first.map(({ reading }) => reading);
    await new Promise<void>((resolve) => void clock.after(seconds * 1000, resolve));
    return await Promise.all(
      first.map(({ collector, reading }) =>
        reading.error === null ? collectOnce(collector) : Promise.resolve(reading),
      ),
    );
  } finally {
    for (const { close } of collectors) close();
    if (options.system === undefined) system.close();
  }
}

function needsSecond({ samples, error }: Reading): boolean {
  return samples.length === 0 && error === null;
}

/** Opened by its first collection, so that a kind that can not be opened fails in its own reading. */
function collectorOf(kind: SourceKind, system: System, clock: Clock) {
  let collector: Collector | undefined;
  return {
    source: kind.kind,
    collect(signal: AbortSignal) {
      collector ??= kind.open(kind.options.parse({}), {
        system,
        monotonic: () => clock.monotonic(),
        secret: secretsOf({ secrets: {} }),
      });
      return collector.collect(signal);
    },
    close: () => collector?.close?.(),
  };
}
