import { weekdays } from '../../src-main/contract/downtime.ts';
import { m } from '../paraglide/messages.js';
import { locales } from '../paraglide/runtime.js';
import { weekdayWord } from './downtime-words.ts';
import { languageName } from './language-name.ts';
import type { SchemaField } from './schema-fields.ts';
import { currentFormat } from './words.ts';

/*
 * Titles and help texts of forms come from the kinds' schemas, in English. The settings that Plimsoll ships are
 * translated here by key, or by `kind.key` if the key has different meanings. All others keep the text of their schema.
 */
const words: Record<string, { title: () => string; help?: () => string }> = {
  name: { title: m.field_name },
  enabled: { title: m.schema_enabled },
  intervalSeconds: { title: m.schema_interval, help: m.schema_interval_help },
  path: { title: m.schema_path, help: m.schema_path_help },
  'file.path': { title: m.schema_path, help: m.schema_file_path_help },
  maxWorkers: { title: m.schema_max_workers, help: m.schema_max_workers_help },
  checkIntervalSeconds: { title: m.schema_check_interval, help: m.schema_check_interval_help },
  slowerOnBattery: { title: m.schema_slower_on_battery, help: m.schema_slower_on_battery_help },
  slowerUnwatched: { title: m.schema_slower_unwatched, help: m.schema_slower_unwatched_help },
  rawRetentionHours: { title: m.schema_retention, help: m.schema_retention_help },
  minuteRetentionDays: { title: m.schema_retention_minutes, help: m.schema_retention_minutes_help },
  hourRetentionDays: { title: m.schema_retention_hours, help: m.schema_retention_hours_help },
  dayRetentionDays: { title: m.schema_retention_days, help: m.schema_retention_days_help },
  historyMegabytes: { title: m.schema_history_size, help: m.schema_history_size_help },
  logLevel: { title: m.schema_log_level, help: m.schema_log_level_help },
  logAlerts: { title: m.schema_log_alerts, help: m.schema_log_alerts_help },
  logMetrics: { title: m.schema_log_metrics, help: m.schema_log_metrics_help },
  logMetricsSeconds: { title: m.schema_log_metrics_seconds, help: m.schema_log_metrics_seconds_help },
  destinationAlerts: { title: m.schema_destination_alerts, help: m.schema_destination_alerts_help },
  destinationAlertSeconds: {
    title: m.schema_destination_alert_seconds,
    help: m.schema_destination_alert_seconds_help,
  },
  destinationAlertSeverity: {
    title: m.schema_destination_alert_severity,
    help: m.schema_destination_alert_severity_help,
  },
  sendTo: { title: m.schema_send_to, help: m.schema_send_to_help },
  'report.directory': { title: m.schema_directory, help: m.schema_report_directory_help },
  'report.keep': { title: m.schema_report_keep, help: m.schema_report_keep_help },
  'report.every': { title: m.schema_report_every, help: m.schema_report_every_help },
  'report.at': { title: m.schema_report_at, help: m.schema_report_at_help },
  'report.day': { title: m.schema_report_day, help: m.schema_report_day_help },
  'report.zone': { title: m.zone, help: m.schema_report_zone_help },
  'report.language': { title: m.settings_language, help: m.schema_report_language_help },
  directory: { title: m.schema_directory, help: m.schema_directory_help },
  formats: { title: m.schema_formats, help: m.schema_formats_help },
  compress: { title: m.schema_compress, help: m.schema_compress_help },
  maxFiles: { title: m.schema_max_files, help: m.schema_max_files_help },
  everyViolation: { title: m.schema_every_violation, help: m.schema_every_violation_help },
  'file.everySeconds': { title: m.schema_file_every_seconds, help: m.schema_file_every_seconds_help },
  onResolve: { title: m.schema_on_resolve, help: m.schema_on_resolve_help },
  url: { title: m.schema_url, help: m.schema_url_help },
  method: { title: m.schema_method, help: m.schema_method_help },
  'http.method': { title: m.schema_method, help: m.schema_http_method_help },
  headers: { title: m.schema_headers, help: m.schema_headers_help },
  username: { title: m.schema_username, help: m.schema_username_help },
  password: { title: m.schema_password, help: m.schema_password_help },
  token: { title: m.schema_token, help: m.schema_token_help },
  body: { title: m.schema_body, help: m.schema_body_help },
  host: { title: m.schema_target_host, help: m.schema_target_host_help },
  port: { title: m.schema_port, help: m.schema_target_port_help },
  'email.host': { title: m.schema_host, help: m.schema_host_help },
  'email.port': { title: m.schema_port, help: m.schema_port_help },
  security: { title: m.schema_security, help: m.schema_security_help },
  from: { title: m.schema_from, help: m.schema_from_help },
  to: { title: m.schema_to, help: m.schema_to_help },
  'mqtt.url': { title: m.schema_mqtt_url, help: m.schema_mqtt_url_help },
  topic: { title: m.schema_mqtt_topic, help: m.schema_mqtt_topic_help },
  qos: { title: m.schema_mqtt_qos, help: m.schema_mqtt_qos_help },
  retain: { title: m.schema_mqtt_retain, help: m.schema_mqtt_retain_help },
  stateTopic: { title: m.schema_mqtt_state_topic, help: m.schema_mqtt_state_topic_help },
  transport: { title: m.schema_syslog_transport, help: m.schema_syslog_transport_help },
  'syslog.host': { title: m.schema_host, help: m.schema_syslog_host_help },
  'syslog.port': { title: m.schema_port, help: m.schema_syslog_port_help },
  facility: { title: m.schema_syslog_facility, help: m.schema_syslog_facility_help },
  appName: { title: m.schema_syslog_app_name, help: m.schema_syslog_app_name_help },
  socket: { title: m.schema_syslog_socket, help: m.schema_syslog_socket_help },
  'command.file': { title: m.schema_command_file, help: m.schema_command_file_help },
  'command.arguments': { title: m.schema_script_arguments, help: m.schema_command_arguments_help },
  'command.timeoutSeconds': { title: m.schema_script_timeout, help: m.schema_command_timeout_help },
  sources: { title: m.settings_sources, help: m.schema_sample_sources_help },
  metrics: { title: m.schema_sample_metrics, help: m.schema_sample_metrics_help },
  everySeconds: { title: m.schema_every_seconds, help: m.schema_every_seconds_help },
  'hub.url': { title: m.schema_url, help: m.schema_hub_url_help },
  'hub.token': { title: m.schema_token, help: m.schema_hub_token_help },
  'hub.agentName': { title: m.schema_agent_name, help: m.schema_agent_name_help },
  'influxdb.url': { title: m.schema_url, help: m.schema_influx_url_help },
  'influxdb.version': { title: m.schema_influx_version, help: m.schema_influx_version_help },
  'influxdb.database': { title: m.schema_influx_database, help: m.schema_influx_database_help },
  'influxdb.retentionPolicy': { title: m.schema_influx_retention, help: m.schema_influx_retention_help },
  'influxdb.username': { title: m.schema_username, help: m.schema_influx_username_help },
  'influxdb.organisation': { title: m.schema_influx_organisation, help: m.schema_influx_organisation_help },
  'influxdb.bucket': { title: m.schema_influx_bucket, help: m.schema_influx_bucket_help },
  'influxdb.token': { title: m.schema_token, help: m.schema_influx_token_help },
  'remote-write.url': { title: m.schema_url, help: m.schema_remote_write_url_help },
  'remote-write.username': { title: m.schema_username, help: m.schema_remote_write_username_help },
  webhookUrl: { title: m.schema_webhook_url, help: m.schema_webhook_url_help },
  plimsollUrl: { title: m.schema_plimsoll_url, help: m.schema_plimsoll_url_help },
  'webhook.signingSecret': { title: m.schema_signing_secret, help: m.schema_signing_secret_help },
  'discord.webhookUrl': { title: m.schema_webhook_url, help: m.schema_discord_webhook_help },
  'teams.webhookUrl': { title: m.schema_teams_webhook, help: m.schema_teams_webhook_help },
  'telegram.token': { title: m.schema_telegram_token, help: m.schema_telegram_token_help },
  'telegram.chatId': { title: m.schema_telegram_chat, help: m.schema_telegram_chat_help },
  'telegram.threadId': { title: m.schema_telegram_thread, help: m.schema_telegram_thread_help },
  'telegram.server': { title: m.schema_service_server, help: m.schema_telegram_server_help },
  'ntfy.topic': { title: m.schema_ntfy_topic, help: m.schema_ntfy_topic_help },
  'ntfy.server': { title: m.schema_service_server, help: m.schema_ntfy_server_help },
  'ntfy.token': { title: m.schema_ntfy_token, help: m.schema_ntfy_token_help },
  'ntfy.username': { title: m.schema_username, help: m.schema_ntfy_username_help },
  'gotify.server': { title: m.schema_service_server, help: m.schema_gotify_server_help },
  'gotify.token': { title: m.schema_gotify_token, help: m.schema_gotify_token_help },
  'pagerduty.routingKey': { title: m.schema_pagerduty_key, help: m.schema_pagerduty_key_help },
  'pagerduty.server': { title: m.schema_service_server, help: m.schema_pagerduty_server_help },
  'pagerduty.onResolve': { title: m.schema_on_resolve, help: m.schema_pagerduty_on_resolve_help },
  'apprise.server': { title: m.schema_service_server, help: m.schema_apprise_server_help },
  'apprise.key': { title: m.schema_apprise_key, help: m.schema_apprise_key_help },
  'apprise.urls': { title: m.schema_apprise_urls, help: m.schema_apprise_urls_help },
  'apprise.tag': { title: m.schema_apprise_tag, help: m.schema_apprise_tag_help },
  perCore: { title: m.schema_cores, help: m.schema_cores_help },
  perInterface: { title: m.schema_interfaces, help: m.schema_interfaces_help },
  tcpStates: { title: m.schema_tcp_states, help: m.schema_tcp_states_help },
  watch: { title: m.schema_watch, help: m.schema_watch_help },
  topDetails: { title: m.schema_top_details, help: m.schema_top_details_help },
  top: { title: m.schema_top, help: m.schema_top_help },
  lookup: { title: m.schema_lookup, help: m.schema_lookup_help },
  recordType: { title: m.schema_record_type, help: m.schema_record_type_help },
  server: { title: m.schema_name_server, help: m.schema_name_server_help },
  expected: { title: m.schema_expected, help: m.schema_expected_help },
  serverName: { title: m.schema_server_name, help: m.schema_server_name_help },
  authorityFile: { title: m.schema_authority_file, help: m.schema_authority_file_help },
  verifyCertificate: { title: m.schema_certificate_check, help: m.schema_certificate_check_help },
  expectStatus: { title: m.schema_expect_status, help: m.schema_expect_status_help },
  expectText: { title: m.schema_expect_text, help: m.schema_expect_text_help },
  fields: { title: m.schema_fields, help: m.schema_fields_help },
  include: { title: m.schema_include, help: m.schema_include_help },
  exclude: { title: m.schema_exclude, help: m.schema_exclude_help },
  'script.file': { title: m.schema_script_file, help: m.schema_script_file_help },
  format: { title: m.schema_script_format, help: m.schema_script_format_help },
  arguments: { title: m.schema_script_arguments, help: m.schema_script_arguments_help },
  interpreter: { title: m.schema_script_interpreter, help: m.schema_script_interpreter_help },
  settings: { title: m.schema_script_settings, help: m.schema_script_settings_help },
  timeoutSeconds: { title: m.schema_script_timeout, help: m.schema_script_timeout_help },
  labels: { title: m.schema_labels, help: m.schema_labels_help },
  tags: { title: m.schema_tags, help: m.schema_tags_help },
  'downtime.tags': { title: m.schema_tags, help: m.schema_pattern_tags_help },
  'webhook.body': { title: m.schema_body, help: m.schema_webhook_body_help },
  'wording.title': { title: m.schema_wording_title, help: m.schema_wording_title_help },
  'wording.text': { title: m.schema_wording_text, help: m.schema_wording_text_help },
  'route.hosts': { title: m.schema_rule_hosts, help: m.schema_rule_hosts_help },
  'route.tags': { title: m.schema_tags, help: m.schema_pattern_tags_help },
  'downtime.hosts': { title: m.schema_rule_hosts, help: m.schema_downtime_hosts_help },
  'downtime.sources': { title: m.settings_sources, help: m.schema_downtime_sources_help },
  'rule.violationsOf': { title: m.schema_violations_of, help: m.schema_violations_of_help },
  'rule.forSeconds': { title: m.schema_for_seconds, help: m.schema_for_seconds_help },
  'rule.clearAfterSeconds': { title: m.schema_clear_after, help: m.schema_clear_after_help },
  'rule.remindEverySeconds': { title: m.schema_remind_every, help: m.schema_remind_every_help },
  'rule.announceEveryChange': {
    title: m.schema_announce_every_change,
    help: m.schema_announce_every_change_help,
  },
  'rule.parents': { title: m.schema_parents, help: m.schema_parents_help },
  'rule.labels': { title: m.schema_rule_labels, help: m.schema_rule_labels_help },
  'rule.hosts': { title: m.schema_rule_hosts, help: m.schema_rule_hosts_help },
  'hub.allowAnonymousFrom': { title: m.schema_hub_anonymous, help: m.schema_hub_anonymous_help },
  'hub.tlsCertificate': { title: m.schema_hub_certificate, help: m.schema_hub_certificate_help },
  'hub.tlsKey': { title: m.schema_hub_key, help: m.schema_hub_key_help },
  'hub.names': { title: m.schema_hub_names, help: m.schema_hub_names_help },
  'hub.assumeZone': { title: m.schema_hub_zones, help: m.schema_hub_zones_help },
  'hub.historyRecords': { title: m.schema_hub_records, help: m.schema_hub_records_help },
  'host.tags': { title: m.host_tags_yours, help: m.host_tags_help },
  'rule.hostTags': { title: m.schema_rule_host_tags, help: m.schema_rule_host_tags_help },
  'rule.judgedBy': { title: m.schema_judged_by, help: m.schema_judged_by_help },
  'hub.takeRules': { title: m.schema_take_rules, help: m.schema_take_rules_help },
  'hub.maySleep': { title: m.schema_may_sleep, help: m.schema_may_sleep_help },
  'rule.expression': { title: m.schema_expression, help: m.schema_expression_help },
  'rule.window.function': { title: m.schema_window_function, help: m.schema_window_function_help },
  'rule.window.seconds': { title: m.schema_window_seconds },
  'rule.noData.policy': { title: m.schema_policy, help: m.schema_no_data_policy_help },
  'rule.noData.afterSeconds': { title: m.schema_after_seconds },
  'rule.onSourceError.policy': { title: m.schema_policy, help: m.schema_source_error_policy_help },
  'rule.onSourceError.afterSeconds': { title: m.schema_after_seconds },
  'rule.forecast.withinDays': { title: m.schema_within_days },
  'rule.forecast.overDays': { title: m.schema_over_days, help: m.schema_over_days_help },
  'rule.baseline.quantile': { title: m.schema_quantile, help: m.schema_quantile_help },
  'rule.baseline.weeks': { title: m.schema_weeks, help: m.schema_weeks_help },
  'rule.baseline.margin': { title: m.schema_margin, help: m.schema_margin_help },
};

