import { openParentPort } from '../base/parent-port.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { FromReport, ToReport } from './messages.ts';
import { paintAlertChart } from './alert-chart.ts';
import { writeReport } from './write.ts';

/** Entry of the process that draws one report or one chart. Its memory is returned to the system when it exits. */
const port = openParentPort<FromReport, ToReport>('report');
port.onCut(() => process.exit(0));
port.onMessage((asked) => {
  answerTo(asked)
    .then(
      (answer) => port.send(answer),
      (thrown: unknown) => {
        const isExpected = thrown instanceof PlimsollError;
        const [code, retry] = isExpected ? [thrown.code, thrown.retry] : ['internal' as const, false];
        port.send({ type: 'refused', code, message: messageOf(thrown), retry });
      },
    )
    .finally(() => port.leave());
});
port.send({ type: 'ready' });

async function answerTo(asked: ToReport): Promise<FromReport> {
  return asked.type === 'write'
    ? { type: 'written', report: await writeReport(asked.order) }
    : { type: 'painted', png: await paintAlertChart(asked.chart) };
}
