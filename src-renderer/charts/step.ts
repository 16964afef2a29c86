import type { Unit } from '../../src-main/contract/metric.ts';

/**
 * How far one key press moves a line: about a hundredth of the axis, as a round number; for bytes it is round in GiB and
 * the like.
 */
export function stepOf(low: number, high: number, unit: Unit): number {
  if (unit !== 'bytes') return roundStep(low, high);
  const size = 1024 ** Math.max(0, Math.floor(Math.log2(high) / 10));
  return roundStep(low / size, high / size) * size;
}

function roundStep(low: number, high: number): number {
  const rough = (high - low) / 100;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].findLast((candidate) => candidate * power <= rough * 1.0001) ?? 1;
  return factor * power;
}
