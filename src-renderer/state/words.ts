import type { MetricDefinition, Unit } from '../../src-main/contract/metric.ts';
import type { Comparison } from '../../src-main/contract/rule.ts';
import type { Labels } from '../../src-main/contract/sample.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';
import { Format } from './format.ts';
import type { Formatted } from './format.ts';
import { stateWord } from './state-words.ts';

const formats = new Map<string, Format>();

/**
 * Formats for the displayed language. If the browser uses the same language of another region (`de-AT`, `en-GB`), its
 * conventions for times and separators apply.
 */
export function currentFormat(): Format {
  const language = getLocale();
  const regional = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
  let format = formats.get(regional);
  if (format === undefined) {
    format = new Format(regional);
    formats.set(regional, format);
  }
  return format;
}

/*
 * Titles come from the kinds, in English. Those of the kinds that Plimsoll ships are translated here; others keep the
 * title from their kind.
 */
const metricTitles: Record<string, () => string> = {
  cpu_percent: m.metric_cpu_percent,
  memory_percent: m.metric_memory_percent,
  memory_total: m.metric_memory_total,
  memory_used: m.metric_memory_used,
  memory_available: m.metric_memory_available,
  memory_free: m.metric_memory_free,
  disk_percent: m.metric_disk_percent,
  disk_total_gb: m.metric_disk_total_gb,
  disk_used_gb: m.metric_disk_used_gb,
  disk_free_gb: m.metric_disk_free_gb,
  bytes_sent_per_sec: m.metric_bytes_sent_per_sec,
  bytes_recv_per_sec: m.metric_bytes_recv_per_sec,
  value: m.metric_push_value,
  reachable: m.metric_reachable,
  latency_ms: m.metric_latency_ms,
  certificate_days_left: m.metric_certificate_days_left,
  certificate_trusted: m.metric_certificate_trusted,
  records: m.metric_records,
  response_code: m.metric_response_code,
  heartbeat_age_seconds: m.metric_heartbeat_age_seconds,
  violation: m.metric_violation,
  violations: m.metric_violations,
  file_exists: m.metric_file_exists,
  file_size_bytes: m.metric_file_size_bytes,
  file_age_seconds: m.metric_file_age_seconds,
  response_time_ms: m.metric_response_time_ms,
  status_code: m.metric_status_code,
  response_size_bytes: m.metric_response_size_bytes,
  http_ok: m.metric_http_ok,
  cgroup_memory_percent: m.metric_cgroup_memory_percent,
  cgroup_memory_limit: m.metric_cgroup_memory_limit,
  cgroup_memory_used: m.metric_cgroup_memory_used,
  cgroup_cpu_percent: m.metric_cgroup_cpu_percent,
  cgroup_cpu_limit_cores: m.metric_cgroup_cpu_limit_cores,
  cgroup_cpu_throttled_percent: m.metric_cgroup_cpu_throttled_percent,
  cpu_core_percent: m.metric_cpu_core_percent,
  load_1: m.metric_load_1,
  load_5: m.metric_load_5,
  load_15: m.metric_load_15,
  swap_percent: m.metric_swap_percent,
  swap_total: m.metric_swap_total,
  swap_used: m.metric_swap_used,
  swap_free: m.metric_swap_free,
  mount_percent: m.metric_mount_percent,
  mount_total_gb: m.metric_mount_total_gb,
  mount_used_gb: m.metric_mount_used_gb,
  mount_free_gb: m.metric_mount_free_gb,
  mount_inodes_percent: m.metric_mount_inodes_percent,
  disk_read_bytes_per_sec: m.metric_disk_read_bytes_per_sec,
  disk_written_bytes_per_sec: m.metric_disk_written_bytes_per_sec,
  disk_reads_per_sec: m.metric_disk_reads_per_sec,
  disk_writes_per_sec: m.metric_disk_writes_per_sec,
  disk_busy_percent: m.metric_disk_busy_percent,
  interface_bytes_sent_per_sec: m.metric_interface_bytes_sent_per_sec,
  interface_bytes_recv_per_sec: m.metric_interface_bytes_recv_per_sec,
  interface_packets_sent_per_sec: m.metric_interface_packets_sent_per_sec,
  interface_packets_recv_per_sec: m.metric_interface_packets_recv_per_sec,
  interface_errors_per_sec: m.metric_interface_errors_per_sec,
  interface_drops_per_sec: m.metric_interface_drops_per_sec,
  connections_total: m.metric_connections_total,
  protocol_connections: m.metric_protocol_connections,
  tcp_connections: m.metric_tcp_connections,
  uptime_seconds: m.metric_uptime_seconds,
  boot_time: m.metric_boot_time,
  temperature_celsius: m.metric_temperature_celsius,
  battery_percent: m.metric_battery_percent,
  on_ac: m.metric_on_ac,
  process_count_total: m.metric_process_count_total,
  process_running: m.metric_process_running,
  process_count: m.metric_process_count,
  process_cpu_percent: m.metric_process_cpu_percent,
  process_memory_bytes: m.metric_process_memory_bytes,
  process_threads: m.metric_process_threads,
  process_open_files: m.metric_process_open_files,
  process_started_at: m.metric_process_started_at,
  process_status: m.metric_process_status,
  process_zombies: m.metric_process_zombies,
  process_blocked: m.metric_process_blocked,
  process_stopped: m.metric_process_stopped,
  top_process_cpu_percent: m.metric_top_process_cpu_percent,
  top_process_memory_bytes: m.metric_top_process_memory_bytes,
  top_process_threads: m.metric_top_process_threads,
  top_process_open_files: m.metric_top_process_open_files,
  top_process_status: m.metric_top_process_status,
  top_process_started_at: m.metric_top_process_started_at,
  series_left_out: m.metric_series_left_out,
  own_cpu_percent: m.metric_own_cpu_percent,
  own_memory_bytes: m.metric_own_memory_bytes,
  running_seconds: m.metric_running_seconds,
  collectors_up: m.metric_collectors_up,
  network_up: m.metric_network_up,
  time_lost_seconds: m.metric_time_lost_seconds,
  clock_set_seconds: m.metric_clock_set_seconds,
  deliveries_waiting: m.metric_deliveries_waiting,
  deliveries_failed: m.metric_deliveries_failed,
  destination_up: m.metric_destination_up,
  destination_down: m.metric_destination_down,
  samples_waiting: m.metric_samples_waiting,
  samples_lost: m.metric_samples_lost,
  destination_clock_ahead_seconds: m.metric_destination_clock_ahead_seconds,
  history_up: m.metric_history_up,
  host_up: m.metric_host_up,
  host_clock_skew_seconds: m.metric_host_clock_skew_seconds,
};

