import { openParentPort } from '../base/parent-port.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { FromReport, ToReport } from './messages.ts';
import { writeReport } from './write.ts';

/** Entry of the process that draws one report: what it needs for that is given back to the system when it leaves. */
const port = openParentPort<FromReport, ToReport>('report');
port.onCut(() => process.exit(0));
port.onMessage(({ order }) => {
  writeReport(order)
    .then(
      (report) => port.send({ type: 'written', report }),
      (thrown: unknown) => {
        const isExpected = thrown instanceof PlimsollError;
        const [code, retry] = isExpected ? [thrown.code, thrown.retry] : ['internal' as const, false];
        port.send({ type: 'refused', code, message: messageOf(thrown), retry });
      },
    )
    .finally(() => port.leave());
});
port.send({ type: 'ready' });
