import type { Unit } from '../../../src-main/contract/metric.ts';

/** The unit in which a limit is typed, and how many of the metric's own it holds. */
export interface ThresholdScale {
  title: string;
  factor: number;
}

const scales: Record<Unit, ThresholdScale> = {
  percent: { title: '%', factor: 1 },
  bytes: { title: 'MiB', factor: 1024 ** 2 },
  gibibytes: { title: 'GiB', factor: 1 },
  bytes_per_second: { title: 'kB/s', factor: 1000 },
  per_second: { title: '/s', factor: 1 },
  milliseconds: { title: 'ms', factor: 1 },
  seconds: { title: 's', factor: 1 },
  celsius: { title: '°C', factor: 1 },
  count: { title: '', factor: 1 },
  none: { title: '', factor: 1 },
};

export function thresholdScale(unit: Unit): ThresholdScale {
  return scales[unit];
}