function named(title: string, name: string): string {
  return title === '' ? name : title;
}

/** Separate maps, because a source kind and a destination kind may have the same name. */
const kindTitles: Record<'sources' | 'destinations', Record<string, () => string>> = {
  sources: {
    cpu: m.kind_cpu,
    memory: m.kind_memory,
    disk: m.kind_disk,
    network: m.kind_network,
    ping: m.kind_ping,
    script: m.kind_script,
    tcp: m.kind_tcp,
    dns: m.kind_dns,
    certificate: m.kind_certificate,
    http: m.kind_http,
    prometheus: m.kind_prometheus,
    file: m.kind_source_file,
    heartbeat: m.kind_heartbeat,
    push: m.kind_push,
    battery: m.kind_battery,
    connections: m.kind_connections,
    'disk-io': m.kind_disk_io,
    mounts: m.kind_mounts,
    processes: m.kind_processes,
    temperatures: m.kind_temperatures,
    uptime: m.kind_uptime,
  },
  destinations: {
    file: m.kind_file,
    desktop: m.kind_desktop,
    webhook: m.kind_webhook,
    email: m.kind_email,
    slack: m.kind_slack,
    discord: m.kind_discord,
    teams: m.kind_teams,
    telegram: m.kind_telegram,
    ntfy: m.kind_ntfy,
    gotify: m.kind_gotify,
    pagerduty: m.kind_pagerduty,
    apprise: m.kind_apprise,
    mqtt: m.kind_mqtt,
    syslog: m.kind_syslog,
    command: m.kind_command,
  },
};

