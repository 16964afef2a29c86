import { PlimsollError } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { KeptReport } from '../../contract/report.ts';
import type { FromReport, ToReport } from '../../reports/messages.ts';
import type { ReportOrder } from '../../reports/write.ts';
import type { AlertChart } from '../../reports/alert-chart.ts';

/** Calls back after this many milliseconds, unless the returned function is called first. */
type After = (ms: number, call: () => void) => () => void;

/** Drawing takes a second or two; after this time it will not finish. */
const deadlineMs = 120_000;

/**
 * Draws and stores a report in a separate process that then exits, because the drawing code is large and slow. Throws
 * the errors of files, `internal` if the process dies, and `deadline`.
 */
export async function drawReport(spawn: Spawn, order: ReportOrder, after: After): Promise<KeptReport> {
  const answer = await askDrawer(spawn, { type: 'write', order }, 'report', deadlineMs, after);
  if (answer.type === 'written') return answer.report;
  throw mistaken();
}

/**
 * Paints the chart of an alert as a PNG in the same way. Throws like `drawReport`, and `unsupported` if nothing can be
 * painted.
 */
export async function drawAlertChart(
  spawn: Spawn,
  chart: AlertChart,
  withinMs: number,
  after: After,
): Promise<Uint8Array> {
  const answer = await askDrawer(spawn, { type: 'paint', chart }, 'chart', withinMs, after);
  if (answer.type === 'painted') return answer.png;
  throw mistaken();
}

function mistaken(): PlimsollError {
  return new PlimsollError('internal', 'The process that draws answered something else than it was asked.');
}

function askDrawer(
  spawn: Spawn,
  asked: ToReport,
  what: string,
  withinMs: number,
  after: After,
): Promise<Exclude<FromReport, { type: 'ready' | 'refused' }>> {
  const port = spawn<ToReport, FromReport>('report');
  return new Promise((resolve, reject) => {
    const cancel = after(withinMs, () => {
      port.kill();
      reject(
        new PlimsollError('deadline', `The ${what} was not drawn within ${withinMs / 1000} s.`, {
          retry: true,
        }),
      );
    });
    port.onMessage((message) => {
      if (message.type === 'ready') {
        port.send(asked);
        return;
      }
      cancel();
      if (message.type === 'refused')
        reject(new PlimsollError(message.code, message.message, { retry: message.retry }));
      else resolve(message);
    });
    port.onEnd((end) => {
      cancel();
      const how = end.kind === 'exit' ? 'ended' : `died (${end.signal ?? `code ${end.code ?? 'unknown'}`})`;
      reject(
        new PlimsollError('internal', `The process that draws the ${what} ${how} before it was done.`, {
          retry: true,
        }),
      );
    });
  });
}
