import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { readYamlDocument } from '../../documents/yaml-document.ts';
import { inForce, ownSettings, readSettings } from './read.ts';
import { starterSettings } from './starter.ts';

function read(text: string, environment = {}) {
  const { content, describe } = readYamlDocument(Buffer.from(text));
  return readSettings(content, environment, describe);
}

it('knows what is written in a document of our own, and what was filled in', () => {
  const { placeOf, written, translation, secrets } = read(
    'version: 1\nsources:\n  - {name: cpu, kind: cpu}\n',
  );
  expect([[...written], translation, secrets.size]).toEqual([['version', 'sources'], null, 0]);
  expect([
    placeOf(['sources', 0, 'kind']),
    placeOf(['sources', 0, 'enabled']),
    placeOf(['monitoring']),
  ]).toEqual([{ line: 3, column: 23 }, undefined, undefined]);
});

it("finds the places of a predecessor's file, for what is in force and for what is wrong", () => {
  const text = (interval: string) =>
    `data_sources:\n  - {name: a, source: psutil.sensors_battery}\n  - {name: b, source: psutil.cpu_percent, interval: ${interval}}\n`;
  const { placeOf, settings } = read(text('5'));
  expect(settings.sources).toMatchObject([{ name: 'b', kind: 'cpu', intervalSeconds: 5 }]);
  expect(placeOf(['sources', 0, 'intervalSeconds'])).toMatchObject({ line: 3, column: 53 });
  expect(() => read(text('"5"'))).toThrow(
    expect.objectContaining({
      problems: [
        {
          path: 'data_sources[1].interval',
          message: 'must be a number, not "5"; write 5',
          line: 3,
          column: 53,
        },
      ],
    }),
  );
});

it('completes a file that says nothing of what to watch with what a first start watches', () => {
  const { settings, written } = read('{"webapp": {"port": 8050}}');
  expect(settings).toEqual({ ...starterSettings(), listen: ['127.0.0.1:8050'] });
  expect([...written].sort()).toEqual(['listen', 'version']);
});

it('gives what a file holds in clear the same name each time, so that reading it again changes nothing', () => {
  const text = 'slack: {webhook_url: https://hooks.example/canary}\n';
  const [first, second] = [read(text), read(text)];
  expect(first.settings).toEqual(second.settings);
  expect([...first.secrets]).toEqual([['destinations/slack/webhookUrl', 'https://hooks.example/canary']]);
  expect(JSON.stringify([first.settings, first.translation])).not.toContain('canary');
});

it('puts the environment before the document and leaves the document alone', () => {
  const { settings } = ownSettings(starterSettings());
  const { settings: forced, overrides } = inForce(settings, { MONITOR_INTERVAL: '2' });
  expect(forced.sources.map(({ intervalSeconds }) => intervalSeconds)).toEqual([2, 2, 2, 2]);
  expect([overrides.length, settings]).toEqual([4, starterSettings()]);
});

describe('what is switched off and was never filled in', () => {
  const file = (enabled: boolean) => `data_sources:
  - {name: old, type: api_endpoint, source: your-api, enabled: ${enabled}}
  - {name: cpu, type: system_metric, source: psutil.cpu_percent}
threshold_rules:
  - {data_source: old, metric_name: response_time_ms, threshold_type: greater_than, threshold_value: 1}
  - {data_source: cpu, metric_name: cpu_percent, threshold_type: above, threshold_value: 1, enabled: ${enabled}}
  - {data_source: cpu, metric_name: cpu_percent, threshold_type: less_than, threshold_value: 1}
export_settings:
  destinations:
    - {type: webhook, enabled: ${enabled}, url: your-webhook-url}
    - {type: email, enabled: ${enabled}, smtp_server: mail, username: your_username, password: canary, to_addresses: ["<you>"]}
    - {type: file}
`;

  it('stops no start, and is listed with the reason', () => {
    const { settings, translation, secrets, placeOf } = read(file(false));
    expect(settings).toMatchObject({
      sources: [{ name: 'cpu' }],
      rules: [{ source: 'cpu', comparison: 'less_than' }],
      destinations: [{ kind: 'file' }],
    });
    expect(secrets.size).toBe(0);
    expect(placeOf(['rules', 0, 'comparison'])).toMatchObject({ line: 7, column: 66 });
    expect(translation?.notSupported.map(({ path, line, message }) => [path, line, message])).toEqual([
      [
        'data_sources[0]',
        2,
        expect.stringMatching(
          /^is switched off and left out, as it cannot be switched on: source must be a full/,
        ),
      ],
      ['threshold_rules[1]', 6, expect.stringContaining('threshold_type must be one of')],
      ['export_settings.destinations[0]', 10, expect.stringContaining('url must be a full address')],
      [
        'export_settings.destinations[1]',
        11,
        expect.stringContaining('to_addresses must be one mail address'),
      ],
      ['threshold_rules[0]', 5, 'its source "old" is not taken over'],
    ]);
    expect(translation?.mapped.some(({ path }) => path.startsWith('threshold_rules[1].'))).toBe(false);
  });

  it('is a problem where it is switched on, and always in a file of our own', () => {
    expect(() => read(file(true))).toThrow('data_sources[0].source: must be a full address');
    const ours = 'version: 1\ndestinations:\n  - {name: w, kind: webhook, enabled: false, url: your-url}\n';
    expect(() => read(ours)).toThrow('destinations[0].url: must be a full address');
  });
});

