import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Clock } from '../../base/clock.ts';
import { PlimsollError } from '../../contract/error.ts';
import { hostNameSchema, ingestSampleSchema, samplesInBatch } from '../../contract/ingest.ts';
import type { PostedSample } from '../../monitor/hosts/ingest.ts';
import { failures } from '../answers.ts';
import { addressOf } from '../carrier.ts';
import type { ApiEnv } from '../carrier.ts';
import { anonymousMay, needs, rawBody } from '../needs.ts';
import type { Doorway } from '../predecessors/acceptance.ts';
import { checkHost } from '../routes/ingest.ts';
import { utf8Text } from '../strict-json.ts';
import { readLine } from './line-protocol.ts';
import { fromSnappy } from './snappy.ts';
import { readWriteRequest } from './write-request.ts';

const unpackedBytes = 8 * 1024 * 1024;
/** Most samples in one request: as many as may wait for the disk. Collectors send some hundreds to some thousands. */
const samplesInRequest = 50_000;

const common = {
  method: 'post',
  ...needs.ingest,
  ...anonymousMay,
  ...rawBody,
  'x-unpacked-bytes': unpackedBytes,
  responses: { 204: { description: 'Stored' }, ...failures },
} as const;

const remoteWrite = createRoute({
  ...common,
  path: '/api/v1/write',
  summary: 'Prometheus remote write 1.0',
  request: { body: { required: true, content: { 'application/x-protobuf': { schema: z.unknown() } } } },
});

const precisions = {
  ...{ ns: 1n, n: 1n, us: 1000n, u: 1000n, µ: 1000n, ms: 1_000_000n },
  ...{ s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n },
} as const;
const nanosecondsInMs = 1_000_000n;

const lines = {
  ...common,
  summary: 'Line protocol of InfluxDB',
  request: {
    query: z.object({
      precision: z.enum(Object.keys(precisions) as [keyof typeof precisions]).default('ns'),
    }),
    body: { required: true, content: { 'text/plain': { schema: z.string() } } },
  },
} as const;
const write1 = createRoute({ ...lines, path: '/write' });
const write2 = createRoute({ ...lines, path: '/api/v2/write' });

/** Routes for the protocols of other collectors: Prometheus remote write and InfluxDB line protocol. */
export function collectorRoutes(doorway: Doorway, clock: Clock) {
  const storeLines = async (c: Context<ApiEnv>, precision: keyof typeof precisions) => {
    await store(c, doorway, linesIn(utf8Text(await bytesOf(c)), precisions[precision], clock.now()));
    return c.body(null, 204);
  };
  return new OpenAPIHono<ApiEnv>()
    .openapi(remoteWrite, async (c) => {
      const isSnappy = c.req.header('content-encoding')?.toLowerCase() === 'snappy';
      if (!isSnappy || c.req.header('content-type')?.startsWith('application/x-protobuf') !== true)
        throw new PlimsollError(
          'unsupported',
          'this route wants application/x-protobuf, packed with snappy: Prometheus remote write 1.0',
        );
      await store(c, doorway, seriesIn(fromSnappy(await bytesOf(c), unpackedBytes)));
      return c.body(null, 204);
    })
    .openapi(write1, (c) => storeLines(c, c.req.valid('query').precision))
    .openapi(write2, (c) => storeLines(c, c.req.valid('query').precision));
}

async function bytesOf(c: Context<ApiEnv>): Promise<Uint8Array> {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.byteLength === 0) throw new PlimsollError('usage', 'the body is empty');
  return bytes;
}

interface Problem {
  path: string;
  message: string;
}

/**
 * Samples to store, by host, and the problems of those that cannot be stored. Throws `too_large` for more than one
 * request may contain.
 */
class Written {
  readonly byHost = new Map<string, PostedSample[]>();
  readonly problems: Problem[] = [];
  #count = 0;

  add(host: string | undefined, sample: PostedSample, path: string): void {
    const name = hostNameSchema.safeParse(host ?? '');
    if (!name.success)
      return this.refuse({ path, message: 'names no host by `host`, `hostname` or `instance`' });
    const read = ingestSampleSchema.safeParse(sample);
    if (!read.success)
      return this.refuse({ path, message: read.error.issues[0]?.message ?? 'cannot be stored' });
    this.#countOne();
    const samples = this.byHost.get(name.data);
    if (samples === undefined) this.byHost.set(name.data, [sample]);
    else samples.push(sample);
  }

