import { z } from '@hono/zod-openapi';
import { hostNameSchema } from '../../contract/ingest.ts';
import type { PostedSample } from '../../monitor/hosts/ingest.ts';
import { momentSchema } from './moment.ts';

/** Cores, mounts and checks of one machine in one body. */
const listAtMost = 512;
const bytesInGibibyte = 2 ** 30;
/** No machine has so little in bytes: such a total was written in GiB. */
const smallestTotal = 2 ** 20;

/** A number, or nothing where it could not be read: null is what Python sends then. */
const amount = z.number().nullish();
const text = z.string().max(255);

const cpuSchema = z.object({
  percent: amount,
  average: amount,
  per_core: z.array(z.number().nullable()).max(listAtMost).nullish(),
});

const memorySchema = z.object({
  percent: amount,
  total: amount,
  used: amount,
  available: amount,
  free: amount,
});

const diskSchema = z.object({
  percent: amount,
  total: amount,
  used: amount,
  free: amount,
  total_gb: amount,
  used_gb: amount,
  free_gb: amount,
});
type Disk = z.infer<typeof diskSchema>;
const mountSchema = diskSchema.extend({
  mount: text.nullish(),
  mountpoint: text.nullish(),
  path: text.nullish(),
  device: text.nullish(),
});

/** The system volume; or every volume by where it is mounted. */
const disksSchema = z.union([
  z.array(mountSchema).max(listAtMost),
  z
    .record(text.min(1), diskSchema)
    .refine((disks) => Object.keys(disks).length <= listAtMost, `at most ${listAtMost} volumes`),
  diskSchema,
]);

const checkSchema = z.object({
  host: text.min(1),
  port: z.int().min(0).max(65_535).nullish(),
  reachable: z.union([z.boolean(), z.literal(0), z.literal(1)]).nullish(),
  latency_ms: amount,
});

const partsShape = {
  cpu_percent: amount,
  memory_percent: amount,
  disk_percent: amount,
  cpu: z.union([z.number(), cpuSchema]).nullish(),
  memory: z.union([z.number(), memorySchema]).nullish(),
  disk: z.union([z.number(), disksSchema]).nullish(),
};

/**
 * What a machine sends of itself: the parts stand beside `hostname`, or in `system` beside `agent_id`. Fields that are not known are
 * tolerated everywhere.
 */
export const machinePostSchema = z
  .object({
    hostname: hostNameSchema.nullish(),
    agent_id: hostNameSchema.nullish(),
    agent_name: z.string().max(200).nullish(),
    timestamp: momentSchema.nullish(),
    ...partsShape,
    system: z.object(partsShape).nullish(),
    network: z.array(checkSchema).max(listAtMost).nullish(),
  })
  .refine(({ hostname, agent_id }) => (agent_id ?? hostname ?? null) !== null, {
    path: ['hostname'],
    message: 'is missing, and so is agent_id; one of them says whose numbers these are',
  })
  .meta({ id: 'MachinePost' });
export type MachinePost = z.infer<typeof machinePostSchema>;

/** The sources that the parts become: those that a Plimsoll on that machine would have, so that the same rules judge them. */
const machineSources = [
  { name: 'cpu', kind: 'cpu' },
  { name: 'memory', kind: 'memory' },
  { name: 'disk', kind: 'disk' },
];
/** The source that the checks of an agent's `network` become. */
export const checksSource = 'reachability';

/** Which of the sources these samples are of, with the kind that says what they mean. */
export function sourcesOf(samples: readonly PostedSample[]): typeof machineSources {
  const names = new Set(samples.map(({ source }) => source));
  return machineSources.filter(({ name }) => names.has(name));
}

/** The numbers of a body as samples of that time. What is null or missing is left out. */
export function samplesOf(post: MachinePost, at: number): PostedSample[] {
  const samples: PostedSample[] = [];
  const add = (
    source: string,
    metric: string,
    value: number | null | undefined,
    labels: Record<string, string> = {},
  ) => {
    if (value !== null && value !== undefined) samples.push({ source, metric, labels, value, at });
  };
  for (const parts of [post, post.system ?? {}]) {
    const cpu = typeof parts.cpu === 'number' ? { percent: parts.cpu } : (parts.cpu ?? {});
    add('cpu', 'cpu_percent', parts.cpu_percent ?? cpu.percent ?? ('average' in cpu ? cpu.average : null));
    if ('per_core' in cpu)
      cpu.per_core?.forEach((value, core) => add('cpu', 'cpu_core_percent', value, { core: String(core) }));
    const memory = typeof parts.memory === 'number' ? { percent: parts.memory } : (parts.memory ?? {});
    add('memory', 'memory_percent', parts.memory_percent ?? memory.percent);
    if ('total' in memory) {
      const unit = unitIn(memory.total);
      for (const name of ['total', 'used', 'available', 'free'] as const)
        add('memory', `memory_${name}`, scaled(memory[name], unit));
    }
    for (const [mount, disk] of disksOf(parts.disk, parts.disk_percent)) {
      const labels: Record<string, string> = mount === '' ? {} : { mount };
      add('disk', 'disk_percent', disk.percent, labels);
      const unit = unitIn(disk.total) / bytesInGibibyte;
      for (const name of ['total', 'used', 'free'] as const)
        add('disk', `disk_${name}_gb`, disk[`${name}_gb`] ?? scaled(disk[name], unit), labels);
    }
  }
  for (const { host, port, reachable, latency_ms } of post.network ?? []) {
    const target = port === null || port === undefined ? host : `${host}:${port}`;
    const isUp = reachable === null || reachable === undefined ? null : Number(reachable);
    add(checksSource, 'reachable', isUp, { target });
    // Who was not reached has no latency, whatever stands there.
    if (isUp !== 0) add(checksSource, 'latency_ms', latency_ms, { target });
  }
  return firstOfEach(samples);
}

/** Volumes by mount; '' is the system volume, whose series has no labels. */
function disksOf(disk: MachinePost['disk'], percent: number | null | undefined): [string, Partial<Disk>][] {
  const alone: [string, Partial<Disk>][] =
    percent === null || percent === undefined ? [] : [['', { percent }]];
  if (disk === null || disk === undefined) return alone;
  if (typeof disk === 'number') return [['', { percent: disk }]];
  if (Array.isArray(disk))
    return [
      ...alone,
      ...disk.map(({ mount, mountpoint, path, device, ...rest }): [string, Disk] => [
        mount ?? mountpoint ?? path ?? device ?? '',
        rest,
      ]),
    ];
  const isOne = Object.values(disk).every((value) => typeof value !== 'object' || value === null);
  if (isOne) return [['', { ...(disk as Disk), percent: (disk as Disk).percent ?? percent }]];
  return [...alone, ...Object.entries(disk as Record<string, Disk>)];
}

/** How many bytes a unit is in which this total was written. */
function unitIn(total: number | null | undefined): number {
  return total !== null && total !== undefined && total > 0 && total < smallestTotal ? bytesInGibibyte : 1;
}

function scaled(value: number | null | undefined, unit: number): number | null {
  return value === null || value === undefined ? null : value * unit;
}

/** A series has one value at a time: where a body says one twice, the first counts. */
function firstOfEach(samples: readonly PostedSample[]): PostedSample[] {
  const seen = new Set<string>();
  return samples.filter(({ source, metric, labels }) => {
    const key = JSON.stringify([source, metric, labels]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
