import { hostname, release, type as systemType } from 'node:os';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { ingestAnswerSchema } from '../../contract/ingest.ts';
import type { IngestAnswer } from '../../contract/ingest.ts';
import { answerText, excerpt, inAnswer, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';
import { receiverShape, sendTo, tokenSchema } from '../onward/request.ts';
import { defineSampleDestination, onwardShape } from '../onward/sample-destination.ts';
import type { OutgoingSample, SampleReceipt } from '../onward/sample-destination.ts';

const packedFromBytes = 4096;

const options = z.strictObject({
  url: receiverShape.url.meta({
    title: 'Address',
    description: 'Of the hub, such as https://hub.example.org:8888; the path is added.',
  }),
  token: tokenSchema.meta({
    title: 'Token',
    description: 'What `plimsoll token create NAME --scope ingest` prints on the hub.',
    secret: true,
  }),
  agentName: z.string().min(1).max(100).optional().meta({
    title: 'Name of this agent',
    description: 'Shown on the hub beside the host. Without it, the name of this machine.',
  }),
  maySleep: z.boolean().default(false).meta({
    title: 'This machine may sleep',
    description: 'The hub then does not take its silence for an outage.',
  }),
  takeRules: z.boolean().default(false).meta({
    title: 'Take rules from this hub',
    description:
      'Rules that its owner has agents judge are judged here, also while the hub is away. Nothing but rules is taken: what is told to whom stays with this machine.',
  }),
  ...onwardShape,
  headers: receiverShape.headers,
  authorityFile: receiverShape.authorityFile,
});

export const hub = defineSampleDestination<z.infer<typeof options>>({
  kind: 'hub',
  title: 'Hub',
  description: 'Sends samples to another Plimsoll, which keeps and judges them with those of other machines.',
  role: 'samples',
  options,
  everySeconds: 60,
  samplesAtMost: 1000,
  inOrder: false,
  open(chosen, surroundings) {
    const { url, token, headers, authorityFile, agentName = hostname(), maySleep, takeRules } = chosen;
    const { now, version, sources, judges } = surroundings;
    const system = `${systemType()} ${release()}`;
    const about = {
      intervalSeconds: chosen.everySeconds ?? 60,
      maySleep,
      agent: { version, name: agentName, system },
    };

    return {
      /** A batch is about one machine: if samples of several machines are sent, each machine has its own batches. */
      async send({ id, samples, isBacklog }, signal) {
        const hosts = [...Map.groupBy(samples, ({ host }) => host)];
        const receipts: SampleReceipt[] = [];
        for (const [index, [host, ofHost]] of hosts.entries()) {
          const batch = hosts.length === 1 ? id : `${id}-${index}`;
          receipts.push(await sendOne({ batch, host, samples: ofHost, isBacklog }, signal));
        }
        return receipts.length === 1 && receipts[0] !== undefined ? receipts[0] : joined(receipts);
      },
    };

    async function sendOne(
      { batch, host, samples, isBacklog }: Batch,
      signal: AbortSignal,
    ): Promise<SampleReceipt> {
      const sentAt = now();
      const body = {
        ...{ batch, host, sentAt, ...about },
        ...(isBacklog
          ? { backlog: true }
          : { sources: sourcesOf(sources()), judges: takeRules ? (judges?.(host) ?? []) : [] }),
        samples: samples.map(itemOf),
      };
      const answer = await sendTo(
        {
          ...{ url: ingestAddress(url), token, headers, authorityFile },
          ...packedOf(JSON.stringify(body)),
        },
        surroundings,
        signal,
      );
      return receiptOf(answer, (sentAt + now()) / 2);
    }
  },
});

/** Names repeat throughout a batch: a body larger than a packet or two shrinks to a tenth. */
function packedOf(text: string): { body: string | Uint8Array; defaults: Record<string, string> } {
  const defaults = { 'Content-Type': 'application/json' };
  if (text.length < packedFromBytes) return { body: text, defaults };
  return { body: gzipSync(text, { level: 3 }), defaults: { ...defaults, 'Content-Encoding': 'gzip' } };
}

interface Batch {
  batch: string;
  host: string;
  samples: readonly OutgoingSample[];
  isBacklog: boolean;
}

function ingestAddress(url: string): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/api/v1/ingest`;
  return address.href;
}

function itemOf({ source, metric, labels, value, at, unit }: OutgoingSample) {
  return {
    ...{ source, metric, at },
    // Turns -0 into 0.
    value: value === 0 ? 0 : value,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(unit !== 'none' && { unit }),
  };
}

function sourcesOf(
  sources: readonly { name: string; kind: string; enabled: boolean; intervalSeconds?: number | undefined }[],
) {
  return sources
    .filter(({ enabled }) => enabled)
    .slice(0, 500)
    .map(({ name, kind, intervalSeconds }) => ({
      ...{ name, kind },
      ...(intervalSeconds !== undefined && { intervalSeconds }),
    }));
}

/** `askedAt`: by our clock, when the hub is assumed to have written its answer. */
function receiptOf(answer: PostAnswer, askedAt: number): SampleReceipt {
  if (answer.status !== 200) {
    const known: Record<number, string> = {
      401: 'Check the token: it may have been revoked, or have expired.',
      403: 'The token has to have the scope ingest, and may be bound to another host.',
      404: 'Is this a Plimsoll hub?',
    };
    const why = inAnswer(answer, 'error', 'message');
    const plain = typeof why === 'string' ? { ...answer, said: excerpt(why.replace(/\.$/, '')) } : answer;
    // The whole batch has the wrong form, so no part of it would be accepted.
    if (answer.status === 400 || answer.status === 422)
      throw new PlimsollError('unsupported', refusal(plain, 'Are both of the same version?').message);
    throw refusal(plain, known[answer.status]);
  }
  const { accepted, duplicate, rejected, receivedAt, items } = answered(answer);
  const first = items.find(({ status }) => status !== 200);
  return {
    said: `${answer.statusText}: ${accepted} accepted, ${duplicate} there already, ${rejected} rejected`,
    rejected,
    clockAheadMs: Math.round(receivedAt - askedAt),
    ...(first !== undefined && { problem: `${first.code}: ${first.message}` }),
  };
}

/** A server that answers 200 without having read the batch, such as a captive portal, has not accepted it. */
function answered(answer: PostAnswer): IngestAnswer {
  let content: unknown;
  try {
    content = JSON.parse(answer.text);
  } catch {
    content = undefined;
  }
  const read = ingestAnswerSchema.safeParse(content);
  if (read.success) return read.data;
  throw new PlimsollError(
    'unreachable',
    `${answer.place} answered ${answerText(answer)}, but not as a hub does. Check the address.`,
    { retry: true },
  );
}

function joined(receipts: readonly SampleReceipt[]): SampleReceipt {
  const problem = receipts.find((receipt) => receipt.problem !== undefined)?.problem;
  const clockAheadMs = receipts.at(-1)?.clockAheadMs;
  return {
    said: receipts.at(-1)?.said ?? '',
    rejected: receipts.reduce((sum, { rejected = 0 }) => sum + rejected, 0),
    ...(problem !== undefined && { problem }),
    ...(clockAheadMs !== undefined && { clockAheadMs }),
  };
}
