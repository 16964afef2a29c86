import type { Clock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { attempt } from './attempt.ts';
import type { ScheduledSource } from './messages.ts';
import { sourceKind, sourceKinds } from './source-kinds.ts';
import { secretsOf } from './source-secrets.ts';
import type { Collector, ScriptPlaces, SourceKind } from './source-kind.ts';
import { openSystem } from './system/open-system.ts';
import type { System } from './system/system.ts';

const deadlineMs = 10_000;

interface Surroundings {
  /** The time over which rates are measured. */
  seconds: number;
  host: string;
  clock: Clock;
  /** Where scripts are and how they run; absent if none may run. */
  scripts?: ScriptPlaces;
}

interface TakeSampleOptions extends Surroundings {
  kinds?: readonly SourceKind[];
  /** Where to read; by default this machine. */
  system?: System;
}

/** What a single reading needs to know of a source. Its options have been validated. */
export type LookedAt = Pick<ScheduledSource, 'name' | 'kind' | 'options' | 'secrets' | 'approval'>;

/**
 * Reads each local kind once with its default options, in this process; the source has the name of its kind. All are
 * collected at the start. If one of them needs a second collection, as rates do, all that did not fail are collected
 * again after `seconds`, so that the readings belong together. A kind that this machine lacks, such as a battery, has
 * no reading. Never rejects: an error is in its reading.
 */
export async function takeSample(options: TakeSampleOptions): Promise<Reading[]> {
  const { kinds = sourceKinds.filter(({ local }) => local === true) } = options;
  const system = options.system ?? openSystem();
  try {
    const sources = kinds.map((kind) => ({
      source: { name: kind.kind, kind: kind.kind, options: defaultsOf(kind), secrets: {} },
      kind,
    }));
    const readings = await readTogether(sources, system, options);
    return readings.filter(({ error }) => error?.code !== 'unsupported');
  } finally {
    if (options.system === undefined) system.close();
  }
}

function defaultsOf({ options }: SourceKind): ScheduledSource['options'] {
  return options.parse({}) as ScheduledSource['options'];
}

/** Reads one configured source once, with a second collection if a rate needs it. Never rejects. */
export async function sampleSource(
  source: LookedAt,
  system: System,
  surroundings: Surroundings,
): Promise<Reading> {
  const [reading] = await readTogether([{ source, kind: sourceKind(source.kind) }], system, surroundings);
  if (reading === undefined) throw new Error('one source has one reading');
  return reading;
}

async function readTogether(
  sources: readonly { source: LookedAt; kind: SourceKind | undefined }[],
  system: System,
  { seconds, host, clock, scripts }: Surroundings,
): Promise<Reading[]> {
  const collectors = sources.map(({ source, kind }) => collectorOf(source, kind, { system, clock, scripts }));
  const collectOnce = ({ source, collect }: (typeof collectors)[number]) =>
    attempt({ host, source, collect, deadlineMs, clock }).reading;
  try {
    const first = await Promise.all(
      collectors.map(async (collector) => ({ collector, reading: await collectOnce(collector) })),
    );
    if (!first.some(({ reading }) => needsSecond(reading))) return first.map(({ reading }) => reading);
    await new Promise<void>((resolve) => void clock.after(seconds * 1000, resolve));
    return await Promise.all(
      first.map(async ({ collector, reading }) =>
        reading.error === null ? await collectOnce(collector) : reading,
      ),
    );
  } finally {
    for (const { close } of collectors) close();
  }
}

function needsSecond({ samples, error }: Reading): boolean {
  return samples.length === 0 && error === null;
}

/** The source is opened by its first collection, so that a failure to open it ends up in its own reading. */
function collectorOf(
  source: LookedAt,
  kind: SourceKind | undefined,
  { system, clock, scripts }: { system: System; clock: Clock; scripts: ScriptPlaces | undefined },
) {
  let collector: Collector | undefined;
  return {
    source: source.name,
    collect(signal: AbortSignal, deadlineMs?: number) {
      if (kind === undefined) throw new Error(`there is no kind ${source.kind}`);
      collector ??= kind.open(source.options, {
        system,
        monotonic: () => clock.monotonic(),
        secret: secretsOf(source),
        scripts: scripts && { ...scripts, approval: source.approval ?? null },
      });
      return collector.collect(signal, deadlineMs);
    },
    close: () => collector?.close?.(),
  };
}
