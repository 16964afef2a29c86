import type { SourceHealth } from '../../contract/status.ts';

/** The one thing that is said while this machine has no network; null while it has one, or nobody waits for it. */
export function networkNotice(isUp: boolean | null, sources: readonly SourceHealth[]): string | null {
  if (isUp !== false) return null;
  const waiting = sources.filter(({ enabled, error }) => enabled && error?.code === 'network_down').length;
  if (waiting === 0) return null;
  return `This machine has no network: ${waiting === 1 ? '1 source that asks others waits' : `${waiting} sources that ask others wait`}.`;
}
