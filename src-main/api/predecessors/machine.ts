import { z } from '@hono/zod-openapi';
import { hostNameSchema } from '../../contract/ingest.ts';
import type { PostedSample } from '../../monitor/hosts/ingest.ts';
import { momentSchema } from './moment.ts';
import { Reader } from './reader.ts';
import type { Read } from './reader.ts';

/** Most cores, mounts or checks of one machine in one body. */
const listAtMost = 512;
const longestText = 255;
const bytesInGibibyte = 2 ** 30;
/** No machine has a total this small in bytes: such a total is in GiB. */
const smallestTotal = 2 ** 20;

/**
 * Validated item by item, so that an invalid item does not cause valid ones to be refused. Python clients send null for
 * values they could not read.
 */
const percent = z
  .unknown()
  .optional()
  .openapi({ type: ['number', 'null'], description: 'In percent' });
const part = (description: string) =>
  z
    .unknown()
    .optional()
    .openapi({ type: ['number', 'object', 'null'], description });

const partsShape = {
  cpu_percent: percent,
  memory_percent: percent,
  disk_percent: percent,
  cpu: part('A percentage, or `{percent | average, per_core: [number]}`'),
  memory: part(
    'A percentage, or `{percent, total, used, available, free}`, in bytes or GiB, or `{total_gb, …}`',
  ),
  disk: z
    .unknown()
    .optional()
    .openapi({
      type: ['number', 'object', 'array', 'null'],
      description:
        'A percentage, or `{percent, total, used, free, total_gb, used_gb, free_gb}`; of several volumes an object of these by mount, or a list of these with `mount`',
    }),
};

/**
 * The body in which a machine reports itself: the parts stand beside `hostname`, or in `system` beside `agent_id`.
 * Unknown fields are tolerated everywhere. Known fields with an unreadable value become problems, see `readMachine`.
 */
export const machinePostSchema = z
  .looseObject({
    hostname: hostNameSchema.nullish(),
    agent_id: hostNameSchema.nullish(),
    agent_name: z
      .unknown()
      .optional()
      .openapi({ type: ['string', 'null'] }),
    timestamp: momentSchema.nullish(),
    ...partsShape,
    system: z
      .unknown()
      .optional()
      .openapi({ type: ['object', 'null'], description: 'The same parts' }),
    network: z
      .unknown()
      .optional()
      .openapi({
        type: ['array', 'null'],
        description: 'Checks: `{host, port, reachable, latency_ms}`',
      }),
  })
  .refine(({ hostname, agent_id }) => (agent_id ?? hostname ?? null) !== null, {
    path: ['hostname'],
    message: 'is missing, and so is agent_id; one of them says whose numbers these are',
  })
  .meta({ id: 'MachinePost' });
export type MachinePost = z.infer<typeof machinePostSchema>;

/** The sources of the samples: the same as those of a Plimsoll on that machine, so that the same rules apply. */
const machineSources = [
  { name: 'cpu', kind: 'cpu' },
  { name: 'memory', kind: 'memory' },
  { name: 'disk', kind: 'disk' },
];
/** The source for the checks in an agent's `network`. */
export const checksSource = 'reachability';

/** The sources of these samples, with their kinds. */
export function sourcesOf(samples: readonly PostedSample[]): typeof machineSources {
  const names = new Set(samples.map(({ source }) => source));
  return machineSources.filter(({ name }) => names.has(name));
}

/** Names that clients use for the percentage of a part. */
const percentNames = ['percent', 'percentage', 'usage_percent', 'used_percent', 'percent_used'];
const cpuNames = [...percentNames, 'average', 'usage_average', 'average_percent', 'usage', 'overall'];
const byteNames = ['total', 'used', 'available', 'free'] as const;
const diskNames = ['total', 'used', 'free'] as const;
const mountNames = ['mount', 'mountpoint', 'path', 'device'];
/** Known keys beside the parts. */
const besideParts = [
  'hostname',
  'agent_id',
  'agent_name',
  'timestamp',
  'system',
  'network',
  'cpu',
  'memory',
  'disk',
];

/** A machine's own name and its samples at that time. Null and missing values are left out. */
export function readMachine(post: MachinePost, at: number): Read & { name: string | undefined } {
  const reader = new Reader(at);
  const name = reader.text(post.agent_name, 'agent_name', 200);
  readParts(reader, post, '');
  const system = reader.object(post.system, 'system');
  if (system !== undefined) readParts(reader, system, 'system.');
  readChecks(reader, post.network);
  return { ...reader.read(), name };
}

type Sent = Record<string, unknown>;

