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
