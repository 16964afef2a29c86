import type { Clock } from '../base/clock.ts';
import { takeSample } from '../collectors/take-sample.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { sourceKind } from '../collectors/source-kinds.ts';

/** A reading with the meaning of its numbers; `definition` is undefined for a number whose kind does not define it. */
export interface ExplainedReading extends Omit<Reading, 'samples'> {
  samples: (Measurement & { definition: MetricDefinition | undefined })[];
}

/**
 * One reading of every source kind with its default options, straight from this machine and without any running
 * monitor. Rates are measured over `seconds`. Never rejects: what fails is in its reading.
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
