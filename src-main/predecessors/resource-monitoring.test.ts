import { expect, it } from 'vitest';
import { translate } from './translate.ts';
import type { Environment } from './predecessor.ts';
import type { Place } from './translation.ts';

function translated(file: unknown, environment: Environment = {}) {
  const translation = translate(file, environment);
  expect(translation?.title).toBe('Resource monitoring (config/config.yaml)');
  return translation!;
}
const said = (places: readonly Place[]) =>
  places.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);

const email = { smtp_server: 'smtp.example.com', sender: 'me@example.com', recipient: 'you@example.com' };
const file = {
  thresholds: { cpu: 80, memory: 85.5, disk: { warning: 90, critical: 95 } },
  cooldown: 300,
  interval: 10,
  slack: { enabled: true },
  email: { enabled: true, ...email, smtp_port: 465 },
  influxdb: { url: 'http://localhost:8086', token: '${INFLUX_TOKEN}', org: 'home', bucket: 'metrics' },
  server_url: 'http://localhost:8000/ingest',
};

it('watches this machine with the thresholds of the file', () => {
  const { content, notSupported, warnings, mapped, origin } = translated(file, {
    slack_webhook_url: 'canary',
    email_password: 'canary',
  });
  const rule = (kind: string, threshold: number) => ({
    source: kind,
    metric: `${kind}_percent`,
    comparison: 'greater_than',
    threshold,
    cooldownSeconds: 300,
  });
  expect(content).toEqual({
    version: 1,
    sources: ['cpu', 'memory', 'disk', 'network'].map((kind) => ({ name: kind, kind, intervalSeconds: 10 })),
    rules: [
      { id: 'cpu-high', name: 'CPU above 80 %', ...rule('cpu', 80) },
      { id: 'memory-high', name: 'Memory above 85.5 %', ...rule('memory', 85.5) },
      { id: 'disk-high', name: 'Disk above 90 %', ...rule('disk', 90) },
      { id: 'disk-critical', name: 'Disk above 95 %', severity: 'critical', ...rule('disk', 95) },
    ],
    destinations: [
      { name: 'slack', kind: 'slack', enabled: true, webhookUrl: { env: 'slack_webhook_url' } },
      {
        name: 'email',
        kind: 'email',
        enabled: true,
        host: 'smtp.example.com',
        port: 465,
        security: 'tls',
        username: 'me@example.com',
        password: { env: 'email_password' },
        from: 'me@example.com',
        to: ['you@example.com'],
      },
      {
        name: 'influxdb',
        kind: 'influxdb',
        url: 'http://localhost:8086',
        bucket: 'metrics',
        organisation: 'home',
        token: { env: 'INFLUX_TOKEN' },
      },
      { name: 'hub', kind: 'hub', enabled: false, url: 'http://localhost:8000' },
    ],
  });
  expect(said(warnings)).toEqual([
    'server_url: is destination "hub", and switched off: switch it on when a Plimsoll hub answers there',
  ]);
  expect(notSupported).toEqual([]);
  expect(said(mapped)).toContain('influxdb.org: is organisation of destination "influxdb"');
  expect(said(mapped)).toContain('cooldown: is cooldownSeconds of every rule');
  expect(said(mapped)).toContain('thresholds.disk.critical: is threshold of rule "Disk above 95 %"');
  expect(origin(['rules', 3, 'threshold'])).toEqual(['thresholds', 'disk', 'critical']);
  expect(origin(['rules', 0, 'cooldownSeconds'])).toEqual(['cooldown']);
  expect(origin(['destinations', 1, 'username'])).toEqual(['email', 'sender']);
});

it('knows the other spellings, also in a part about alerts', () => {
  const { content, warnings } = translated({
    alerts: {
      thresholds: { cpu_usage: '80', memory_percent: 80, disk_threshold: 80, alert_cooldown: 60 },
      slack: { webhook_url: '$MY_SLACK' },
      email: { ...email, password: '${MY_PASSWORD}', user: 'me' },
    },
    monitoring: { collection_interval: 30 },
  });
  expect(content).toMatchObject({
    sources: [{ intervalSeconds: 30 }, {}, {}, {}],
    rules: [{ threshold: '80', cooldownSeconds: 60 }, { threshold: 80 }, { threshold: 80 }],
    destinations: [
      { webhookUrl: { env: 'MY_SLACK' } },
      { username: 'me', password: { env: 'MY_PASSWORD' }, security: 'starttls', port: 587 },
    ],
  });
  expect(warnings).toEqual([]);
});

it('warns of secrets in clear and of those that are nowhere', () => {
  const { content, warnings } = translated({
    slack_webhook_url: 'https://hooks.example.com/canary',
    email: { ...email, password: '${file:/etc/shadow}' },
  });
  expect(content).toMatchObject({
    destinations: [
      { webhookUrl: { plain: 'https://hooks.example.com/canary' } },
      { password: { plain: '${file:/etc/shadow}' } },
    ],
  });
  expect(said(warnings).map((text) => text.split(';')[0])).toEqual([
    'slack_webhook_url: is a secret in clear',
    'email.password: is a secret in clear',
  ]);
  const nowhere = translated({ slack: { enabled: true }, email: { ...email, enabled: true } });
  expect(nowhere.content).toMatchObject({
    destinations: [{ webhookUrl: { env: 'slack_webhook_url' } }, { password: { env: 'SMTP_PASSWORD' } }],
  });
  expect(said(nowhere.warnings)).toEqual([
    'slack: destination "slack" is switched on, but neither the file nor the variable slack_webhook_url holds its secret',
    'email: destination "email" is switched on, but neither the file nor the variable SMTP_PASSWORD holds its secret',
  ]);
});

