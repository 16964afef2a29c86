import type { DestinationKind } from './destination-kind.ts';
import * as kinds from './kinds.ts';

/** Every kind of destination. */
export const destinationKinds: readonly DestinationKind[] = Object.values(kinds);

/** The kind of that name, or undefined. */
export function destinationKind(kind: string): DestinationKind | undefined {
  return destinationKinds.find((other) => other.kind === kind);
}
