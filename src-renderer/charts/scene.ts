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

/** The plot area in its canvas, in CSS pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** One line of a chart with its style. */
export interface Trace {
  columns: Columns;
  colour: string;
  gapMs: number;
  /** Offset by which it is drawn later, in milliseconds, to compare it with an earlier period. */
  shiftMs: number;
  look: 'line' | 'before';
  /** Drawn faintly, because another line is highlighted. */
  isFaint: boolean;
}

export interface NamedGap {
  from: number;
  to: number;
  name: string;
  /** Decides the hatching. */
  why: 'asleep' | 'off' | 'no_data';
}

/** A planned period, drawn as a strip above the time axis. */
export interface Strip {
  from: number;
  to: number;
  name: string;
}

/** The content of a chart. */
export interface Scene {
  from: number;
  to: number;
  axis: ValueAxis;
  unit: Unit;
  /** Text after numbers if no unit fits. */
  sign: string;
  traces: readonly Trace[];
  lines: readonly ChartLine[];
  bands: readonly ChartBand[];
  strips: readonly Strip[];
  gaps: readonly NamedGap[];
  colours: Colours;
  format: Format;
}
