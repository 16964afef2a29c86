import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { withRead } from '../at-once.ts';
import { Following } from '../programs/following.ts';
import { Leaders } from '../programs/leaders.ts';
import { watchedSamples } from '../programs/program-samples.ts';
import { labelText, leftOutMetric, mostLabelledSeries } from './labels.ts';
import { PartialReading } from '../partial-reading.ts';
import { defineSource } from '../source-kind.ts';
import type { ProcessTable } from '../system/system.ts';

const seriesPerWatched = 8;
const mostWatched = 20;

const statusHelp =
  '1 running, 2 sleeping, 3 blocked (waits for a disk and cannot be interrupted), 4 stopped, 5 zombie.';

export const processes = defineSource({
  kind: 'processes',
  title: 'Processes',
  description:
    'Whether programs run and what they use, and which programs use most. What has the same name is one program, however many processes it has.',
  intervalSeconds: 5,
  example: { name: 'programs', watch: ['postgres', '*app.py*'], top: 3, topDetails: true },
  local: true,
  options: z.strictObject({
    watch: z
      .array(z.string().min(1).max(200))
      .max(mostWatched)
      .refine((names) => new Set(names.map(labelText)).size === names.length, 'must not name one twice')
      .default([])
      .meta({
        title: 'Watch',
        description:
          'Names of programs, such as postgres, or patterns with * and ? for the whole name or the whole command line, such as chrome* or *app.py*. Upper and lower case are the same.',
      }),
    top: z.int().min(0).max(50).default(5).meta({
      title: 'Top',
      description: 'How many of the programs that use most processor time, and most memory, have series.',
    }),
    topDetails: z.boolean().default(false).meta({
      title: 'Details of the top',
      description: 'Keep threads, open files, status and start of these programs as well.',
    }),
  }),
  metrics: {
    process_count_total: {
      title: 'Processes',
      unit: 'count',
      help: 'All processes of this machine. Absent where others are hidden (hidepid).',
    },
    process_zombies: {
      title: 'Zombies',
      unit: 'count',
      help: 'Processes that have ended and that whoever started them has not asked about. Absent where others are hidden.',
    },
    process_blocked: {
      title: 'Blocked processes',
      unit: 'count',
      help: 'Processes that wait for a disk or the like and cannot be interrupted. Absent where others are hidden.',
    },
    process_stopped: {
      title: 'Stopped processes',
      unit: 'count',
      help: 'Processes that were stopped by a signal or a debugger. Absent where others are hidden.',
    },
    process_running: {
      title: 'Running',
      unit: 'none',
      full: 1,
      labels: ['process'],
      help: '1 while something that is watched under this name runs, 0 while nothing does; a zombie does not run. Absent while it is not seen and others are hidden.',
    },
    process_count: {
      title: 'Processes of a program',
      unit: 'count',
      labels: ['process'],
      help: 'How many processes are watched under this name, of those that can be seen.',
    },
    process_cpu_percent: {
      title: 'Process CPU',
      unit: 'percent',
      labels: ['process'],
      help: 'Processor time since the collection before, all of them together: 100 is one core.',
    },
    process_memory_bytes: {
      title: 'Process memory',
      unit: 'bytes',
      labels: ['process'],
      help: 'Memory that they hold (RSS). What several of them share is counted for each.',
    },
    process_threads: {
      title: 'Threads',
      unit: 'count',
      labels: ['process'],
      help: 'Threads, all together. Absent outside Linux.',
    },
    process_open_files: {
      title: 'Open files',
      unit: 'count',
      labels: ['process'],
      help: 'Files, sockets and the like that they have open. Absent when one of them may not be looked into, and outside Linux.',
    },
    process_started_at: {
      title: 'Process started at',
      unit: 'none',
      labels: ['process'],
      help: 'When the oldest of them was started, in seconds since 1970.',
    },
    process_status: {
      title: 'Process status',
      unit: 'none',
      labels: ['process'],
      help: `${statusHelp} Of several processes the highest.`,
    },
    top_process_cpu_percent: {
      title: 'Top CPU',
      unit: 'percent',
      labels: ['process'],
      help: 'Processor time of a program that is, or was in the last ten minutes, among the top: 100 is one core. 0 when it does not run any more. Where readings are less than five seconds apart, one that begins to work again may be seen up to five seconds later, and a thread of the kernel up to 25, unless it is watched.',
    },
    top_process_memory_bytes: {
      title: 'Top memory',
      unit: 'bytes',
      labels: ['process'],
      help: 'Memory (RSS) of the same programs.',
    },
    top_process_threads: {
      title: 'Top threads',
      unit: 'count',
      labels: ['process'],
      help: 'Threads of the same programs. Only with details.',
    },
    top_process_open_files: {
      title: 'Top open files',
      unit: 'count',
      labels: ['process'],
      help: 'Files, sockets and the like that they have open. Only with details; absent when one of them may not be looked into.',
    },
    top_process_status: {
      title: 'Top status',
      unit: 'none',
      labels: ['process'],
      help: 'As process_status. Only with details.',
    },
    top_process_started_at: {
      title: 'Top started at',
      unit: 'none',
      labels: ['process'],
      help: 'When the oldest of them was started, in seconds since 1970. Only with details.',
    },
    ...leftOutMetric,
  },
  open({ watch, top, topDetails }, { system, monotonic }) {
    const following = new Following(watch);
    const labels = watch.map(labelText);
    const leaders = new Leaders(top, topDetails, mostLabelledSeries - watch.length * seriesPerWatched);
    function samplesOf(table: ProcessTable, at: number): Measurement[] {
      if (!following.take(table, at)) return [];
      const found = following.watched();
      const samples = [
        ...machineSamples(table),
        ...labels.flatMap((label, place) => watchedSamples(label, found[place] ?? [], table)),
        ...leaders.samples(following.programs(), table, at),
      ];
      const notSeen = labels.filter((_label, place) => found[place]?.length === 0);
      const unsure = table.hidden ? notSeen : [];
      if (unsure.length === 0) return samples;
      throw new PartialReading(
        samples,
        new PlimsollError(
          'no_permission',
          `Whether ${unsure.join(', ')} runs is not known: this system hides processes of other users (hidepid).`,
        ),
      );
    }

    return {
      collect() {
        const at = monotonic();
        const table = system.processes((process) => following.mustLook(process, at));
        return withRead(table, (read) => samplesOf(read, at));
      },
    };
  },
});

function machineSamples({ count, hidden, processes: seen }: ProcessTable): Measurement[] {
  const samples: Measurement[] = [];
  if (count !== null) samples.push({ metric: 'process_count_total', labels: {}, value: count });
  if (hidden) return samples;
  const counts = { zombie: 0, blocked: 0, stopped: 0, running: 0, sleeping: 0 };
  let told = 0;
  for (const { status } of seen) {
    if (status === null) continue;
    counts[status]++;
    told++;
  }
  if (told === 0) return samples;
  samples.push(
    { metric: 'process_zombies', labels: {}, value: counts.zombie },
    { metric: 'process_blocked', labels: {}, value: counts.blocked },
    { metric: 'process_stopped', labels: {}, value: counts.stopped },
  );
  return samples;
}
