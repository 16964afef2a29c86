import type { HostDetail } from '../../contract/host.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';

/** The source of the values from clients' scripts, because such a client names only metrics. */
export const scriptsSource = 'metrics';

type Newest = HostDetail['latest'][number];

/**
 * The newest sample by the name an old client uses: the metric, followed by its labels if any, as in
 * `disk_percent{mount=/}`. If two sources have the same metric, the more recent sample counts.
 */
export function newestOf(latest: readonly Newest[]): Map<string, Newest> {
  const newest = new Map<string, Newest>();
  for (const sample of latest) {
    const labels = Object.entries(sample.labels)
      .map(([label, value]) => `${label}=${value}`)
      .sort();
    const name = labels.length === 0 ? sample.metric : `${sample.metric}{${labels.join(',')}}`;
    if ((newest.get(name)?.at ?? -Infinity) < sample.at) newest.set(name, sample);
  }
  return newest;
}

/** The series with this name. Throws `not_found`. */
export function seriesOf({ host, latest }: Pick<HostDetail, 'host' | 'latest'>, name: string): Newest {
  const found = newestOf(latest).get(name);
  if (found !== undefined) return found;
  throw new PlimsollError(
    'not_found',
    `The host ${JSON.stringify(host)} has sent no metric ${JSON.stringify(name)}.`,
  );
}

/** The source of a metric on this host (null: any host). If nobody has sent the metric yet, the source of clients' scripts. */
export function sourceOf(
  monitor: Pick<MonitorApi, 'hosts' | 'status'>,
  hostname: string | null,
  metric: string,
): string {
  const { hosts } = monitor;
  const names = hosts.list().flatMap(({ host }) => (hostname === null || host === hostname ? [host] : []));
  for (const name of names) {
    const found = newestOf(hosts.detail(name).latest).get(metric);
    if (found !== undefined) return found.source;
  }
  const isPlain = (labels: Newest['labels']) => Object.keys(labels).length === 0;
  const own = monitor.status().latest.find((sample) => sample.metric === metric && isPlain(sample.labels));
  return own?.source ?? scriptsSource;
}
