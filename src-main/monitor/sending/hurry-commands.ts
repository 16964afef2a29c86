import type { Log } from '../../base/log.ts';
import type { Settings } from '../../contract/settings.ts';
import type { DeliveryTables } from '../state/delivery-tables.ts';

/** What waits for a program is tried at once: one that was not approved may be now. */
export function hurryCommands(
  { destinations }: Settings,
  { deliveries, now, log }: { deliveries: Pick<DeliveryTables, 'hurry'>; now: number; log: Log },
): void {
  try {
    for (const { name, kind } of destinations) if (kind === 'command') deliveries.hurry(name, now);
  } catch (error) {
    log.warn('what waits for a program could not be hurried', { error });
  }
}
