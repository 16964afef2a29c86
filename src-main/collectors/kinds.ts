import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import type { SourceKind } from './source-kind.ts';

/** Every kind of source, in the order in which they are offered. A new kind is one line here. */
export const sourceKinds: readonly SourceKind[] = [cpu, memory, disk, network];

/** The kind of that name, or undefined. */
export function sourceKind(kind: string): SourceKind | undefined {
  return sourceKinds.find((other) => other.kind === kind);
}
