import type { Clock } from '../base/clock.ts';
import { takeSample } from '../collectors/take-sample.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { sourceKind } from '../collectors/source-kinds.ts';

/**
 * A reading with the definition of each metric; `definition` is undefined for a metric that its kind does not define.
 */
export interface ExplainedReading extends Omit<Reading, 'samples'> {
  samples: (Measurement & { definition: MetricDefinition | undefined })[];
}

/**
 * Reads every local kind of source once with its default options, directly and without a running monitor. Rates are
 * measured over `seconds`. Never rejects: an error is in its reading.
 */
export async function sampleThisMachine(options: {
  seconds: number;
  host: string;
  clock: Clock;
}): Promise<ExplainedReading[]> {
  const readings = await takeSample(options);
  return readings.map((reading) => ({
    ...reading,
    samples: reading.samples.map((sample) => ({
      ...sample,
      definition: sourceKind(reading.source)?.metrics[sample.metric],
    })),
  }));
}
