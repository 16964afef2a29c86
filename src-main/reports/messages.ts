import type { ErrorCode } from '../contract/error.ts';
import type { KeptReport } from '../contract/report.ts';
import type { AlertChart } from './alert-chart.ts';
import type { ReportOrder } from './write.ts';

/** One order, one answer: the process draws one report, or one chart of an alert, and leaves. */
export type ToReport = { type: 'write'; order: ReportOrder } | { type: 'paint'; chart: AlertChart };
export type FromReport =
  | { type: 'ready' }
  | { type: 'written'; report: KeptReport }
  | { type: 'painted'; png: Uint8Array }
  | { type: 'refused'; code: ErrorCode; message: string; retry: boolean };

/** How large the chart of an alert is meant to be shown, in CSS pixels. */
export const alertChartSize = { width: 600, height: 200 };
