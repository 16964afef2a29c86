import { openHistoryToRead } from '../../history/open.ts';
import type { HistoryQuestion, SteppedAsk } from '../../history/messages.ts';
import { gatherReport } from './report-content.ts';
import type { GatheredReport, ReportSources, ReportSpan } from './report-content.ts';
import type { State } from '../state/state.ts';

/** Throws `not_found` if a directory has no history, and creates nothing there. */
export function requireStoredHistory(directory: string): void {
  openHistoryToRead(directory).close();
}

/**
 * The data of a report from a directory that no process owns except the one that opened its state. Changes nothing
 * there. Throws like `gatherReport`, and `not_found` if there is no history.
 */
export async function storedReport(
  directory: string,
  state: State,
  parts: Pick<ReportSources, 'host' | 'version' | 'now' | 'settings'>,
  span: ReportSpan,
): Promise<GatheredReport> {
  const store = openHistoryToRead(directory);
  const ask = ((question: HistoryQuestion, asked: never) =>
    new Promise((resolve) => {
      if (question === 'newest') {
        resolve(store.newest(asked));
        return;
      }
      const steps = store.answer({ question, ask: asked } as SteppedAsk);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) {
          resolve(value);
          return;
        }
      }
    })) as ReportSources['ask'];
  try {
    return await gatherReport(
      {
        ...{ ...parts, ask },
        alerts: (filter) => state.alerts.list(filter),
        deliveries: (filter) => state.deliveries.list(filter),
      },
      span,
    );
  } finally {
    store.close();
  }
}
