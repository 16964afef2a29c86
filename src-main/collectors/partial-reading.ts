import { PlimsollError } from '../contract/error.ts';
import type { Measurement } from '../contract/sample.ts';

/** Thrown by a collector that could read only a part: the samples count, and the error says what is missing. */
export class PartialReading extends PlimsollError {
  readonly samples: readonly Measurement[];

  constructor(samples: readonly Measurement[], missing: PlimsollError) {
    super(missing.code, missing.message, { retry: missing.retry, cause: missing });
    this.samples = samples;
  }
}
