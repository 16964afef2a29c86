import type { FleetHost, Standing } from '../../src-main/contract/fleet.ts';
import { m } from '../paraglide/messages.js';
import type { MarkState } from '../parts/mark-state.ts';
import type { Severity } from '../../src-main/contract/rule.ts';

/** State of a host in a word or two. */
export function standingWords(standing: Standing): string {
  switch (standing) {
    case 'online':
      return m.host_online();
    case 'stale':
      return m.host_stale();
    case 'offline':
      return m.host_offline();
    case 'may_sleep':
      return m.host_may_sleep();
  }
}

/** A firing alert takes precedence over the host's state. */
export function hostMark({ severity, standing }: Pick<FleetHost, 'severity' | 'standing'>): MarkState {
  if (severity !== null) return severity;
  if (standing === 'online') return 'ok';
  return standing === 'may_sleep' ? 'paused' : 'unknown';
}

/** Text alternative of the mark, for screen readers. */
export function hostMarkWords(severity: Severity | null, standing: Standing): string {
  if (severity === null) return standingWords(standing);
  return severity === 'critical' ? m.severity_critical() : m.severity_warning();
}
