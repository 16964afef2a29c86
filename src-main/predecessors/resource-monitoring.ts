import { missingForEmail, isThisMachine, moveEmail } from './email.ts';
import type { Environment, Predecessor } from './predecessor.ts';
import { bare, Entry, isRecord, Section } from './reader.ts';
import type { Found } from './reader.ts';
import { asBoolean, asMinutes, asWholeNumber } from './readings.ts';
import { influxDestination, serverDestination } from './resource-monitoring-samples.ts';
import { RuleIdentities } from './rule-identity.ts';
import { moveSecret, orVariable } from './secrets.ts';
import type { Path } from './translation.ts';

/** Subjects of thresholds, with the spellings of each. */
const subjects = [
  {
    kind: 'cpu',
    word: 'CPU',
    spellings: ['cpu', 'cpu_percent', 'cpu_usage', 'cpu_threshold'],
  },
  {
    kind: 'memory',
    word: 'Memory',
    spellings: ['memory', 'mem', 'memory_percent', 'memory_usage', 'memory_threshold', 'mem_percent', 'ram'],
  },
  {
    kind: 'disk',
    word: 'Disk',
    spellings: ['disk', 'disk_percent', 'disk_usage', 'disk_threshold'],
  },
] as const;

const kinds = ['cpu', 'memory', 'disk', 'network'];
const thresholds = ['thresholds', 'alert_thresholds'];
const flatThresholds = ['cpu_threshold', 'memory_threshold', 'disk_threshold'];
const cooldown = ['cooldown', 'cooldown_seconds', 'cooldown_period', 'alert_cooldown'];
const cooldownMinutes = ['cooldown_minutes', 'alert_cooldown_minutes'];
const interval = ['interval', 'collection_interval', 'monitor_interval'];
const alerts = ['alerts', 'alerting', 'notifications'];
const influx = ['influxdb', 'influx', 'influx_db'];
/** Keys that occur only in these files, at the top level or in the section about alerts. */
const ownKeys = [
  ...thresholds,
  ...flatThresholds,
  ...cooldown,
  ...cooldownMinutes,
  ...influx,
  'slack',
  'email',
  'slack_webhook_url',
];
const slackVariables = ['slack_webhook_url', 'SLACK_WEBHOOK_URL'];
const passwordVariables = ['smtp_password', 'SMTP_PASSWORD', 'email_password', 'EMAIL_PASSWORD', 'password'];

/** Monitors one Linux machine and notifies by Slack or email: `config/config.yaml`. */
export const resourceMonitoring: Predecessor = {
  title: 'Resource monitoring (config/config.yaml)',
  starter: false,
  logsBeside: false,
  keys: ownKeys,
  recognises: (file) => {
    const hasOwn = (part: object) => ownKeys.some((key) => Object.hasOwn(part, key));
    return hasOwn(file) || alerts.some((key) => isRecord(file[key]) && hasOwn(file[key]));
  },
  translate(file, document, environment) {
    // If alerts have a section of their own, it may contain the same keys.
    const inner = file.section(...alerts);
    const parts = inner === undefined ? [file] : [file, inner];
    fillSources(file, document);
    fillRules(parts, document);
    fillDestinations(parts, document, { file, environment });
    inner?.finish();
  },
};

/** The first result that is not undefined. */
function first<T>(parts: readonly Section[], give: (part: Section) => T | undefined): T | undefined {
  for (const part of parts) {
    const given = give(part);
    if (given !== undefined) return given;
  }
  return undefined;
}

/** The first of these sections that exists and has keys, or is only a switch; in that case the environment provides the rest. */
function filled(
  parts: readonly Section[],
  ...spellings: string[]
): { section: Section; isSwitch: boolean } | undefined {
  const found = first(parts, (part) => {
    const taken = part.take(...spellings);
    const isOn = taken && asBoolean(taken, part.ledger);
    if (taken === undefined || typeof isOn !== 'boolean') {
      const section = part.section(...spellings);
      return section && { section, isSwitch: false };
    }
    if (!isOn) say(part, taken, 'is no destination, as it is switched off');
    return { section: new Section(part.ledger, {}, taken.path), isSwitch: isOn };
  });
  return found === undefined || (found.section.isEmpty && !found.isSwitch) ? undefined : found;
}

