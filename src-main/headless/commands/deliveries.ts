import { z } from 'zod';
import { deliverySchema, deliveryStateSchema } from '../../contract/delivery.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { DeliveryTables } from '../../monitor/state/delivery-tables.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const listSchema = z.array(deliverySchema);

export const deliveriesList = defineCommand({
  name: 'deliveries list',
  summary: 'Lists what was sent, waits or was given up, newest first.',
  description: 'What was given up is tried again with: plimsoll deliveries retry',
  examples: [
    ['plimsoll deliveries list', 'the newest hundred'],
    ['plimsoll deliveries list --state failed', 'what was given up, and why'],
    ['plimsoll deliveries list --destination mail --json', 'for programs'],
  ],
  operands: [],
  flags: {
    destination: { type: 'text', placeholder: 'NAME', help: 'only to this destination' },
    state: {
      type: 'text',
      placeholder: 'STATE',
      help: 'only in this state',
      oneOf: deliveryStateSchema.options,
    },
    limit: {
      type: 'integer',
      placeholder: 'N',
      help: 'how many at most, 100 if not given',
      min: 1,
      max: 1000,
    },
    json: { type: 'switch', help: 'print JSON' },
    data: dataFlag,
  },
  async run(context, { destination, state: inState, limit = 100, json, data }) {
    const { terminal } = context;
    const directory = dataDirectoryOf(context, data);
    const filter = {
      ...(destination === undefined ? {} : { destination }),
      ...(inState === undefined ? {} : { state: deliveryStateSchema.parse(inState) }),
      limit,
    };
    const query = new URLSearchParams({ ...filter, limit: String(limit) });
    const deliveries = await asOwner(
      directory,
      async () =>
        listSchema.parse(await askOwner(directory, 'GET', `/api/v1/deliveries?${query.toString()}`)),
      ({ deliveries }) => deliveries.list(filter),
    );
    if (json) terminal.json({ deliveries });
    else if (deliveries.length === 0) terminal.out('There is no delivery.');
    else
      for (const line of columns([
        ['ID', 'STATE', 'DESTINATION', 'DUE', 'WHAT', 'TRIED', 'SAID'],
        ...deliveries.map((delivery) => rowOf(delivery)),
      ]))
        terminal.out(line);
    return exitCode.ok;
  },
});

function rowOf(delivery: Delivery): string[] {
  const { id, state, destination, createdAt, transition, together, attempts, error, receipt } = delivery;
  const what = together > 1 ? `${transition}, with ${together - 1} more` : transition;
  const said = shown(error ?? receipt ?? '-');
  return [id, state, shown(destination), new Date(createdAt).toISOString(), what, String(attempts), said];
}

export const deliveriesRetry = defineCommand({
  name: 'deliveries retry',
  summary: 'Tries again what was given up.',
  description:
    'The id of a delivery: it, and all that goes in the same message. The name of a destination: all that was\ngiven up to it. While no Plimsoll runs, it is tried at the next start.',
  examples: [
    ['plimsoll deliveries retry 5f0c…', 'the id is in: plimsoll deliveries list --state failed'],
    ['plimsoll deliveries retry mail', 'all to this destination, after its password was put right'],
  ],
  operands: ['ID-OR-DESTINATION'],
  flags: { data: dataFlag },
  async run(context, { data }, [what = '']) {
    const directory = dataDirectoryOf(context, data);
    const retried = await asOwner(
      directory,
      async () => listSchema.parse(await askToRetry(directory, what)),
      ({ deliveries }) => retryIn(deliveries, what, context.clock.now()),
    );
    context.terminal.error(
      retried.length === 0
        ? 'Nothing was given up there.'
        : `${retried.length} ${retried.length === 1 ? 'delivery is' : 'deliveries are'} on the way again.`,
    );
    return exitCode.ok;
  },
});

function retryIn(deliveries: DeliveryTables, what: string, now: number): Delivery[] {
  try {
    return deliveries.retryFailed({ id: what }, now);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    return deliveries.retryFailed({ destination: what }, now);
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof PlimsollError && thrown.code === 'not_found';
}

async function askToRetry(directory: string, what: string): Promise<unknown> {
  try {
    return await askOwner(directory, 'POST', `/api/v1/deliveries/${encodeURIComponent(what)}/retry`);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
  try {
    return await askOwner(directory, 'POST', '/api/v1/destinations/retry', { destination: what });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new PlimsollError('not_found', `There is neither a delivery nor a destination ${shown(what)}.`);
  }
}
