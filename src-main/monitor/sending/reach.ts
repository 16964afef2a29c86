import { PlimsollError } from '../../contract/error.ts';
import { recordRouteSchema, routeSchema } from '../../contract/route.ts';
import type { Reach } from '../../contract/route.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { misfitOf } from './routing.ts';
import { parseDocument } from '../settings/schema.ts';
import type { AlertTables } from '../state/alert-tables.ts';

const lookedAtMs = 7 * 86_400_000;

/** See `DeliveriesApi.reach`. */
export function reachOf(
  kindName: string,
  route: unknown,
  alerts: Pick<AlertTables, 'routedSince'>,
  now: number,
): Reach {
  const kind = destinationKind(kindName);
  if (kind === undefined)
    throw new PlimsollError('unsupported', `There is no kind of destination ${kindName}.`);
  const isRecord = kind.role === 'record';
  const misfit = misfitOf(parseDocument(route, isRecord ? recordRouteSchema : routeSchema, () => undefined));
  const reach: Reach = { from: now - lookedAtMs, to: now, alerts: 0, fitting: 0 };
  for (const alike of alerts.routedSince(reach.from)) {
    const count = isRecord ? alike.alerts : alike.announced;
    reach.alerts += count;
    if (misfit(alike) === null) reach.fitting += count;
  }
  return reach;
}