const kindAbouts: typeof kindTitles = {
  sources: {
    cpu: m.about_cpu,
    memory: m.about_memory,
    disk: m.about_disk,
    network: m.about_network,
    http: m.about_http,
    ping: m.about_ping,
    script: m.about_script,
    tcp: m.about_tcp,
    dns: m.about_dns,
    certificate: m.about_certificate,
    prometheus: m.about_prometheus,
    file: m.about_source_file,
    push: m.about_push,
    heartbeat: m.about_heartbeat,
    battery: m.about_battery,
    connections: m.about_connections,
    'disk-io': m.about_disk_io,
    mounts: m.about_mounts,
    processes: m.about_processes,
    temperatures: m.about_temperatures,
    uptime: m.about_uptime,
  },
  destinations: {
    file: m.about_file,
    desktop: m.about_desktop,
    webhook: m.about_webhook,
    email: m.about_email,
    slack: m.about_slack,
    discord: m.about_discord,
    teams: m.about_teams,
    telegram: m.about_telegram,
    ntfy: m.about_ntfy,
    gotify: m.about_gotify,
    pagerduty: m.about_pagerduty,
    apprise: m.about_apprise,
    mqtt: m.about_mqtt,
    syslog: m.about_syslog,
    command: m.about_command,
    hub: m.about_hub,
    influxdb: m.about_influxdb,
    'remote-write': m.about_remote_write,
  },
};

export function metricTitle(metric: string, definition?: MetricDefinition): string {
  return metricTitles[metric]?.() ?? named(definition?.title ?? '', metric);
}

/** Metrics whose value is a time in seconds since 1970, shown as a date. */
const moments: ReadonlySet<string> = new Set(['boot_time', 'process_started_at', 'top_process_started_at']);

type Measured = Pick<MetricDefinition, 'unit' | 'sign'>;

/** A value with its unit, or with the metric's own sign if no unit fits. */
export function valueParts(value: number, { unit, sign = '' }: Measured, format: Format): Formatted {
  const parts = format.parts(value, unit);
  return parts.unit === '' ? { ...parts, unit: sign } : parts;
}

/** The value of a metric as text. */
export function metricValue(
  metric: string,
  value: number,
  definition: Measured,
  format: Format,
  now: number,
): Formatted {
  const state = stateWord(metric, value);
  if (state !== null) return { number: state, unit: '' };
  return moments.has(metric)
    ? { number: format.moment(1000 * value, now), unit: '' }
    : valueParts(value, definition, format);
}