  refuse(problem: Problem): void {
    this.#countOne();
    this.problems.push(problem);
  }

  #countOne(): void {
    if (++this.#count > samplesInRequest)
      throw new PlimsollError(
        'too_large',
        `a request has at most ${samplesInRequest} samples; send them in several`,
      );
  }
}

/** Without the port: `web-1:9100` is the host `web-1`. The label keeps the port. */
function hostOf(labels: ReadonlyMap<string, string>): string | undefined {
  return (
    labels.get('host') ??
    labels.get('hostname') ??
    labels.get('instance')?.replace(/^(\[[^\]]*\]|[^:]*):\d{1,5}$/, '$1')
  );
}

function seriesIn(message: Uint8Array): Written {
  const written = new Written();
  for (const { labels, samples } of readWriteRequest(message, samplesInRequest)) {
    const sent = labels.get('source');
    const metric = labels.get('__name__') ?? '';
    const own = { source: sent ?? labels.get('job') ?? 'prometheus', metric };
    // Metrics that a Plimsoll sent get their original name back.
    if (sent !== undefined) own.metric = metric.replace(/^plimsoll_/, '');
    const host = hostOf(labels);
    const kept = without(labels, ['__name__', 'host', 'hostname', sent === undefined ? 'job' : 'source']);
    for (const { value, at } of samples) {
      // NaN marks the end of a series or a missing value, so it is not stored.
      if (!Number.isNaN(value)) written.add(host, { ...own, labels: kept, value: value + 0, at }, metric);
    }
  }
  return written;
}

function linesIn(text: string, precision: bigint, now: number): Written {
  const written = new Written();
  let number = 0;
  for (const line of eachLine(text)) {
    number++;
    const content = line.trim();
    if (content === '' || line.startsWith('#')) continue;
    const path = `line ${number}`;
    const read = readLine(content);
    if (read === undefined) {
      written.refuse({ path, message: 'is not line protocol, or has more than 1,000 fields' });
      continue;
    }
    const { measurement, tags, fields, time } = read;
    const at = time === undefined ? now : Number((time * precision) / nanosecondsInMs);
    const sent = tags.get('source');
    const kept = without(tags, ['host', 'hostname', ...(sent === undefined ? [] : ['source'])]);
    for (const [field, value] of fields) {
      const metric = sent === undefined ? field : field === 'value' ? measurement : `${measurement}_${field}`;
      const sample = { source: sent ?? measurement, metric, labels: kept, value: value + 0, at };
      written.add(hostOf(tags), sample, path);
    }
  }
  return written;
}

/** One line at a time, because an array of all lines takes many times the memory of the text. */
function* eachLine(text: string): Generator<string> {
  for (let from = 0; from <= text.length;) {
    const end = text.indexOf('\n', from);
    yield text.slice(from, end < 0 ? text.length : end);
    if (end < 0) return;
    from = end + 1;
  }
}

function without(labels: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...labels].filter(([name]) => !names.includes(name)));
}

/**
 * Stores the valid samples. If others are invalid it then throws `usage`, upon which such collectors do not send them
 * again. Also throws what `Ingest.take` throws.
 */
async function store(
  c: Context<ApiEnv>,
  { monitor, guard }: Doorway,
  { byHost, problems }: Written,
): Promise<void> {
  const caller = guard.callerOf(c);
  for (const host of byHost.keys()) checkHost(caller, host);
  const address = c.env.carrier.kind === 'listener' ? addressOf(c.env.carrier) : null;
  for (const [host, samples] of byHost) {
    for (let from = 0; from < samples.length; from += samplesInBatch) {
      const part = samples.slice(from, from + samplesInBatch);
      const post = { host, address, sender: {}, sentAt: null, backlog: false, samples: part };
      const { items } = await monitor.receive(post);
      for (const { index, code, message } of items)
        if (code !== 'implausible') problems.push({ path: part[index]?.metric ?? '', message });
    }
  }
  const [first] = problems;
  if (first === undefined) return;
  throw new PlimsollError(
    'usage',
    `partial write: ${problems.length} not stored, everything else is; ${first.path}: ${first.message}`,
    { problems: problems.slice(0, 20) },
  );
}
