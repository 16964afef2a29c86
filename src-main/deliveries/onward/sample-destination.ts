import { z } from 'zod';
import type { Sample } from '../../contract/sample.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { SourceSettings } from '../../contract/settings.ts';
import type { Unit } from '../../contract/metric.ts';

/** A sample on its way, with what its number counts. */
export interface OutgoingSample extends Sample {
  unit: Unit;
}

/** What goes to a destination with one request. */
export interface SampleBatch {
  /** The same for every attempt at the same samples. */
  id: string;
  /** In the order of their times, as far as they came in that order. */
  samples: readonly OutgoingSample[];
  /** They have waited: nobody may take them for what is now. */
  isBacklog: boolean;
}

/** What became of a batch that was taken. */
export interface SampleReceipt {
  /** What the other side answered, in words. */
  said: string;
  /** How many samples it refused for good; it has all others. */
  rejected?: number;
  /** Why, where it refused some. */
  problem?: string;
  /** By how much the other side's clock is ahead of ours, in milliseconds; left out where that was not told. */
  clockAheadMs?: number;
}

/** What a destination for samples may use besides its own options. */
export interface SampleSurroundings {
  /** Relative paths in the settings start here. */
  directory: string;
  secret: ResolveSecret;
  /** Epoch milliseconds. */
  now(): number;
  /** The version of this Plimsoll. */
  version: string;
  /** The sources that are sampled here. */
  sources(): readonly SourceSettings[];
  /** Ids of the rules of a hub that are judged here for a host, where rules are taken from one. */
  judges?(host: string): readonly string[];
  /** As of `DestinationSurroundings`. */
  trace?: (line: string) => void;
}

/**
 * One configured destination for samples at work. It makes one attempt: the lane owns time, order, retries and the
 * count. It throws a `PlimsollError` where the batch was not taken. `too_large` and `invalid_request` speak of what is in it: the
 * batch is then taken apart until it is known which samples are meant. All else speaks of the way there, and is tried again
 * for as long as it takes.
 */
export interface SampleDestination {
  send(batch: SampleBatch, signal: AbortSignal): Promise<SampleReceipt>;
}

/** A kind of destination for samples, complete in one file: its settings and how it is reached. */
export interface SampleDestinationKind<Options = unknown> {
  kind: string;
  title: string;
  description: string;
  role: 'samples';
  /** The kind's own options with those of `onwardShape`. */
  options: z.ZodType<Options>;
  /** How often it is sent to where the settings do not say, in seconds. */
  everySeconds: number;
  /** How many samples one request may have. */
  samplesAtMost: number;
  /**
   * It refuses what is older than what it has, so that everything goes in the order in which it was sampled. Elsewhere what
   * is new goes before what has waited.
   */
  inOrder: boolean;
  open(options: Options, surroundings: SampleSurroundings): SampleDestination;
}

/** Declares a kind of destination for samples; ties the type of its options to its schema. */
export function defineSampleDestination<Options>(
  kind: SampleDestinationKind<Options>,
): SampleDestinationKind<Options> {
  return kind;
}

const patternsSchema = z.array(z.string().min(1).max(200)).max(100, 'at most 100 names');

/** What every destination for samples has. */
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

/** The options that all kinds have in common, out of the settings of one. */
export function onwardOptionsOf(settings: unknown): OnwardOptions {
  return onwardSchema.parse(settings);
}

/** Whether a sample of this source and metric is wanted. */
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

/** Whether a text is these parts in this order, with anything between them. Never looks back: no pattern takes long. */
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
