import { z } from 'zod';
import type { DestinationSettings, Settings } from '../../contract/settings.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';

/** Adds the common address of Plimsoll to a destination whose messages can have a link, unless it has its own. */
export function withAddress(
  destination: DestinationSettings,
  { monitoring: { plimsollUrl } }: Pick<Settings, 'monitoring'>,
): DestinationSettings {
  const options = destinationKind(destination.kind)?.options;
  const canLink = options instanceof z.ZodObject && 'plimsollUrl' in options.shape;
  if (plimsollUrl === undefined || !canLink || destination['plimsollUrl'] !== undefined) return destination;
  return { ...destination, plimsollUrl };
}
