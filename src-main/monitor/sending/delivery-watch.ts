import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { DestinationHealth } from '../../contract/delivery.ts';
import type { AlertTables } from '../state/alert-tables.ts';
import type { DeliveryTables } from '../state/delivery-tables.ts';

/** A destination that nothing has reached for this long is reported. */
const tellAfterMs = 10 * 60_000;
/** How long the log of a finished delivery is kept: alerts and their transitions stay. */
export const keptMs = 90 * 86_400_000;
/** How many alerts keep their circumstances, 2.7 kB each: a long storm must not fill the disk. */
export const keptContexts = 20_000;
const tidyEveryMs = 3_600_000;
/** How many are removed at once; more would delay sampling. */
const forgottenAtOnce = 1000;

interface DeliveryWatchParts {
  clock: Clock;
  log: Log;
  state: { deliveries: Pick<DeliveryTables, 'forget'>; alerts: Pick<AlertTables, 'forgetContexts'> };
  health(): DestinationHealth[];
  notice(id: string, message: string | null): void;
}

/** Reports destinations that nothing reaches, and limits the log of deliveries. */
export class DeliveryWatch {
  readonly #parts: DeliveryWatchParts;
  #told = new Set<string>();
  #tidyAt = -Infinity;

  constructor(parts: DeliveryWatchParts) {
    this.#parts = parts;
  }

  /** The current state; empty if it is unreadable. */
  health(): DestinationHealth[] {
    try {
      return this.#parts.health();
    } catch (error) {
      this.#parts.log.error('the state of deliveries cannot be read', { error });
      return [];
    }
  }

  /** To be called every few seconds. */
  look(): void {
    const { clock, notice } = this.#parts;
    const now = clock.now();
    const amiss = new Map(
      this.health()
        .filter(({ failingSince }) => failingSince !== null && now - failingSince >= tellAfterMs)
        .map((health) => [health.destination, health]),
    );
    for (const [destination, health] of amiss) notice(noticeId(destination), words(health));
    for (const destination of this.#told) if (!amiss.has(destination)) notice(noticeId(destination), null);
    this.#told = new Set(amiss.keys());
    this.#tidy();
  }

  #tidy(): void {
    const { clock, log, state } = this.#parts;
    if (clock.monotonic() < this.#tidyAt) return;
    this.#tidyAt = clock.monotonic() + tidyEveryMs;
    try {
      const deliveries = state.deliveries.forget(clock.now() - keptMs, forgottenAtOnce);
      const contexts = state.alerts.forgetContexts(keptContexts, forgottenAtOnce);
      // The rest follows at the next check.
      if (Math.max(deliveries, contexts) === forgottenAtOnce) this.#tidyAt = -Infinity;
    } catch (error) {
      log.warn('old deliveries, and why old alerts fired, could not be removed', { error });
    }
  }
}

function noticeId(destination: string): string {
  return `destination-${destination}`;
}

function words({ destination, waiting, failed, failingSince, error, samples }: DestinationHealth): string {
  const since = new Date(failingSince ?? 0).toISOString();
  const left = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...((samples?.waiting ?? 0) > 0 ? [`${samples?.waiting ?? 0} samples waiting`] : []),
    ...(failed > 0 ? [`${failed} given up; they can be tried again`] : []),
  ].join(', ');
  return `Nothing has reached the destination ${destination} since ${since}${left === '' ? '' : ` (${left})`}. ${error ?? ''}`.trim();
}
