import { z } from 'zod';
import type { DestinationSettings, Settings } from '../../contract/settings.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';

/** A destination whose messages can link to Plimsoll links to where that is for all of them, unless it says something else. */
export function withAddress(
  destination: DestinationSettings,
  { monitoring: { plimsollUrl } }: Pick<Settings, 'monitoring'>,
): DestinationSettings {
  const options = destinationKind(destination.kind)?.options;
  const canLink = options instanceof z.ZodObject && 'plimsollUrl' in options.shape;
  if (plimsollUrl === undefined || !canLink || destination['plimsollUrl'] !== undefined) return destination;
  return { ...destination, plimsollUrl };
}
