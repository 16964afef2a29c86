import { asBoolean } from './readings.ts';
import { isRecord, Section } from './reader.ts';
import type { Entry } from './reader.ts';
import { moveAddress, moveSecret, orVariable } from './secrets.ts';
import type { Path } from './translation.ts';

/** Spellings of the section with the ingestion server, which may also be just its address. */
const serverKeys = [
  'ingestion',
  'ingestion_server',
  'server',
  'server_url',
  'ingestion_url',
  'ingest_url',
  'api_url',
];
const tokenKeys = ['token', 'auth_token', 'api_token', 'bearer_token'];

const addressKeys = ['url', 'server_url', 'ingestion_url', 'ingest_url', 'api_url', 'endpoint', 'address'];

/** Fills the destination made from `influxdb`. Undefined if required settings are missing, which is reported. */
export function influxDestination(section: Section, influx: Entry): Entry | undefined {
  influx.move(section, 'enabled', 'enabled', asBoolean);
  moveAddress(section, ['url', 'address', 'server', 'influx_url'], influx, true);
  addressFromHost(section, influx);
  withScheme(influx);
  influx.move(section, ['bucket', 'bucket_name'], 'bucket');
  influx.move(section, ['org', 'organisation', 'organization'], 'organisation');
  influx.move(section, ['database', 'db', 'dbname'], 'database');
  influx.move(section, ['retention_policy', 'rp'], 'retentionPolicy');
  influx.move(section, ['username', 'user'], 'username');
  moveSecret(section, ['password', 'pass'], influx, 'password', orVariable);
  moveSecret(section, ['token', 'auth_token', 'api_token'], influx, 'token', orVariable);
  const { content } = influx;
  const isFirst = isMissing(content['bucket']) && !isMissing(content['database']);
  if (isFirst) influx.set('version', '1');
  const lacks = isMissing(content['url'])
    ? 'address'
    : isMissing(content['bucket']) && !isFirst
      ? 'bucket or database'
      : undefined;
  section.finish();
  if (lacks === undefined) return influx;
  section.notSupported(section.path, `has no ${lacks}, so there is nothing to take over`);
  return undefined;
}

/** Older files give InfluxDB's host and port separately. */
function addressFromHost(section: Section, influx: Entry): void {
  const [host, port] = [section.take('host', 'hostname'), section.take('port')];
  if (host === undefined || influx.content['url'] !== undefined) return;
  const { value, path } = host;
  const isText = typeof value === 'string' && value !== '';
  const number = typeof port?.value === 'number' || typeof port?.value === 'string' ? port.value : 8086;
  influx.set('url', isText ? (value.includes('://') ? value : `http://${value}:${number}`) : null, path);
  influx.note(path, 'url');
}

/** An address without a scheme means HTTP. */
function withScheme({ content }: Entry): void {
  const { url } = content;
  if (typeof url === 'string' && url !== '' && !url.includes('://')) content['url'] = `http://${url}`;
}

/**
 * Fills the destination made from the ingestion server: a hub, disabled because only another Plimsoll accepts the data.
 * Undefined if there is no address.
 */
export function serverDestination(file: Section, hub: Entry): Entry | undefined {
  const found = file.take(...serverKeys);
  const outer = file.take(...tokenKeys);
  const say = (path: Path, message: string) => file.notSupported(path, message);
  if (found === undefined) {
    if (outer !== undefined)
      say(outer.path, 'is the token of a server of which the file does not say the address');
    return undefined;
  }
  hub.ledger.link(hub.path, found.path);
  const section = isRecord(found.value)
    ? new Section(file.ledger, found.value, found.path)
    : new Section(file.ledger, { [found.key]: found.value }, found.path.slice(0, -1));
  moveAddress(section, isRecord(found.value) ? addressKeys : [found.key], hub, false);
  if (isRecord(found.value)) {
    // Settings of the listening server itself, which is `plimsoll hub` today.
    section.take('host');
    section.take('port');
    section.take('enabled');
  }
  moveSecret(section, tokenKeys, hub, 'token', orVariable);
  if (hub.content['token'] === undefined)
    moveSecret(new Section(file.ledger, tokenIn(outer), []), tokenKeys, hub, 'token', orVariable);
  if (isRecord(found.value)) section.finish();
  if (isMissing(hub.content['url'])) {
    say(found.path, 'says no address to send to; to receive from others, start plimsoll hub');
    return undefined;
  }
  withScheme(hub);
  const { url } = hub.content;
  if (typeof url === 'string') hub.content['url'] = url.replace(/\/ingest\/?$/, '');
  hub.set('enabled', false);
  hub.ledger.warnings.push({
    path: found.path,
    message: `is ${hub.words}, and switched off: switch it on when a Plimsoll hub answers there`,
  });
  return hub;
}

function tokenIn(found: { key: string; value: unknown } | undefined): Record<string, unknown> {
  return found === undefined ? {} : { [found.key]: found.value };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
