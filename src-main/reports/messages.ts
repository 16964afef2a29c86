import type { ErrorCode } from '../contract/error.ts';
import type { KeptReport } from '../contract/report.ts';
import type { AlertChart } from './alert-chart.ts';
import type { ReportOrder } from './write.ts';

/** One request, one answer: the process draws one report or one chart of an alert, and exits. */
export type ToReport = { type: 'write'; order: ReportOrder } | { type: 'paint'; chart: AlertChart };
export type FromReport =
  | { type: 'ready' }
  | { type: 'written'; report: KeptReport }
  | { type: 'painted'; png: Uint8Array }
  | { type: 'refused'; code: ErrorCode; message: string; retry: boolean };

/** Display size of an alert's chart, in CSS pixels. */
export const alertChartSize = { width: 600, height: 200 };