it('names what is missing as the file would call it, at the nearest place that is there', () => {
  const text = `data_sources:
  - {name: a, source: psutil.cpu_percent, type: system_metric}
  - {type: system_metric, source: psutil.cpu_percent}
  - {name: b, type: api_endpoint}
  - {name: c}
  - {name: d, type: system_metric}
threshold_rules:
  - {threshold_value: 5}
export_settings:
  destinations:
    - {type: webhook}
    - {type: slack}
    - {url: x}
    - five
`;
  const problems: unknown[] = [];
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof PlimsollError)
      problems.push(...thrown.problems.map(({ path, line, message }) => `${line} ${path}: ${message}`));
  }
  expect(problems).toEqual([
    '3 data_sources[1].name: is missing',
    '4 data_sources[2].source: is missing',
    '5 data_sources[3].type: is missing',
    '6 data_sources[4].source: is missing',
    '8 threshold_rules[0].data_source: is missing',
    '8 threshold_rules[0].metric_name: is missing',
    '8 threshold_rules[0].threshold_type: is missing',
    '11 export_settings.destinations[0].url: is missing',
    '12 export_settings.destinations[1].webhook_url: is missing',
    '13 export_settings.destinations[2].type: is missing',
    '14 export_settings.destinations[3]: must be an entry with keys, not "five"',
  ]);
});

it('reads the address of an endpoint and of a webhook by its other name', () => {
  const text = `data_sources: [{name: a, type: api_endpoint, url: "https://a.example/"}]
export_settings: {destinations: [{type: webhook, webhook_url: "https://b.example/"}]}
`;
  const { settings, translation } = read(text);
  expect([settings.sources[0]?.['url'], settings.destinations[0]?.['url'], translation?.warnings]).toEqual([
    'https://a.example/',
    'https://b.example/',
    [],
  ]);
});

it('says once what is wrong with a value that several entries come from', () => {
  const text = 'thresholds: {cpu: 80, memory: 80, disk: {warning: 80, critical: 90}}\ncooldown: 5m\n';
  expect(() => read(text)).toThrow(
    expect.objectContaining({
      problems: [{ path: 'cooldown', message: 'must be a number, not "5m"; write 300', line: 2, column: 11 }],
    }),
  );
});

it("recognises a file that says only how often is looked, and a predecessor's key in capitals", () => {
  const { settings, translation } = read('monitoring: {max_workers: 2, check_interval: 5}\n');
  expect([translation?.title, settings.monitoring]).toMatchObject([
    'Threshold monitor (config.yaml)',
    { maxWorkers: 2, checkIntervalSeconds: 5, rawRetentionHours: 168 },
  ]);
  expect(() => read('version: 1\nmonitoring: {max_workers: 2}\n')).toThrow('unknown key max_workers');
  expect(() => read('Data_Sources: []\n')).toThrow(
    expect.objectContaining({
      problems: expect.arrayContaining([
        expect.objectContaining({ message: 'unknown key Data_Sources. Did you mean data_sources?' }),
      ]) as unknown,
    }),
  );
});
