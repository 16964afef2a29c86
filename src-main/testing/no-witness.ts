import type { PipelineParts } from '../monitor/pipeline.ts';

/** Nobody remembers why anything fired. */
export const noWitness: PipelineParts['witness'] = {
  see: () => [],
  contextOf: () => null,
  ask: () => Promise.resolve(),
};
