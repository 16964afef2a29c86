import type { DestinationKind } from './destination-kind.ts';
import * as kinds from './kinds.ts';
import type { SampleDestinationKind } from './onward/sample-destination.ts';

/** Every kind of destination, for alerts and for samples. */
export const destinationKinds: readonly (DestinationKind | SampleDestinationKind)[] = Object.values(kinds);

/** The kind for alerts with that name, or undefined. */
export function destinationKind(kind: string): DestinationKind | undefined {
  return destinationKinds.find(
    (other): other is DestinationKind => other.kind === kind && other.role !== 'samples',
  );
}

/** The kind for samples with that name, or undefined. */
export function sampleDestinationKind(kind: string): SampleDestinationKind | undefined {
  return destinationKinds.find(
    (other): other is SampleDestinationKind => other.kind === kind && other.role === 'samples',
  );
}
