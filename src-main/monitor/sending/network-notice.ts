import type { SourceHealth } from '../../contract/status.ts';

/** The single notice while this machine has no network; null if it has one, or nothing needs it. */
export function networkNotice(isUp: boolean | null, sources: readonly SourceHealth[]): string | null {
  if (isUp !== false) return null;
  const waiting = sources.filter(({ enabled, error }) => enabled && error?.code === 'network_down').length;
  if (waiting === 0) return null;
  return `This machine has no network: ${waiting === 1 ? '1 source that asks others waits' : `${waiting} sources that ask others wait`}.`;
}
