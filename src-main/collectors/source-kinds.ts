import * as kinds from './kinds.ts';
import type { SourceKind } from './source-kind.ts';

/** Every kind of source. */
export const sourceKinds: readonly SourceKind[] = Object.values(kinds);

/** The kind with that name, or undefined. */
export function sourceKind(kind: string): SourceKind | undefined {
  return sourceKinds.find((other) => other.kind === kind);
}