const options: Record<string, Record<string, () => string>> = {
  security: {
    starttls: m.security_starttls,
    tls: m.security_tls,
    plain: m.security_plain,
    opportunistic: m.security_opportunistic,
  },
  destinationAlertSeverity: {
    warning: m.severity_warning,
    critical: m.severity_critical,
  },
  judgedBy: {
    hub: m.judged_by_hub,
    agent: m.judged_by_agent,
  },
  transport: {
    local: m.syslog_local,
    udp: m.syslog_udp,
    tcp: m.syslog_tcp,
    tls: m.syslog_tls,
  },
  'report.every': {
    day: m.schema_report_every_day,
    week: m.schema_report_every_week,
  },
  'report.day': Object.fromEntries(
    weekdays.map((day) => [day, () => weekdayWord(day, currentFormat(), 'long')]),
  ),
  'report.language': Object.fromEntries(locales.map((locale) => [locale, () => languageName(locale)])),
};

/** Label for choosing nothing, for fields where that has a specific meaning. */
const noneOfThem: Record<string, () => string> = {
  sendTo: m.schema_send_to_none,
  'report.every': m.schema_report_every_none,
  'report.language': m.schema_report_language_none,
};

function ofField<Words>(table: Record<string, Words>, { kind, key }: SchemaField): Words | undefined {
  return table[`${kind}.${key}`] ?? table[key];
}

export function fieldTitle(field: SchemaField): string {
  return ofField(words, field)?.title() ?? field.title;
}

export function fieldHelp(field: SchemaField): string {
  return ofField(words, field)?.help?.() ?? field.description;
}

/** Title of a choice; well-known codes such as `GET` are not translated. */
export function optionTitle(field: SchemaField, option: string): string {
  return ofField(options, field)?.[option]?.() ?? option;
}

/** Label for choosing nothing. */
export function noOptionTitle(field: SchemaField): string {
  return ofField(noneOfThem, field)?.() ?? m.choice_none();
}

export function fieldUnit(unit: string | null): string {
  const units: Record<string, () => string> = {
    seconds: m.unit_seconds,
    hours: m.unit_hours,
    days: m.unit_days,
    bytes: m.unit_bytes,
    megabytes: m.unit_megabytes,
    files: m.unit_files,
  };
  return unit === null ? '' : (units[unit]?.() ?? unit);
}