const metricHelps: Record<string, () => string> = {
  cpu_percent: m.help_cpu_percent,
  memory_percent: m.help_memory_percent,
  memory_total: m.help_memory_total,
  memory_used: m.help_memory_used,
  memory_available: m.help_memory_available,
  memory_free: m.help_memory_free,
  disk_percent: m.help_disk_percent,
  disk_total_gb: m.help_disk_total_gb,
  disk_used_gb: m.help_disk_used_gb,
  disk_free_gb: m.help_disk_free_gb,
  bytes_sent_per_sec: m.help_bytes_sent_per_sec,
  bytes_recv_per_sec: m.help_bytes_recv_per_sec,
  response_time_ms: m.help_response_time_ms,
  status_code: m.help_status_code,
  records: m.help_records,
  response_code: m.help_response_code,
  certificate_days_left: m.help_certificate_days_left,
  certificate_trusted: m.help_certificate_trusted,
  heartbeat_age_seconds: m.help_heartbeat_age_seconds,
  file_exists: m.help_file_exists,
  file_size_bytes: m.help_file_size_bytes,
  file_age_seconds: m.help_file_age_seconds,
  response_size_bytes: m.help_response_size_bytes,
  http_ok: m.help_http_ok,
  cgroup_memory_percent: m.help_cgroup_memory_percent,
  cgroup_memory_limit: m.help_cgroup_memory_limit,
  cgroup_memory_used: m.help_cgroup_memory_used,
  cgroup_cpu_percent: m.help_cgroup_cpu_percent,
  cgroup_cpu_limit_cores: m.help_cgroup_cpu_limit_cores,
  cgroup_cpu_throttled_percent: m.help_cgroup_cpu_throttled_percent,
  cpu_core_percent: m.help_cpu_core_percent,
  load_1: m.help_load_1,
  load_5: m.help_load_5,
  load_15: m.help_load_15,
  swap_percent: m.help_swap_percent,
  swap_total: m.help_swap_total,
  swap_used: m.help_swap_used,
  swap_free: m.help_swap_free,
  mount_percent: m.help_mount_percent,
  mount_total_gb: m.help_mount_total_gb,
  mount_used_gb: m.help_mount_used_gb,
  mount_free_gb: m.help_mount_free_gb,
  mount_inodes_percent: m.help_mount_inodes_percent,
  disk_read_bytes_per_sec: m.help_disk_read_bytes_per_sec,
  disk_written_bytes_per_sec: m.help_disk_written_bytes_per_sec,
  disk_reads_per_sec: m.help_disk_reads_per_sec,
  disk_writes_per_sec: m.help_disk_writes_per_sec,
  disk_busy_percent: m.help_disk_busy_percent,
  interface_bytes_sent_per_sec: m.help_interface_bytes_sent_per_sec,
  interface_bytes_recv_per_sec: m.help_interface_bytes_recv_per_sec,
  interface_packets_sent_per_sec: m.help_interface_packets_sent_per_sec,
  interface_packets_recv_per_sec: m.help_interface_packets_recv_per_sec,
  interface_errors_per_sec: m.help_interface_errors_per_sec,
  interface_drops_per_sec: m.help_interface_drops_per_sec,
  connections_total: m.help_connections_total,
  protocol_connections: m.help_protocol_connections,
  tcp_connections: m.help_tcp_connections,
  uptime_seconds: m.help_uptime_seconds,
  boot_time: m.help_boot_time,
  temperature_celsius: m.help_temperature_celsius,
  battery_percent: m.help_battery_percent,
  on_ac: m.help_on_ac,
  process_count_total: m.help_process_count_total,
  process_running: m.help_process_running,
  process_count: m.help_process_count,
  process_cpu_percent: m.help_process_cpu_percent,
  process_memory_bytes: m.help_process_memory_bytes,
  process_threads: m.help_process_threads,
  process_open_files: m.help_process_open_files,
  process_started_at: m.help_process_started_at,
  process_status: m.help_process_status,
  process_zombies: m.help_process_zombies,
  process_blocked: m.help_process_blocked,
  process_stopped: m.help_process_stopped,
  top_process_cpu_percent: m.help_top_process_cpu_percent,
  top_process_memory_bytes: m.help_top_process_memory_bytes,
  top_process_threads: m.help_top_process_threads,
  top_process_open_files: m.help_top_process_open_files,
  top_process_status: m.help_top_process_status,
  top_process_started_at: m.help_top_process_started_at,
  series_left_out: m.help_series_left_out,
  value: m.help_push_value,
  reachable: m.help_reachable,
  latency_ms: m.help_latency_ms,
  own_cpu_percent: m.help_own_cpu_percent,
  own_memory_bytes: m.help_own_memory_bytes,
  running_seconds: m.help_running_seconds,
  collectors_up: m.help_collectors_up,
  network_up: m.help_network_up,
  time_lost_seconds: m.help_time_lost_seconds,
  clock_set_seconds: m.help_clock_set_seconds,
  deliveries_waiting: m.help_deliveries_waiting,
  deliveries_failed: m.help_deliveries_failed,
  destination_up: m.help_destination_up,
  destination_down: m.help_destination_down,
  samples_waiting: m.help_samples_waiting,
  samples_lost: m.help_samples_lost,
  destination_clock_ahead_seconds: m.help_destination_clock_ahead_seconds,
  history_up: m.help_history_up,
  host_up: m.help_host_up,
};

