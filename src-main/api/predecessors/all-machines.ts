import type { HostDetail } from '../../contract/host.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';

/** A machine with the newest sample of each of its series. */
type Machine = Pick<HostDetail, 'host' | 'latest' | 'intervalSeconds'>;

/**
 * All machines with samples, as old clients know them: the hosts that send, and the machine the hub runs on, which
 * monitors itself. If a host sends under that name too, it is listed once.
 */
export function allMachines({ hosts, status }: Pick<MonitorApi, 'hosts'> & { status: Status }): Machine[] {
  const own = ownMachine(status);
  const machines: Machine[] = hosts.list().map(({ host }) => {
    const detail = hosts.detail(host);
    return host === own?.host ? { ...detail, latest: [...detail.latest, ...own.latest] } : detail;
  });
  if (own === null || machines.some(({ host }) => host === own.host)) return machines;
  return [...machines, own];
}

/** The machine with this name. Throws `not_found`. */
export function machineNamed(
  { hosts, status }: Pick<MonitorApi, 'hosts'> & { status: Status },
  name: string,
): Machine {
  const own = ownMachine(status);
  if (own?.host !== name) return hosts.detail(name);
  return allMachines({ hosts, status }).find(({ host }) => host === name) ?? own;
}

type Status = ReturnType<MonitorApi['status']>;

/** Null before the first sample. */
function ownMachine({ host, latest, sources }: Status): Machine | null {
  if (latest.length === 0) return null;
  const intervalSeconds = Math.max(1, ...sources.map((source) => source.intervalSeconds));
  return { host, intervalSeconds, latest: latest.map((sample) => ({ ...sample, unit: 'none' })) };
}
