import type { DestinationKind } from './destination-kind.ts';
import { fileDestination } from './destinations/file.ts';

/** Every kind of destination. A new one is one file in `destinations/` and one line here. */
export const destinationKinds: readonly DestinationKind[] = [fileDestination];
