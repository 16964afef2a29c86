import type { Unit } from '../../src-main/contract/metric.ts';
import type { Severity } from '../../src-main/contract/rule.ts';
import type { Format } from '../state/format.ts';
import type { ValueAxis } from './axes.ts';
import type { Colours } from './colours.ts';
import type { Columns } from './columns.ts';

export interface ChartLine {
  value: number;
  severity: Severity;
}

export interface ChartBand {
  from: number;
  to: number;
  severity: Severity;
}

/** Where the plot lies inside of its canvas, in pixels of the page. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** One line with what surrounds it. */
export interface Trace {
  columns: Columns;
  colour: string;
  gapMs: number;
  /** By how much it is drawn later than it was: the period before lies under this one. */
  shiftMs: number;
  look: 'line' | 'before';
  /** Another one is pointed at. */
  isFaint: boolean;
}

export interface NamedGap {
  from: number;
  to: number;
  name: string;
  /** What was never sampled is hatched the other way than what could not be. */
  why: 'asleep' | 'off' | 'no_data';
}

/** A planned period, as a strip above the time axis. */
export interface Strip {
  from: number;
  to: number;
  name: string;
}

/** Everything that is in a picture. */
export interface Scene {
  from: number;
  to: number;
  axis: ValueAxis;
  unit: Unit;
  /** What stands behind the numbers where no unit of ours fits. */
  sign: string;
  traces: readonly Trace[];
  lines: readonly ChartLine[];
  bands: readonly ChartBand[];
  strips: readonly Strip[];
  gaps: readonly NamedGap[];
  colours: Colours;
  format: Format;
}
