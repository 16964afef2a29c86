import type { PipelineParts } from '../monitor/pipeline.ts';

/** Nothing was told of any alert, and nothing is held. */
export const noPast: Omit<PipelineParts['state'], 'commit'> = {
  deliveriesOf: () => [],
  holding: () => [],
  held: () => [],
  message: () => undefined,
};
