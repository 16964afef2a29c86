import { PlimsollError } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { KeptReport } from '../../contract/report.ts';
import type { FromReport, ToReport } from '../../reports/messages.ts';
import type { ReportOrder } from '../../reports/write.ts';
import type { AlertChart } from '../../reports/alert-chart.ts';

/** Calls after so many milliseconds, unless what it returns is called before. */
type After = (ms: number, call: () => void) => () => void;

/** Drawing takes a second or two; what has not come by then never will. */
const deadlineMs = 120_000;

/**
 * Has a report drawn and kept by a process of its own, which is gone afterwards: what draws pictures is large, and is not to
 * hold up anything. Throws what is wrong with a file, `internal` when the process dies, and `deadline`.
 */
export async function drawReport(spawn: Spawn, order: ReportOrder, after: After): Promise<KeptReport> {
  const answer = await askDrawer(spawn, { type: 'write', order }, 'report', deadlineMs, after);
  if (answer.type === 'written') return answer.report;
  throw mistaken();
}

/** Has the chart of an alert painted as a PNG in the same way. Throws what `drawReport` does, and `unsupported` where nothing can be painted. */
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