it('asks for no password where mail is handed over on this machine', () => {
  const { content } = translated({ email: { ...email, smtp_server: 'localhost', smtp_port: 25 } });
  expect(content['destinations']).toEqual([
    {
      name: 'email',
      kind: 'email',
      host: 'localhost',
      port: 25,
      security: 'opportunistic',
      from: 'me@example.com',
      to: ['you@example.com'],
    },
  ]);
});

it('makes nothing of empty parts, nor of what is switched off and was never filled in', () => {
  const { content, notSupported } = translated({
    thresholds: null,
    slack: null,
    email: { enabled: false, recipient: '' },
  });
  expect(content).toMatchObject({ rules: [], destinations: [] });
  expect(said(notSupported)).toEqual([
    'email: is switched off and has no server, so there is nothing to take over',
  ]);
});

it('takes a mere switch for a destination, and the rest from the environment', () => {
  const environment = {
    SLACK_WEBHOOK_URL: 'canary',
    SMTP_SERVER: 'mail.example.com',
    smtp_port: '465',
    SENDER_EMAIL: 'me@example.com',
    recipient_email: 'a@b.org, c@d.org',
    SMTP_PASSWORD: 'canary',
  };
  const { content, warnings, notSupported } = translated(
    { slack: true, alerts: { email: 'yes' } },
    environment,
  );
  expect(content['destinations']).toEqual([
    { name: 'slack', kind: 'slack', webhookUrl: { env: 'SLACK_WEBHOOK_URL' } },
    {
      name: 'email',
      kind: 'email',
      host: 'mail.example.com',
      port: 465,
      security: 'tls',
      username: 'me@example.com',
      password: { env: 'SMTP_PASSWORD' },
      from: 'me@example.com',
      to: ['a@b.org', 'c@d.org'],
    },
  ]);
  expect([said(warnings), notSupported]).toEqual([['alerts.email: yes is read as true; write true'], []]);
  const nowhere = translated({ alerting: { slack: true, email: true } });
  expect(nowhere.content['destinations']).toMatchObject([{ kind: 'slack' }]);
  expect(said(nowhere.warnings)).toEqual([
    'alerting.slack: destination "slack" is switched on, but neither the file nor the variable slack_webhook_url holds its secret',
    'alerting.email: destination "email" is switched on, but neither the file nor the variable SMTP_PASSWORD holds its secret',
  ]);
  expect(said(nowhere.notSupported)).toEqual([
    'alerting.email: is switched on, but neither the file nor the environment says its server',
  ]);
  const off = translated({ slack: false, email: false });
  expect([off.content['destinations'], off.warnings, off.notSupported]).toEqual([[], [], []]);
});

it('reads a cooldown in minutes, and knows slips of the hand', () => {
  const { content, warnings } = translated({
    alerts: { cooldown_minutes: 5, thresholds: { cpu: 80 } },
    slak: true,
    emial: false,
  });
  expect(content).toMatchObject({ rules: [{ cooldownSeconds: 300 }] });
  expect(said(warnings)).toEqual([
    'slak: unknown key slak; nothing of it is in force. Did you mean slack?',
    'emial: unknown key emial; nothing of it is in force. Did you mean email?',
  ]);
  expect(translated({ thresholds: { cpu: 80 }, cooldown_minutes: '0.5m' }).content).toMatchObject({
    rules: [{ cooldownSeconds: '0.5m' }],
  });
});

it('takes over where samples went, with secrets as secrets', () => {
  const destinationsOf = (more: Record<string, unknown>) => {
    const { content, notSupported, warnings } = translated({ thresholds: { cpu: 80 }, ...more });
    return {
      destinations: content['destinations'],
      notSupported: said(notSupported),
      warnings: said(warnings),
    };
  };
  const first = {
    host: 'influx.lan',
    port: 8087,
    database: 'monitoring',
    username: 'me',
    password: 'canary',
  };
  expect(destinationsOf({ influxdb: { enabled: false, ...first } })).toEqual({
    destinations: [
      {
        ...{
          name: 'influxdb',
          kind: 'influxdb',
          enabled: false,
          url: 'http://influx.lan:8087',
          version: '1',
        },
        ...{ database: 'monitoring', username: 'me', password: { plain: 'canary' } },
      },
    ],
    notSupported: [],
    warnings: [expect.stringMatching(/^influxdb\.password: is a secret in clear/)],
  });
  expect(destinationsOf({ influx: { url: 'influx.lan:8086', token: 'canary' } })).toMatchObject({
    destinations: [],
    notSupported: ['influx: has no bucket or database, so there is nothing to take over'],
  });
  expect(destinationsOf({ ingestion: { url: 'https://hub.lan/ingest', token: '$TOKEN' } })).toMatchObject({
    destinations: [{ kind: 'hub', enabled: false, url: 'https://hub.lan', token: { env: 'TOKEN' } }],
    notSupported: [],
  });
  expect(destinationsOf({ server: 'hub.lan:8000', auth_token: '$TOKEN' })).toMatchObject({
    destinations: [{ kind: 'hub', url: 'http://hub.lan:8000', token: { env: 'TOKEN' } }],
  });
  expect(destinationsOf({ ingestion: { host: '0.0.0.0', port: 8000 }, token: '$TOKEN' })).toEqual({
    destinations: [],
    notSupported: ['ingestion: says no address to send to; to receive from others, start plimsoll hub'],
    warnings: [],
  });
  expect(destinationsOf({ token: '$TOKEN' }).notSupported).toEqual([
    'token: is the token of a server of which the file does not say the address',
  ]);
});
