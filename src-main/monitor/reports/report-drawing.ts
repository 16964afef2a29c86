import { PlimsollError } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { KeptReport } from '../../contract/report.ts';
import type { FromReport, ToReport } from '../../reports/messages.ts';
import type { ReportOrder } from '../../reports/write.ts';

/** Drawing takes a second or two; what has not come by then never will. */
const deadlineMs = 120_000;

/**
 * Has a report drawn and kept by a process of its own, which is gone afterwards: what draws pictures is large, and is not to
 * hold up anything. Throws what is wrong with a file, `internal` when the process dies, and `deadline`.
 */
export function drawReport(
  spawn: Spawn,
  order: ReportOrder,
  after: (ms: number, call: () => void) => () => void,
): Promise<KeptReport> {
  const port = spawn<ToReport, FromReport>('report');
  return new Promise<KeptReport>((resolve, reject) => {
    const cancel = after(deadlineMs, () => {
      port.kill();
      reject(
        new PlimsollError('deadline', `The report was not drawn within ${deadlineMs / 1000} s.`, {
          retry: true,
        }),
      );
    });
    port.onMessage((message) => {
      if (message.type === 'ready') port.send({ type: 'write', order });
      else if (message.type === 'written') resolve(message.report);
      else reject(new PlimsollError(message.code, message.message, { retry: message.retry }));
      if (message.type !== 'ready') cancel();
    });
    port.onEnd((end) => {
      cancel();
      const how = end.kind === 'exit' ? 'ended' : `died (${end.signal ?? `code ${end.code ?? 'unknown'}`})`;
      reject(
        new PlimsollError('internal', `The process that draws reports ${how} before it was done.`, {
          retry: true,
        }),
      );
    });
  });
}
