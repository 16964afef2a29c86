import type { Predecessor } from './predecessor.ts';
import { fillList, isRecord, quoted, Section, wordMeant } from './reader.ts';
import type { Entry, Found } from './reader.ts';
import { asBoolean, asWholeNumber, inCapitals } from './readings.ts';
import { RuleIdentities } from './rule-identity.ts';
import { moveAddress, moveHeaders, moveSecret } from './secrets.ts';
import { fillDestinations } from './threshold-monitor-exports.ts';

const ownKeys = ['data_sources', 'threshold_rules', 'export_settings'];

/** Kinds of sources by the name of the psutil function. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['psutil.cpu_percent', 'cpu'],
  ['psutil.virtual_memory', 'memory'],
  ['psutil.disk_usage', 'disk'],
  ['psutil.net_io_counters', 'network'],
]);

/** Exports data when thresholds are crossed: `config.yaml` with sources, rules and export settings. */
export const thresholdMonitor: Predecessor = {
  title: 'Threshold monitor (config.yaml)',
  starter: false,
  logsBeside: true,
  keys: ownKeys,
  recognises: (file) => ownKeys.some((key) => Object.hasOwn(file, key)) || isMonitoringAlone(file),
  translate(file, document) {
    const leftOut = fillSources(file, document);
    fillRules(file, document, leftOut);
    fillDestinations(file, document);
    fillMonitoring(file, document);
  },
};

/** Whether the file contains only the sampling interval. Other predecessors have a section of that name among other keys. */
function isMonitoringAlone({ monitoring, ...rest }: Readonly<Record<string, unknown>>): boolean {
  return (
    Object.keys(rest).length === 0 &&
    isRecord(monitoring) &&
    ['max_workers', 'check_interval', 'data_retention_hours'].some((key) => Object.hasOwn(monitoring, key))
  );
}

/** Returns the names of the sources that are not taken over. */
function fillSources(file: Section, document: Entry): Set<string> {
  const [leftOut, kept] = [new Set<string>(), new Set<string>()];
  fillList(file.take('data_sources'), { document, name: 'sources', what: 'source' }, (item, source) => {
    source.move(item, 'name', 'name');
    const isKept = fillSource(item, source);
    const name = source.content['name'];
    if (typeof name === 'string') (isKept ? kept : leftOut).add(name);
    return isKept;
  });
  return leftOut.difference(kept);
}

function fillSource(item: Section, source: Entry): boolean {
  const type = source.take(item, 'type', 'kind');
  const isEndpoint = type === undefined || type.value === 'api_endpoint';
  const from = item.take('source') ?? (isEndpoint ? item.take('url') : undefined);
  const meant = typeMeant(type, from, source);
  if (meant === 'other') {
    item.notSupported(item.path, `Plimsoll has no sources of the type ${quoted(String(type?.value))}`);
    return false;
  }
  if (meant === 'system_metric' && typeof from?.value === 'string' && !kinds.has(from.value)) {
    item.notSupported(item.path, `Plimsoll does not measure ${quoted(from.value)}`);
    return false;
  }
  if (type !== undefined) source.note(type.path, 'kind');
  source.move(item, 'enabled', 'enabled', asBoolean);
  source.move(item, 'interval', 'intervalSeconds');
  if (meant === 'api_endpoint') {
    source.set('kind', 'http', type?.path);
    fillEndpoint(item, source);
  } else if (meant === 'system_metric' && from === undefined) {
    source.take(item, 'source', 'kind');
  } else if (meant === 'system_metric' && from !== undefined) {
    source.set('kind', kindOf(from), from.path);
    source.note(from.path, 'kind');
    if (source.content['kind'] === 'disk') source.move(item, ['path', 'mount_point'], 'path');
  } else if (type !== undefined) {
    source.set('kind', type.value, type.path);
  }
  item.finish();
  return true;
}

/** Which of the two types is meant; `other` for a custom type; undefined if unknown. */
function typeMeant(type: Found | undefined, from: Found | undefined, source: Entry): string | undefined {
  if (type === undefined || type.value === null) {
    const value = typeof from?.value === 'string' ? from.value : '';
    const meant = value.startsWith('psutil.')
      ? 'system_metric'
      : /^https?:/i.test(value)
        ? 'api_endpoint'
        : undefined;
    if (from !== undefined && meant !== undefined)
      source.ledger.warnings.push({ path: from.path, message: `has no type; it is read as ${meant}` });
    return meant;
  }
  const meant = wordMeant(type, ['system_metric', 'api_endpoint'], source.ledger);
  return meant ?? (typeof type.value === 'string' ? 'other' : undefined);
}

function kindOf({ value }: Found): unknown {
  return typeof value === 'string' ? kinds.get(value) : value;
}

