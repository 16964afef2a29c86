import { z } from 'zod';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { Labels, Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { labelsBy, leftOutMetric, withinBound } from './labels.ts';
import { PartialReading } from '../partial-reading.ts';
import { gibibytes, roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { Mount, MountUsage, System } from '../system/system.ts';

/** A mount that has not answered after this is left out, so that the others need not wait for it. */
const mountDeadlineMs = 2_000;

/** Each query of a hanging mount occupies a thread, see `VolumeQuestions`. */
const mostHangingRemotes = 2;

const seriesPerMount = 5;

export const mounts = defineSource({
  kind: 'mounts',
  title: 'Mounts',
  description:
    'How full every mounted file system is that lies on a disk or in the network; each one once, without those that only the kernel fills and images that can only be read.',
  intervalSeconds: 60,
  local: true,
  options: z.strictObject({}),
  metrics: {
    mount_percent: {
      title: 'Mount',
      unit: 'percent',
      full: 100,
      labels: ['mount'],
      help: 'Used share of the space that ordinary users can have: used / (used + free).',
    },
    mount_total_gb: { title: 'Mount, total', unit: 'gibibytes', labels: ['mount'], help: 'Its size.' },
    mount_used_gb: {
      title: 'Mount, used',
      unit: 'gibibytes',
      labels: ['mount'],
      help: 'Space in use on it.',
    },
    mount_free_gb: {
      title: 'Mount, free',
      unit: 'gibibytes',
      labels: ['mount'],
      help: 'Space that ordinary users can still write.',
    },
    mount_inodes_percent: {
      title: 'Mount, inodes',
      unit: 'percent',
      full: 100,
      labels: ['mount'],
      help: 'Used share of the number of files that it can hold. Absent where there is no such number.',
    },
    ...leftOutMetric,
  },
  open(_options, { system }) {
    const questions = new MountQuestions(system);
    const labelsOf = labelsBy('mount');

    function ask(listed: readonly Mount[]): Promise<Measurement[]> | Measurement[] {
      const { kept, leftOut } = withinBound(listed, seriesPerMount, ({ path }) => -path.length);
      return withRead(questions.askAll(kept), (answers) => allOf(kept, answers, leftOut, labelsOf));
    }

    return { collect: () => withRead(system.mounts(), ask) };
  },
});

/** All samples. If mounts failed, throws the first failure, with the samples of the others. */
function allOf(
  mounts: readonly Mount[],
  answers: ReadonlyMap<Mount, Answer>,
  leftOut: readonly Measurement[],
  labelsOf: (path: string) => Labels,
): Measurement[] {
  const samples: Measurement[] = [];
  const failures: PlimsollError[] = [];
  for (const mount of mounts) {
    const answer = answers.get(mount);
    if (answer instanceof PlimsollError) {
      // It has no size because it is not on a disk.
      if (answer.code !== 'unsupported') failures.push(answer);
    } else if (answer !== undefined) {
      samples.push(...samplesOf(answer, labelsOf(mount.path)));
    }
  }
  const [failure] = failures;
  samples.push(...leftOut);
  if (failure === undefined) return samples;
  throw new PartialReading(samples, withCount(failure, failures.length));
}

/** Space as in `disk`; inodes: 100 × (total − free) / total. */
function samplesOf({ total, used, available, inodes }: MountUsage, labels: Labels): Measurement[] {
  const sample = (metric: string, value: number): Measurement => ({ metric, labels, value });
  const usable = used + available;
  return [
    ...(usable > 0 ? [sample('mount_percent', roundPercent((100 * used) / usable))] : []),
    sample('mount_total_gb', gibibytes(total)),
    sample('mount_used_gb', gibibytes(used)),
    sample('mount_free_gb', gibibytes(available)),
    ...(inodes === undefined || inodes.free > inodes.total
      ? []
      : [sample('mount_inodes_percent', roundPercent((100 * (inodes.total - inodes.free)) / inodes.total))]),
  ];
}

function withCount(failure: PlimsollError, count: number): PlimsollError {
  if (count === 1) return failure;
  const message = `${failure.message} (${count} mounts could not be read.)`;
  return new PlimsollError(failure.code, message, { retry: failure.retry, cause: failure });
}

type Answer = MountUsage | PlimsollError;

/** Queries each mount for its numbers; one that does not answer is not queried again until it has. */
class MountQuestions {
  readonly #system: System;
  /** Paths that have not answered yet. */
  readonly #waiting = new Map<string, Mount>();

  constructor(system: System) {
    this.#system = system;
  }

  /** Queries all disks at once, but network mounts one after the other, so that no more than the limit can hang. */
  askAll(mounts: readonly Mount[]): Promise<Map<Mount, Answer>> | Map<Mount, Answer> {
    const answers = new Map<Mount, Answer>();
    const ask = (mount: Mount) => withRead(this.#ask(mount), (answer) => void answers.set(mount, answer));
    const remotes = mounts.filter(({ remote }) => remote);
    const underWay: Promise<unknown>[] = mounts
      .filter(({ remote }) => !remote)
      .map(ask)
      .filter((asked) => asked instanceof Promise);
    if (remotes.length > 0) underWay.push(inOrder(remotes, ask));
    return underWay.length === 0 ? answers : Promise.all(underWay).then(() => answers);
  }

  #ask(mount: Mount): Promise<Answer> | Answer {
    const { path, remote } = mount;
    if (this.#waiting.has(path)) return hangs(path);
    const hanging = [...this.#waiting.values()].filter((other) => other.remote);
    if (remote && hanging.length >= mostHangingRemotes) {
      const others = hanging.map((other) => other.path).join(' and ');
      return new PlimsollError('deadline', `${path} was not asked, since ${others} do not answer.`, {
        retry: true,
      });
    }
    try {
      const usage = this.#system.mountUsage(path);
      return usage instanceof Promise ? this.#withDeadline(mount, usage) : usage;
    } catch (thrown) {
      return problemOf(thrown);
    }
  }

  #withDeadline(mount: Mount, usage: Promise<MountUsage>): Promise<Answer> {
    const { path } = mount;
    this.#waiting.set(path, mount);
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(hangs(path)), mountDeadlineMs);
      void usage.catch(problemOf).then((answer) => {
        this.#waiting.delete(path);
        clearTimeout(late);
        resolve(answer);
      });
    });
  }
}

async function inOrder(mounts: readonly Mount[], ask: (mount: Mount) => unknown): Promise<void> {
  for (const mount of mounts) await ask(mount);
}

function problemOf(thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  return new PlimsollError('internal', messageOf(thrown), { cause: thrown });
}

function hangs(path: string): PlimsollError {
  const message = `${path} has not answered within ${mountDeadlineMs / 1000} s. Check that what it is mounted from can be reached.`;
  return new PlimsollError('deadline', message, { retry: true });
}
