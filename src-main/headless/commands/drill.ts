import { z } from 'zod';
import { alertSchema } from '../../contract/alert.ts';
import { deliverySchema } from '../../contract/delivery.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const detailSchema = z.object({ alert: alertSchema, deliveries: z.array(deliverySchema) });
const lookEveryMs = 500;
/**
 * A drill ends after fifteen seconds; messages that have not arrived half a minute later are reported as on their way.
 */
const patienceMs = 45_000;

export const drill = defineCommand({
  name: 'drill',
  summary: 'Tries the alarm: a marked alert goes to every enabled destination and is over by itself.',
  description:
    'Everything that tells of it says DRILL. Waits until it is over and prints who was told. Exits with 0 when every message arrived, and with 1 when one did not or nobody was told.',
  examples: [['plimsoll drill', 'after the destinations were changed']],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON: {alert, deliveries}' }, data: dataFlag },
  async run(context, { json, data }) {
    const { clock, terminal } = context;
    const directory = dataDirectoryOf(context, data);
    const ask = async (method: 'GET' | 'POST', path: string) =>
      detailSchema.parse(await askOwner(directory, method, `/api/v1/${path}`));
    let detail = await ask('POST', 'drill');
    if (!json) terminal.error('The drill runs. It is over in fifteen seconds.');
    const path = `alerts/${encodeURIComponent(detail.alert.id)}`;
    const start = clock.monotonic();
    while (isUnderWay(detail) && clock.monotonic() - start < patienceMs) {
      await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
      detail = await ask('GET', path);
    }
    const { deliveries } = detail;
    if (json) terminal.json(detail);
    else if (deliveries.length === 0)
      terminal.out('Nobody was told: no destination is enabled, or announcements are held back.');
    else for (const row of columns(deliveries.map(rowOf))) terminal.out(row);
    const isWhole = deliveries.length > 0 && deliveries.every(({ state }) => state === 'sent');
    return isWhole ? exitCode.ok : exitCode.failed;
  },
});

/** A message that waits behind one that is being retried will not arrive soon either. */
function isUnderWay({ alert, deliveries }: z.infer<typeof detailSchema>): boolean {
  const waiting = deliveries.filter(({ state }) => state === 'queued');
  const failing = new Set(waiting.filter(({ attempts }) => attempts > 0).map((each) => each.destination));
  return alert.state === 'firing' || waiting.some(({ destination }) => !failing.has(destination));
}

function rowOf({ destination, transition, state, receipt, error }: Delivery): string[] {
  return [
    shown(destination),
    transition === 'firing' ? 'drill' : 'its end',
    state === 'queued' ? 'on its way' : state,
    shown(error ?? receipt ?? ''),
  ];
}