function fillSources(file: Section, document: Entry): void {
  const inner = file.section('monitoring', 'monitor', 'collector');
  const parts = inner === undefined ? [file] : [file, inner];
  const found = first(parts, (part) => part.take(...interval));
  if (found !== undefined) say(file, found, 'is intervalSeconds of every source');
  const sources = kinds.map((kind, index) => {
    const source = new Entry(document.ledger, ['sources', index], [], 'source');
    source.set('name', kind);
    source.set('kind', kind);
    if (found !== undefined) source.set('intervalSeconds', bare(found.value), found.path);
    return source.content;
  });
  document.set('sources', sources);
  inner?.finish();
}

function fillRules(parts: readonly Section[], document: Entry): void {
  const section = first(parts, (part) => part.section(...thresholds));
  const places = section === undefined ? parts : [section, ...parts];
  const rules: Entry[] = [];
  const identities = new RuleIdentities();
  const add = ({ kind, word }: (typeof subjects)[number], level: 'high' | 'critical', found: Found) => {
    const rule = new Entry(document.ledger, ['rules', rules.length], found.path, 'rule');
    const { value } = found;
    const isShown = typeof value === 'number' || typeof value === 'string';
    rule.set('id', `${kind}-${level}`);
    rule.set('name', identities.unique(isShown ? `${word} above ${value} %` : `${word} ${level}`));
    rule.set('source', kind);
    rule.set('metric', `${kind}_percent`);
    rule.set('comparison', 'greater_than');
    rule.set('threshold', bare(value), found.path);
    if (level === 'critical') rule.set('severity', 'critical');
    rule.note(found.path, 'threshold');
    rules.push(rule);
  };
  for (const subject of subjects) {
    // Short names mean thresholds only in the section for thresholds.
    const found =
      section?.take(...subject.spellings) ?? first(parts, (part) => part.take(`${subject.kind}_threshold`));
    if (found === undefined) continue;
    if (!isRecord(found.value)) {
      add(subject, 'high', found);
      continue;
    }
    const levels = new Section(document.ledger, found.value, found.path);
    const [high, critical] = [levels.take('warning', 'warn', 'threshold'), levels.take('critical', 'crit')];
    if (high !== undefined) add(subject, 'high', high);
    if (critical !== undefined) add(subject, 'critical', critical);
    levels.finish();
  }
  fillCooldown(places, rules);
  section?.finish();
  document.set(
    'rules',
    rules.map(({ content }) => content),
    section?.path,
  );
}

function fillCooldown(places: readonly Section[], rules: readonly Entry[]): void {
  for (const place of places) {
    const found = place.take(...cooldown, ...cooldownMinutes);
    if (found === undefined) continue;
    say(place, found, 'is cooldownSeconds of every rule');
    const isMinutes = cooldownMinutes.includes(found.key);
    const value = bare((isMinutes ? asMinutes : asWholeNumber)(found, place.ledger));
    for (const rule of rules) rule.set('cooldownSeconds', value, found.path);
    return;
  }
}

function fillDestinations(
  parts: readonly Section[],
  document: Entry,
  { file, environment }: { file: Section; environment: Environment },
): void {
  const destinations: Record<string, unknown>[] = [];
  const entry = (kind: string, origin: Path) => {
    const path = ['destinations', destinations.length];
    const destination = new Entry(document.ledger, path, origin, 'destination');
    destination.set('name', kind);
    destination.set('kind', kind);
    return destination;
  };
  const next = (kind: string, section: Section) => {
    const destination = entry(kind, section.path);
    destination.move(section, 'enabled', 'enabled', asBoolean);
    return destination;
  };
  const slack = filled(parts, 'slack')?.section;
  const address = parts.find((part) => part.take('slack_webhook_url') !== undefined);
  const forSlack = slack ?? address;
  if (forSlack !== undefined) {
    const destination = next('slack', slack ?? new Section(document.ledger, {}, forSlack.path));
    fillSlack(slack, address, destination, environment);
    slack?.finish();
    destinations.push(destination.content);
  }
  const email = filled(parts, 'email', 'smtp', 'mail');
  if (email !== undefined) {
    const { section, isSwitch } = email;
    const destination = next('email', section);
    if (isSwitch) fillFromEnvironment(destination, environment);
    fillEmail(section, destination, environment);
    const missing = missingForEmail(destination);
    if (missing !== undefined && isSwitch)
      section.notSupported(
        section.path,
        `is switched on, but neither the file nor the environment says its ${missing}`,
      );
    else if (missing !== undefined && destination.content['enabled'] === false)
      section.notSupported(
        section.path,
        `is switched off and has no ${missing}, so there is nothing to take over`,
      );
    else destinations.push(destination.content);
    section.finish();
  }
  const store = filled(parts, ...influx)?.section;
  const stored = store && influxDestination(store, entry('influxdb', store.path));
  if (stored !== undefined) destinations.push(stored.content);
  const sent = serverDestination(file, entry('hub', []));
  if (sent !== undefined) destinations.push(sent.content);
  document.set('destinations', destinations);
}

