import type { Entry, Section } from './reader.ts';
import { asAddresses, asBoolean, asWholeNumber } from './readings.ts';
import { moveSecret } from './secrets.ts';
import type { ReadSecret } from './secrets.ts';

const spellings = {
  host: ['smtp_server', 'smtp_host', 'server', 'host'],
  port: ['smtp_port', 'port'],
  username: ['username', 'user', 'smtp_username', 'smtp_user'],
  password: ['password', 'smtp_password', 'email_password'],
  from: ['sender', 'from_address', 'from', 'sender_email', 'from_email'],
  to: ['to_addresses', 'recipient', 'recipients', 'to', 'recipient_email', 'to_email'],
} as const;

/** The predecessors' default port. */
const usualPort = 587;

/** Takes over the keys of an email destination. */
export function moveEmail(section: Section, entry: Entry, read?: ReadSecret): void {
  entry.move(section, spellings.host, 'host');
  entry.move(section, spellings.port, 'port', asWholeNumber);
  if (entry.content['port'] === undefined) entry.set('port', usualPort);
  entry.move(section, spellings.username, 'username');
  moveSecret(section, spellings.password, entry, 'password', read);
  entry.move(section, spellings.from, 'from');
  entry.move(section, spellings.to, 'to', asAddresses);
  moveSecurity(section, entry);
}

/** Name of a required setting that this email destination lacks; undefined if it is complete. */
export function missingForEmail({ content }: Entry): string | undefined {
  const lacks = (key: string) => content[key] === undefined || content[key] === null || content[key] === '';
  if (lacks('host')) return 'server';
  if (lacks('to') || (Array.isArray(content['to']) && content['to'].length === 0)) return 'recipient';
  return lacks('from') && lacks('username') ? 'sender' : undefined;
}

/** Whether the mail server is this machine: nobody can listen in there, and certificates are rarely valid. */
export function isThisMachine(host: unknown): boolean {
  return typeof host === 'string' && /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])\.?$/i.test(host.trim());
}

function moveSecurity(section: Section, entry: Entry): void {
  const [startTls, tls] = ['use_tls', 'use_ssl'].map((key) => {
    const found = section.take(key);
    return found && { ...found, value: asBoolean(found, section.ledger) };
  });
  for (const said of [startTls, tls]) if (said !== undefined) entry.note(said.path, 'security');
  const wrong = [tls, startTls].find((said) => said !== undefined && typeof said.value !== 'boolean');
  if (wrong !== undefined) {
    entry.set('security', wrong.value, wrong.path);
  } else if (tls?.value === true || entry.content['port'] === 465) {
    entry.set('security', 'tls', tls?.path);
  } else if (startTls?.value === false) {
    entry.set('security', 'plain', startTls.path);
    const message = 'the password and the mail travel unencrypted; leave it out to use encryption';
    entry.ledger.warnings.push({ path: startTls.path, message });
  } else if (startTls === undefined && tls === undefined && isThisMachine(entry.content['host'])) {
    entry.set('security', 'opportunistic');
  } else {
    entry.set('security', 'starttls', startTls?.path);
  }
}
