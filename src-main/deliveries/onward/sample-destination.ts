import { z } from 'zod';
import type { Sample } from '../../contract/sample.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { SourceSettings } from '../../contract/settings.ts';
import type { Unit } from '../../contract/metric.ts';

/** A sample to be sent, with its unit. */
export interface OutgoingSample extends Sample {
  unit: Unit;
}

/** The content of one request to a destination. */
export interface SampleBatch {
  /** The same for every attempt with the same samples. */
  id: string;
  /** In order of time, as far as they arrived in that order. */
  samples: readonly OutgoingSample[];
  /** The samples have waited and must not be mistaken for current ones. */
  isBacklog: boolean;
}

/** The result of an accepted batch. */
export interface SampleReceipt {
  /** The other side's answer, in words. */
  said: string;
  /** How many samples it refused for good; it accepted all others. */
  rejected?: number;
  /** The reason, if it refused some. */
  problem?: string;
  /** How far the other side's clock is ahead of ours, in milliseconds; absent if unknown. */
  clockAheadMs?: number;
}

/** What a destination for samples may use besides its own options. */
export interface SampleSurroundings {
  /** Where relative paths in the settings start. */
  directory: string;
  secret: ResolveSecret;
  /** Epoch milliseconds. */
  now(): number;
  /** The version of this installation. */
  version: string;
  /** The sources that are sampled here. */
  sources(): readonly SourceSettings[];
  /** Ids of the hub's rules that are evaluated here for a host, if rules are taken from a hub. */
  judges?(host: string): readonly string[];
  /** As in `DestinationSurroundings`. */
  trace?: (line: string) => void;
}

/**
 * One configured destination for samples at work. It makes one attempt: the lane handles time, order, retries and the
 * count. It throws a `PlimsollError` if the batch was not accepted. `too_large` and `invalid_request` concern the
 * content: the batch is then split until it is clear which samples are meant. All other errors concern the connection,
 * and are retried without limit.
 */
export interface SampleDestination {
  send(batch: SampleBatch, signal: AbortSignal): Promise<SampleReceipt>;
}

/** A kind of destination for samples, complete in one file: its settings and how it sends. */
export interface SampleDestinationKind<Options = unknown> {
  kind: string;
  title: string;
  description: string;
  role: 'samples';
  /** The kind's own options with those of `onwardShape`. */
  options: z.ZodType<Options>;
  /** The default interval, in seconds. */
  everySeconds: number;
  /** How many samples one request may contain. */
  samplesAtMost: number;
  /**
   * Whether it refuses samples older than its latest, so that everything is sent in the order of sampling. Otherwise
   * live samples are sent before the backlog.
   */
  inOrder: boolean;
  open(options: Options, surroundings: SampleSurroundings): SampleDestination;
}

/** Declares a kind of destination for samples; derives the type of its options from its schema. */
export function defineSampleDestination<Options>(
  kind: SampleDestinationKind<Options>,
): SampleDestinationKind<Options> {
  return kind;
}

const patternsSchema = z.array(z.string().min(1).max(200)).max(100, 'at most 100 names');

/** The options of every destination for samples. */
export const onwardShape = {
  sources: patternsSchema.optional().meta({
    title: 'Sources',
    description: 'Only samples of these sources, such as `cpu`; `*` stands for any text. Without it, of all.',
  }),
  metrics: patternsSchema.optional().meta({
    title: 'Metrics',
    description: 'Only these metrics, such as `disk_*`. Without it, all.',
  }),
  everySeconds: z.number().min(1).max(3600).optional().meta({
    title: 'Send every',
    unit: 'seconds',
    description: "Samples are gathered for so long. Without it, the kind's own time.",
  }),
};
const onwardSchema = z.object(onwardShape);
export type OnwardOptions = z.infer<typeof onwardSchema>;

/** The options that all kinds have in common, from the settings of one. */
export function onwardOptionsOf(settings: unknown): OnwardOptions {
  return onwardSchema.parse(settings);
}

/** Returns a test for the wanted sources and metrics. */
export function sampleFilter({
  sources,
  metrics,
}: OnwardOptions): (source: string, metric: string) => boolean {
  const [source, metric] = [matcherOf(sources), matcherOf(metrics)];
  return (ofSource, ofMetric) => source(ofSource) && metric(ofMetric);
}

function matcherOf(patterns: readonly string[] | undefined): (text: string) => boolean {
  if (patterns === undefined || patterns.length === 0) return () => true;
  const all = patterns.map((pattern) => pattern.split('*'));
  return (text) => all.some((parts) => fits(text, parts));
}

/**
 * Whether a text consists of these parts in this order, with anything between them. Never backtracks: no pattern takes
 * long.
 */
function fits(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
