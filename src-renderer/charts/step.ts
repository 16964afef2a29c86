/** How far one key press moves a line: a round number, about a hundredth of the axis. */
export function stepOf(low: number, high: number): number {
  const rough = (high - low) / 100;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].findLast((candidate) => candidate * power <= rough * 1.0001) ?? 1;
  return factor * power;
}
