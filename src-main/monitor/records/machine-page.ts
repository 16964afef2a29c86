import { sourceKind } from '../../collectors/source-kinds.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Board } from '../board.ts';
import { ownMetrics, ownSource } from '../own-source.ts';
import { metricsPage } from './metrics-page.ts';

/** Three readings may be missed, and a value older than that is left out. */
const missedReadings = 3;
const freshMs = 60_000;

interface Known {
  board: Board;
  settings: Settings;
  /** Plimsoll's latest samples of itself. */
  own: Reading | null;
  /** Epoch milliseconds. */
  now: number;
}

/** The latest fresh samples of this machine's sources and of Plimsoll itself, as a page for Prometheus. */
export function machinePage({ board, settings, own, now }: Known): string {
  const freshFor = new Map(
    board.health().map(({ source, intervalSeconds }) => [source, missedReadings * 1000 * intervalSeconds]),
  );
  const fresh = board
    .latest()
    .filter(({ source, at }) => now - at <= Math.max(freshMs, freshFor.get(source) ?? 0));
  const { host, source: of, at, samples } = own ?? { host: '', source: '', at: 0, samples: [] };
  const ofItself = samples.map((sample) => ({ host, source: of, at, ...sample }));
  return metricsPage([...fresh, ...ofItself], ({ source: name, metric }) => {
    if (name === ownSource) return ownMetrics[metric];
    const source = settings.sources.find((other) => other.name === name);
    return source && sourceKind(source.kind)?.metrics[metric];
  });
}