function fillSlack(
  inPart: Section | undefined,
  beside: Section | undefined,
  slack: Entry,
  environment: Environment,
): void {
  if (inPart !== undefined)
    moveSecret(
      inPart,
      ['webhook_url', 'slack_webhook_url', 'url', 'webhook'],
      slack,
      'webhookUrl',
      orVariable,
    );
  const other = beside?.take('slack_webhook_url');
  if (beside !== undefined && slack.content['webhookUrl'] === undefined)
    moveSecret(beside, ['slack_webhook_url'], slack, 'webhookUrl', orVariable);
  else if (other !== undefined)
    slack.ledger.warnings.push({ path: other.path, message: 'is not used: the part about Slack has one' });
  if (slack.content['webhookUrl'] !== undefined) return;
  const env = variable(slackVariables, environment);
  slack.set('webhookUrl', { env: env ?? 'slack_webhook_url' });
  if (env === undefined) warnOfVariable(slack, 'slack_webhook_url');
}

/** Environment variables for the settings of an email destination other than its password, in either case. */
const emailVariables = {
  host: ['smtp_server', 'smtp_host'],
  port: ['smtp_port'],
  username: ['smtp_username', 'smtp_user'],
  from: ['sender_email', 'from_email', 'email_from'],
  to: ['recipient_email', 'to_email', 'email_to'],
} as const;

function fillFromEnvironment(email: Entry, environment: Environment): void {
  for (const [key, names] of Object.entries(emailVariables)) {
    const found = names
      .flatMap((name) => [name, name.toUpperCase()])
      .find((name) => environment[name] !== undefined && environment[name] !== '');
    if (found === undefined) continue;
    const text = environment[found] ?? '';
    const addresses = () => text.split(/[,;]/).map((address) => address.trim());
    email.set(
      key,
      key === 'to' ? addresses() : key === 'port' && /^\d{1,5}$/.test(text) ? Number(text) : text,
    );
  }
}

function fillEmail(section: Section, email: Entry, environment: Environment): void {
  moveEmail(section, email, orVariable);
  const { content } = email;
  if (content['password'] === undefined) {
    const env = variable(passwordVariables, environment);
    // A mail server on this machine rarely needs a password.
    if (env === undefined && content['username'] === undefined && isThisMachine(content['host'])) return;
    email.set('password', { env: env ?? 'SMTP_PASSWORD' });
    if (env === undefined) warnOfVariable(email, 'SMTP_PASSWORD');
  }
  if (content['username'] === undefined && typeof content['from'] === 'string')
    email.set('username', content['from'], email.ledger.origin([...email.path, 'from']));
}

/** The first variable that is set, directly or through the file that `NAME_FILE` names. */
function variable(names: readonly string[], environment: Environment): string | undefined {
  const isSet = (name: string) => environment[name] !== undefined && environment[name] !== '';
  return names.find((name) => isSet(name) || isSet(`${name}_FILE`));
}

function warnOfVariable({ content, ledger, path, words }: Entry, name: string): void {
  if (content['enabled'] === false) return;
  const message = `${words} is switched on, but neither the file nor the variable ${name} holds its secret`;
  ledger.warnings.push({ path: ledger.origin(path), message });
}

function say(section: Section, { path }: Found, message: string): void {
  section.ledger.mapped.push({ path, message });
}
