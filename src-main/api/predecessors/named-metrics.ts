import type { HostDetail } from '../../contract/host.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { MonitorApi } from '../../monitor/monitor-api.ts';

/** The source of what clients' scripts measure: such a client names metrics only. */
export const scriptsSource = 'metrics';

type Newest = HostDetail['latest'][number];

/**
 * The newest sample of every name by which an old client can ask: the metric, with its labels behind it where it has some, as in
 * `disk_percent{mount=/}`. Of two sources with the same metric the one that was heard last counts.
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

/** The series that an old client means by this name. Throws `not_found`. */
export function seriesOf({ host, latest }: Pick<HostDetail, 'host' | 'latest'>, name: string): Newest {
  const found = newestOf(latest).get(name);
  if (found !== undefined) return found;
  throw new PlimsollError(
    'not_found',
    `The host ${JSON.stringify(host)} has sent no metric ${JSON.stringify(name)}.`,
  );
}

/** The source that a metric is of on this host, or on any for null; that of clients' scripts where nobody has sent it yet. */
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