/** The meaning of a metric, in a sentence. */
export function metricHelp(metric: string, definition: MetricDefinition): string {
  return metricHelps[metric]?.() ?? definition.help;
}

export function kindTitle(kind: string, title = kind, list: 'sources' | 'destinations' = 'sources'): string {
  return kindTitles[list][kind]?.() ?? title;
}

/** The purpose of a kind, in a sentence. */
export function kindAbout(
  { kind, description }: { kind: string; description: string },
  list: 'sources' | 'destinations',
): string {
  return kindAbouts[list][kind]?.() ?? description;
}

/** Display name of a source: its name, or the translated kind if it is named like its kind. */
export function sourceTitle(name: string, kind: string | undefined): string {
  return name === kind ? kindTitle(name) : name;
}

/**
 * The subject of a sentence: `Memory`, `Disk /data`, `Network: sent`. The metric is named only if the source's name
 * does not make clear which value is meant.
 */
export function subjectOf(
  source: { name: string; kind: string | undefined },
  metric: string,
  labels: Labels,
  definition?: MetricDefinition,
  /** True if no other metric of the source is named beside it. */
  isAlone = true,
): string {
  const name = sourceTitle(source.name, source.kind);
  const title = metricTitle(metric, definition);
  const isPrimary = (isAlone && metric === primaryMetric(source.kind)) || title === name;
  // A title that begins with the source's name already names it: `Disk, free`.
  const saysName = title.toLocaleLowerCase().startsWith(`${name.toLocaleLowerCase()}, `);
  const said =
    isPrimary || metric === ''
      ? name
      : saysName
        ? title
        : m.subject_of_source({ source: name, metric: title });
  const distinction = Object.values(labels).join(', ');
  return distinction === '' ? said : `${said} ${distinction}`;
}

const primaryMetrics: Record<string, string> = {
  cpu: 'cpu_percent',
  memory: 'memory_percent',
  disk: 'disk_percent',
  network: 'bytes_recv_per_sec',
  http: 'response_time_ms',
  mounts: 'mount_percent',
  'disk-io': 'disk_busy_percent',
  processes: 'process_count_total',
};

/** The metric that represents a source on a card; undefined for the first one of its kind. */
export function primaryMetric(kind: string | undefined): string | undefined {
  return kind === undefined ? undefined : primaryMetrics[kind];
}

/** The fields of a rule that define its limit. Rules with a baseline or the comparison `changed` have no threshold of their own. */
export interface LimitTerms {
  comparison: Comparison;
  threshold?: number | null | undefined;
  upperThreshold?: number | null | undefined;
  baseline?: unknown;
}

/** `above 85 %`, `below 10 GiB`, `at 0`. */
export function limitWords(terms: LimitTerms, unit: Unit, format: Format): string {
  const { comparison, threshold = null, upperThreshold = null } = terms;
  if (terms.baseline !== undefined) return unusualWords(comparison);
  const limit = threshold === null ? m.value_unknown() : format.limit(threshold, unit);
  const high = upperThreshold === null ? m.value_unknown() : format.limit(upperThreshold, unit);
  switch (comparison) {
    case 'greater_than':
      return m.limit_above({ limit });
    case 'less_than':
      return m.limit_below({ limit });
    case 'equals':
      return m.limit_at({ limit });
    case 'greater_or_equal':
      return m.limit_at_least({ limit });
    case 'less_or_equal':
      return m.limit_at_most({ limit });
    case 'not_equals':
      return m.limit_other({ limit });
    case 'between':
      return m.limit_between({ low: limit, high });
    case 'outside':
      return m.limit_outside({ low: limit, high });
    case 'changed':
      return m.limit_changed();
    case 'unchanged':
      return m.limit_unchanged();
  }
}

function unusualWords(comparison: Comparison): string {
  if (comparison === 'greater_than') return m.limit_unusually_high();
  return comparison === 'less_than' ? m.limit_unusually_low() : m.limit_unusual();
}
