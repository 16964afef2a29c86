import { expect, it } from 'vitest';
import { translate } from './translate.ts';

function read(file: unknown) {
  const { content, warnings } = translate(file, {})!;
  return { content, said: warnings.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`) };
}

it('takes yes, no, on and off for what PyYAML takes them for', () => {
  const { content, said } = read({
    data_sources: [{ name: 'cpu', source: 'psutil.cpu_percent', type: 'system_metric', enabled: 'no' }],
    threshold_rules: [{ name: 'a', data_source: 'cpu', enabled: 'Off' }],
    export_settings: {
      enabled: 'yes',
      compress_exports: 'ON',
      destinations: [
        { type: 'file', enabled: 'maybe' },
        { type: 'email', smtp_server: 'mail', use_tls: 'no', to_addresses: ['a@b.org'], username: 'a@b.org' },
      ],
    },
  });
  expect(content).toMatchObject({
    sources: [{ enabled: false }],
    rules: [{ enabled: false }],
    destinations: [{ enabled: 'maybe', compress: true }, { security: 'plain' }],
  });
  expect(said.filter((text) => text.includes('is read as'))).toEqual([
    'data_sources.0.enabled: no is read as false; write false',
    'threshold_rules.0.enabled: Off is read as false; write false',
    'export_settings.enabled: yes is read as true; write true',
    'export_settings.compress_exports: ON is read as true; write true',
    'export_settings.destinations.1.use_tls: no is read as false; write false',
  ]);
  expect(read({ export_settings: { enabled: 'off' } }).content).toMatchObject({
    destinations: [{ enabled: false }],
  });
  expect(read({ slack: { enabled: 'No', webhook_url: 'x' } }).content).toMatchObject({
    destinations: [{ enabled: false }],
  });
});

it('finds addresses in one text, at its place', () => {
  const { content, said } = read({ email: { smtp_server: 'mail', recipient: 'Bob <a@b.org>; c@d.org' } });
  expect(content).toMatchObject({ destinations: [{ to: ['a@b.org', 'c@d.org'] }] });
  expect(said).toContain('email.recipient: is read as a@b.org, without the name');
});

it('takes what Python took all the same, and says so', () => {
  const { content, said } = read({
    data_sources: [{ name: 'a', type: 'api_endpoint', source: 'http://a.example/', method: 'post' }],
    threshold_rules: [
      { name: 'a', cooldown: 300.5 },
      { name: 'b', cooldown: '300', threshold_value: '80' },
      { name: 'c', cooldown: '5m' },
    ],
    export_settings: {
      export_formats: ['JSON', 'csv', 5],
      destinations: [
        { type: 'file' },
        { type: 'webhook', url: 'http://a.example/', method: 'put' },
        {
          type: 'email',
          smtp_server: 'mail',
          smtp_port: '465',
          to_addresses: ['Bob <a@b.org>', '"<x>"@y.example', '<you>'],
        },
      ],
    },
    monitoring: { data_retention_hours: 0.5 },
  });
  expect(content).toMatchObject({
    sources: [{ method: 'POST' }],
    rules: [{ cooldownSeconds: 301 }, { cooldownSeconds: 300, threshold: '80' }, { cooldownSeconds: '5m' }],
    destinations: [
      { formats: ['json', 'csv', 5] },
      { method: 'PUT' },
      { port: 465, security: 'tls', to: ['a@b.org', '"<x>"@y.example', '<you>'] },
    ],
    monitoring: { rawRetentionHours: 1 },
  });
  expect(said).toEqual([
    'data_sources.0.method: "post" is read as POST',
    'threshold_rules.0.cooldown: 300.5 is read as 301',
    'threshold_rules.1.cooldown: "300" is read as 300',
    'export_settings.export_formats.0: "JSON" is read as json',
    'export_settings.destinations.1.method: "put" is read as PUT',
    'export_settings.destinations.2.smtp_port: "465" is read as 465',
    'export_settings.destinations.2.to_addresses.0: is read as a@b.org, without the name',
    'monitoring.data_retention_hours: 0.5 is read as 1',
  ]);
});
