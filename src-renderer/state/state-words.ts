import type { Comparison } from '../../src-main/contract/rule.ts';
import { m } from '../paraglide/messages.js';

/** Metrics with the values 0 and 1, and the meaning of each: nobody reads `Reachable 0`. */
const states: Readonly<Record<string, readonly [zero: () => string, one: () => string]>> = {
  reachable: [m.state_not_reachable, m.state_reachable],
  http_ok: [m.state_not_as_expected, m.state_as_expected],
  certificate_trusted: [m.state_not_trusted, m.state_trusted],
  file_exists: [m.state_missing, m.state_there],
  process_running: [m.state_not_running, m.state_running],
  on_ac: [m.state_on_battery, m.state_plugged_in],
  collectors_up: [m.state_not_running, m.state_running],
  history_up: [m.state_not_running, m.state_running],
  network_up: [m.state_not_reachable, m.state_reachable],
  destination_up: [m.state_not_reachable, m.state_reachable],
  destination_down: [m.state_reachable, m.state_not_reachable],
  host_up: [m.state_silent, m.state_heard],
};

/** Whether a metric is a yes-or-no state. */
export function isState(metric: string): boolean {
  return states[metric] !== undefined;
}

/** `not reachable` for a 0 of a yes-or-no metric; null for all other values and metrics. */
export function stateWord(metric: string, value: number): string | null {
  if (value !== 0 && value !== 1) return null;
  return states[metric]?.[value]() ?? null;
}

interface Limit {
  comparison: Comparison;
  threshold?: number | null | undefined;
}

/** The state that crosses a limit, as text; null if both or neither do, or the metric is no state. */
export function stateOfLimit(metric: string, { comparison, threshold }: Limit): string | null {
  if (threshold === null || threshold === undefined) return null;
  const crossing = ([0, 1] as const).filter((value) => crosses(value, comparison, threshold));
  const [only] = crossing;
  return crossing.length === 1 && only !== undefined ? stateWord(metric, only) : null;
}

function crosses(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case 'greater_than':
      return value > threshold;
    case 'less_than':
      return value < threshold;
    case 'equals':
      return value === threshold;
    case 'greater_or_equal':
      return value >= threshold;
    case 'less_or_equal':
      return value <= threshold;
    case 'not_equals':
      return value !== threshold;
    case 'between':
    case 'outside':
    case 'changed':
    case 'unchanged':
      return false;
  }
}
