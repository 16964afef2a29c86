import type { ErrorCode } from '../contract/error.ts';
import type { KeptReport } from '../contract/report.ts';
import type { ReportOrder } from './write.ts';

/** One order, one answer: the process draws one report and leaves. */
export interface ToReport {
  type: 'write';
  order: ReportOrder;
}
export type FromReport =
  | { type: 'ready' }
  | { type: 'written'; report: KeptReport }
  | { type: 'refused'; code: ErrorCode; message: string; retry: boolean };