function fillEndpoint(item: Section, source: Entry): void {
  source.move(item, 'method', 'method', inCapitals);
  moveHeaders(item, source);
  source.move(item, 'body', 'body');
  moveAddress(item, ['source', 'url'], source, true);
  source.move(item, 'username', 'username');
  moveSecret(item, ['password'], source, 'password');
  moveSecret(item, ['token', 'auth_token', 'bearer_token'], source, 'token');
  item.refuse('how long an answer may take follows from the interval', 'timeout');
}

function fillRules(file: Section, document: Entry, leftOut: ReadonlySet<string>): void {
  const found = file.take('threshold_rules');
  const identities = new RuleIdentities(namesGiven(found?.value));
  let withoutCooldown = 0;
  fillList(found, { document, name: 'rules', what: 'rule' }, (item, rule) => {
    const source = item.get('data_source');
    if (typeof source === 'string' && leftOut.has(source)) {
      item.notSupported(item.path, `its source ${quoted(source)} is not taken over`);
      return false;
    }
    const traits = {
      source,
      metric: item.get('metric_name'),
      comparison: item.get('threshold_type'),
      threshold: item.get('threshold_value'),
    };
    rule.set('id', identities.id(traits));
    if (item.take('name')?.value === null || item.get('name') === undefined)
      rule.set('name', identities.name(traits));
    else rule.move(item, 'name', 'name');
    rule.move(item, 'data_source', 'source');
    rule.move(item, 'metric_name', 'metric');
    rule.move(item, 'threshold_type', 'comparison');
    rule.move(item, 'threshold_value', 'threshold');
    rule.move(item, 'consecutive_violations', 'consecutiveViolations');
    rule.move(item, 'enabled', 'enabled', asBoolean);
    rule.move(item, 'severity', 'severity');
    rule.move(item, 'tolerance', 'tolerance');
    rule.move(item, ['cooldown', 'cooldown_seconds', 'cooldown_period'], 'cooldownSeconds', asWholeNumber);
    if (rule.content['cooldownSeconds'] === undefined) {
      rule.set('cooldownSeconds', 0);
      withoutCooldown++;
    }
    item.finish();
    return true;
  });
  if (found !== undefined && withoutCooldown > 0)
    document.ledger.mapped.push({
      path: found.path,
      message: `cooldownSeconds is 0 for ${withoutCooldown} of them: the threshold monitor had no cooldown`,
    });
}

function namesGiven(list: unknown): string[] {
  const rules: unknown[] = Array.isArray(list) ? list : [];
  return rules.flatMap((rule) => (isRecord(rule) && typeof rule['name'] === 'string' ? [rule['name']] : []));
}

function fillMonitoring(file: Section, document: Entry): void {
  const found = file.take('monitoring');
  const logging = file.take('logging');
  if (found !== undefined && found.value !== null && !isRecord(found.value)) {
    document.set('monitoring', found.value, found.path);
    return;
  }
  const origin = found ?? logging;
  if (origin === undefined || (found?.value === null && logging === undefined)) return;
  const monitoring = document.part('monitoring', origin.path);
  if (isRecord(found?.value)) {
    const section = new Section(file.ledger, found.value, found.path);
    monitoring.move(section, 'max_workers', 'maxWorkers');
    monitoring.move(section, 'check_interval', 'checkIntervalSeconds');
    monitoring.move(section, 'data_retention_hours', 'rawRetentionHours', asWholeNumber);
    section.finish();
  }
  if (logging !== undefined) fillLogging(file, logging, monitoring);
}

/** Our log level for each level of Python's logging. `critical` becomes `error`, our highest one. */
const levels: ReadonlyMap<string, string> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
]);

function fillLogging(file: Section, logging: Found, monitoring: Entry): void {
  const section = isRecord(logging.value) ? new Section(file.ledger, logging.value, logging.path) : undefined;
  const found = section === undefined ? logging : section.take('level', 'log_level');
  if (found !== undefined && found.value !== null) {
    const level = typeof found.value === 'string' ? levels.get(found.value.trim().toLowerCase()) : undefined;
    if (level === undefined)
      file.notSupported(found.path, 'is no level of a log; write DEBUG, INFO, WARNING or ERROR');
    else {
      monitoring.set('logLevel', level, found.path);
      monitoring.note(found.path, 'logLevel');
    }
  }
  section?.refuse('logs are in the folder logs, rotate by themselves and have one format', ...logFileKeys);
  section?.finish();
}

const logFileKeys = [
  'file',
  'filename',
  'log_file',
  'directory',
  'log_dir',
  'format',
  'max_size',
  'max_bytes',
  'max_file_size',
  'backup_count',
  'console',
];