function readParts(reader: Reader, parts: Sent, within: string): void {
  const names = (metric: string) => [`${metric}_percent`, `${metric}_usage`];
  const beside = (metric: string) => reader.firstNumber(parts, names(metric), within);
  reader.unknownNumbers(parts, [...besideParts, ...['cpu', 'memory', 'disk'].flatMap(names)], within);

  const cpu = partOf(reader, parts, { part: 'cpu', within });
  reader.unknownNumbers(cpu, [...cpuNames, 'per_core'], `${within}cpu.`);
  reader.add('cpu', 'cpu_percent', beside('cpu') ?? reader.firstNumber(cpu, cpuNames, `${within}cpu.`));
  reader.list(cpu['per_core'], `${within}cpu.per_core`, listAtMost).forEach((value, core) =>
    reader.add('cpu', 'cpu_core_percent', reader.number(value, `${within}cpu.per_core[${core}]`), {
      core: String(core),
    }),
  );

  const memory = partOf(reader, parts, { part: 'memory', within });
  const inMemory = `${within}memory.`;
  reader.unknownNumbers(memory, [...percentNames, ...withGibibytes(byteNames)], inMemory);
  reader.add(
    'memory',
    'memory_percent',
    beside('memory') ?? reader.firstNumber(memory, percentNames, inMemory),
  );
  const unit = unitIn(plainNumber(memory['total']));
  for (const name of byteNames) {
    const value = reader.number(memory[name], inMemory + name);
    const gibibytes = reader.number(memory[`${name}_gb`], `${inMemory}${name}_gb`);
    reader.add('memory', `memory_${name}`, scaled(gibibytes, bytesInGibibyte) ?? scaled(value, unit));
  }

  readDisks(reader, parts['disk'], { percent: beside('disk'), path: `${within}disk` });
}

/** A part as an object; a bare number is its percentage. */
function partOf(reader: Reader, parts: Sent, { part, within }: { part: string; within: string }): Sent {
  const value = parts[part];
  if (typeof value === 'number') return { percent: value };
  return reader.object(value, within + part) ?? {};
}

/** Volumes by mount; '' is the system volume, whose series has no labels. */
function readDisks(
  reader: Reader,
  sent: unknown,
  { percent, path }: { percent: number | undefined; path: string },
): void {
  reader.add('disk', 'disk_percent', percent);
  if (Array.isArray(sent)) {
    reader.list(sent, path, listAtMost).forEach((item, index) => {
      const place = `${path}[${index}]`;
      const disk = reader.object(item, place);
      if (disk === undefined) return;
      const named = mountNames.find((name) => disk[name] !== null && disk[name] !== undefined);
      const mount = named === undefined ? '' : reader.text(disk[named], `${place}.${named}`, longestText);
      if (mount !== undefined) readDisk(reader, disk, { mount, within: `${place}.` });
    });
    return;
  }
  const disks = partOf(reader, { disk: sent }, { part: 'disk', within: path.slice(0, -'disk'.length) });
  const entries = Object.entries(disks);
  const isVolume = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const volumes = entries.filter(([, value]) => isVolume(value));
  readDisk(reader, Object.fromEntries(entries.filter(([, value]) => !isVolume(value))), {
    mount: '',
    within: `${path}.`,
  });
  for (const [mount, disk] of reader.list(volumes, path, listAtMost) as [string, Sent][]) {
    const named = reader.text(mount, path, longestText);
    if (named !== undefined) readDisk(reader, disk, { mount: named, within: `${path}.${mount}.` });
  }
}

function readDisk(reader: Reader, disk: Sent, { mount, within }: { mount: string; within: string }): void {
  const labels: Record<string, string> = mount === '' ? {} : { mount };
  reader.unknownNumbers(disk, [...percentNames, ...withGibibytes(diskNames)], within);
  reader.add('disk', 'disk_percent', reader.firstNumber(disk, percentNames, within), labels);
  const unit = unitIn(plainNumber(disk['total'])) / bytesInGibibyte;
  for (const name of diskNames) {
    const value = reader.number(disk[name], within + name);
    const gibibytes = reader.number(disk[`${name}_gb`], `${within}${name}_gb`);
    reader.add('disk', `disk_${name}_gb`, gibibytes ?? scaled(value, unit), labels);
  }
}

const mostPort = 65_535;

function readChecks(reader: Reader, network: unknown): void {
  reader.list(network, 'network', listAtMost).forEach((item, index) => {
    const path = `network[${index}]`;
    const check = reader.object(item, path);
    if (check === undefined) return;
    const host = reader.text(check['host'] ?? '', `${path}.host`, longestText);
    if (host === '') reader.problem(`${path}.host`, 'is missing: nobody knows what was checked');
    const port = portOf(reader, check['port'], `${path}.port`);
    // With another target it would be another check.
    if (host === undefined || host === '' || port === null) return;
    const labels = { target: port === undefined ? host : `${host}:${port}` };
    const isUp = reader.flag(check['reachable'], `${path}.reachable`);
    reader.add(checksSource, 'reachable', isUp, labels);
    // An unreachable target has no latency, whatever the client sends.
    if (isUp !== 0)
      reader.add(
        checksSource,
        'latency_ms',
        reader.number(check['latency_ms'], `${path}.latency_ms`),
        labels,
      );
  });
}

/** Undefined if missing, null if invalid. */
function portOf(reader: Reader, sent: unknown, path: string): number | undefined | null {
  if (sent === null || sent === undefined) return undefined;
  const port = reader.number(sent, path);
  if (port === undefined) return null;
  if (Number.isInteger(port) && port >= 0 && port <= mostPort) return port;
  reader.problem(path, `must be a whole number from 0 to ${mostPort}`);
  return null;
}

/** Field names of sizes in bytes, and the same with the suffix for GiB. */
function withGibibytes(names: readonly string[]): string[] {
  return [...names, ...names.map((name) => `${name}_gb`)];
}

function plainNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Factor from the unit of this total to bytes. */
function unitIn(total: number | undefined): number {
  return total !== undefined && total > 0 && total < smallestTotal ? bytesInGibibyte : 1;
}

function scaled(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value * unit;
}
