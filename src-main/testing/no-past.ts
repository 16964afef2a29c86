import type { PipelineParts } from '../monitor/pipeline.ts';

/** Nothing was told of any alert, and nothing is held. */
export const noPast: PipelineParts['deliveries'] = {
  ofAlert: () => [],
  holding: () => [],
  held: () => [],
  message: () => undefined,
  tally: () => ({ waiting: 0, held: 0, failed: 0, lastSent: null, lastFailed: null }),
};
