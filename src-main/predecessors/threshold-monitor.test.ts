import { describe, expect, it } from 'vitest';
import { translate } from './translate.ts';
import type { Place, Translation } from './translation.ts';

function translated(file: unknown): Translation {
  const translation = translate(file, {});
  expect(translation).not.toBeNull();
  return translation!;
}
const said = (places: readonly Place[]) =>
  places.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);

/** What its own description shows, put together. */
const documented = {
  data_sources: [
    { name: 'cpu_usage', type: 'system_metric', source: 'psutil.cpu_percent', interval: 5, enabled: true },
    { name: 'memory_usage', type: 'system_metric', source: 'psutil.virtual_memory', interval: 10 },
    { name: 'disk_usage', type: 'system_metric', source: 'psutil.disk_usage', interval: 60, enabled: false },
    { name: 'network_io', type: 'system_metric', source: 'psutil.net_io_counters' },
    { name: 'api_metrics', type: 'api_endpoint', source: 'http://your-api.com/metrics', interval: 30 },
  ],
  threshold_rules: [
    {
      data_source: 'cpu_usage',
      metric_name: 'cpu_percent',
      threshold_type: 'greater_than',
      threshold_value: 80,
      consecutive_violations: 2,
      enabled: true,
    },
    {
      data_source: 'api_metrics',
      metric_name: 'response_time_ms',
      threshold_type: 'greater_than',
      threshold_value: 1000,
    },
  ],
  export_settings: {
    enabled: true,
    export_formats: ['json', 'csv'],
    export_directory: './exports',
    max_export_files: 100,
    compress_exports: true,
    destinations: [
      { type: 'file', enabled: true },
      { type: 'webhook', enabled: false, url: 'http://localhost:8081/webhook' },
      {
        type: 'email',
        enabled: true,
        smtp_server: 'smtp.gmail.com',
        smtp_port: 587,
        username: 'me@example.com',
        password: 'canary',
        to_addresses: ['one@example.com', 'two@example.com'],
      },
    ],
  },
  monitoring: { max_workers: 4, check_interval: 1, data_retention_hours: 24 },
};

describe('a config.yaml of the threshold monitor', () => {
  it('is said in our words', () => {
    const { title, content, starter, notSupported, warnings } = translated(documented);
    expect(title).toBe('Threshold monitor (config.yaml)');
    expect(starter).toBe(false);
    expect(content).toEqual({
      version: 1,
      sources: [
        { name: 'cpu_usage', kind: 'cpu', intervalSeconds: 5, enabled: true },
        { name: 'memory_usage', kind: 'memory', intervalSeconds: 10 },
        { name: 'disk_usage', kind: 'disk', intervalSeconds: 60, enabled: false },
        { name: 'network_io', kind: 'network' },
        { name: 'api_metrics', kind: 'http', url: 'http://your-api.com/metrics', intervalSeconds: 30 },
      ],
      rules: [
        {
          id: expect.stringMatching(/^cpu-usage-cpu-percent-[0-9a-f]{8}$/),
          name: 'cpu_usage cpu_percent above 80',
          source: 'cpu_usage',
          metric: 'cpu_percent',
          comparison: 'greater_than',
          threshold: 80,
          consecutiveViolations: 2,
          enabled: true,
          cooldownSeconds: 0,
        },
        {
          id: expect.stringMatching(/^api-metrics-response-time-ms-[0-9a-f]{8}$/),
          name: 'api_metrics response_time_ms above 1000',
          source: 'api_metrics',
          metric: 'response_time_ms',
          comparison: 'greater_than',
          threshold: 1000,
          cooldownSeconds: 0,
        },
      ],
      destinations: [
        {
          name: 'file',
          kind: 'file',
          enabled: true,
          directory: './exports',
          formats: ['json', 'csv'],
          compress: true,
          maxFiles: 100,
        },
        {
          name: 'webhook',
          kind: 'webhook',
          enabled: false,
          url: 'http://localhost:8081/webhook',
          onResolve: false,
        },
        {
          name: 'email',
          kind: 'email',
          enabled: true,
          host: 'smtp.gmail.com',
          port: 587,
          security: 'starttls',
          username: 'me@example.com',
          password: { plain: 'canary' },
          to: ['one@example.com', 'two@example.com'],
          onResolve: false,
        },
      ],
      monitoring: { maxWorkers: 4, checkIntervalSeconds: 1, rawRetentionHours: 24 },
    });
    expect(notSupported).toEqual([]);
    expect(said(warnings)).toEqual([
      'export_settings.destinations.2.password: is a secret in clear; keep it in the secret store, or refer to it with { env: NAME }',
    ]);
  });

  it('lists each key that was taken over', () => {
    const mapped = said(translated(documented).mapped);
    expect(mapped).toContain('data_sources.0.interval: is intervalSeconds of source "cpu_usage"');
    expect(mapped).toContain('data_sources.0.source: is kind of source "cpu_usage"');
    expect(mapped).toContain(
      'threshold_rules.0.threshold_value: is threshold of rule "cpu_usage cpu_percent above 80"',
    );
    expect(mapped).toContain(
      'threshold_rules: cooldownSeconds is 0 for 2 of them: the threshold monitor had no cooldown',
    );
    expect(mapped).toContain('export_settings.compress_exports: is compress of destination "file"');
    expect(mapped).toContain('export_settings.destinations.2.to_addresses: is to of destination "email"');
    expect(mapped).toContain('monitoring.data_retention_hours: is rawRetentionHours of monitoring');
  });

  it('leads from our keys to those of the file', () => {
    const { origin } = translated(documented);
    expect(origin(['sources', 0, 'intervalSeconds'])).toEqual(['data_sources', 0, 'interval']);
    expect(origin(['rules', 1, 'threshold'])).toEqual(['threshold_rules', 1, 'threshold_value']);
    expect(origin(['rules', 1, 'name'])).toEqual(['threshold_rules', 1]);
    expect(origin(['destinations', 0, 'formats', 1])).toEqual(['export_settings', 'export_formats', 1]);
    expect(origin(['destinations', 2, 'host'])).toEqual([
      'export_settings',
      'destinations',
      2,
      'smtp_server',
    ]);
    expect(origin(['monitoring', 'maxWorkers'])).toEqual(['monitoring', 'max_workers']);
    expect(origin(['version'])).toEqual([]);
  });

  it('passes wrong values on, for the schema to complain about', () => {
    const { content, origin } = translated({
      threshold_rules: [{ data_source: 'cpu', threshold_type: 'greater_then', threshold_value: '80' }],
      data_sources: [{ name: 'cpu', type: 'system_metric', source: 'psutil.cpu_percent', interval: '5s' }],
    });
    expect(content['rules']).toMatchObject([{ comparison: 'greater_then', threshold: '80' }]);
    expect(content['sources']).toMatchObject([{ intervalSeconds: '5s' }]);
    expect(origin(['rules', 0, 'comparison'])).toEqual(['threshold_rules', 0, 'threshold_type']);
  });

  it('passes wrong shapes on without what is in them, and takes nothing for an empty list', () => {
    const file = {
      data_sources: { cpu: { source: 'canary' } },
      threshold_rules: [null, 'text', ['list']],
      export_settings: { destinations: null },
    };
    expect(translated(file).content).toEqual({
      version: 1,
      sources: {},
      rules: [null, 'text', []],
      destinations: [],
    });
    expect(
      translated({ data_sources: null, threshold_rules: null, export_settings: null, monitoring: null })
        .content,
    ).toEqual({ version: 1, sources: [], rules: [], destinations: [{ name: 'file', kind: 'file' }] });
    expect(said(translated({ export_settings: ['file'] }).notSupported)).toEqual([
      'export_settings: must be keys with values; nothing of it is in force',
    ]);
  });

  it('leaves out what is not measured here, with its rules', () => {
    const { content, notSupported } = translated({
      data_sources: [
        { name: 'swap', type: 'system_metric', source: 'psutil.swap_memory' },
        { name: 'mine', type: 'database', source: 'x' },
        { name: 'cpu', type: 'system_metric', source: 'psutil.cpu_percent' },
      ],
      threshold_rules: [{ data_source: 'swap' }, { data_source: 'mine' }, { data_source: 'cpu' }],
    });
    expect(content).toMatchObject({
      sources: [{ name: 'cpu', kind: 'cpu' }],
      rules: [{ source: 'cpu' }],
    });
    expect(said(notSupported)).toEqual([
      'data_sources.0: Plimsoll does not measure "psutil.swap_memory"',
      'data_sources.1: Plimsoll has no sources of the type "database"',
      'threshold_rules.0: its source "swap" is not taken over',
      'threshold_rules.1: its source "mine" is not taken over',
    ]);
  });

  it('reports keys that nobody took, and slips of the hand', () => {
    const { content, warnings } = translated({
      data_sources: [{ name: 'cpu', type: 'system-metric', source: 'psutil.cpu_percent', intervall: 5 }],
      threshold_rule: [],
      loging: { level: 'INFO' },
    });
    expect(content).toMatchObject({ sources: [{ kind: 'cpu' }] });
    expect(said(warnings)).toEqual([
      'data_sources.0.type: "system-metric" is read as system_metric',
      'data_sources.0.intervall: unknown key intervall; nothing of it is in force. Did you mean interval?',
      'threshold_rule: unknown key threshold_rule; nothing of it is in force. Did you mean threshold_rules?',
      'loging: unknown key loging; nothing of it is in force. Did you mean logging?',
    ]);
  });

  it('switches everything off with the one switch', () => {
    const { content } = translated({
      export_settings: { enabled: false, destinations: [{ type: 'file' }, { type: 'file', enabled: true }] },
    });
    expect(content).toMatchObject({
      destinations: [
        { name: 'file', enabled: false },
        { name: 'file 2', enabled: false },
      ],
    });
    expect(translated({ export_settings: { enabled: false } }).content).toMatchObject({
      destinations: [{ name: 'file', kind: 'file', enabled: false }],
    });
  });

  it('leaves out what is switched off and was never filled in', () => {
    const { content, notSupported } = translated({
      export_settings: {
        destinations: [
          { type: 'email', enabled: false, smtp_server: 'smtp.gmail.com' },
          { type: 'webhook', enabled: false },
          { type: 'email', enabled: true, smtp_server: 'smtp.gmail.com' },
          { type: 'pager' },
        ],
      },
    });
    expect(content).toMatchObject({
      destinations: [{ name: 'email', host: 'smtp.gmail.com', enabled: true }],
    });
    expect(said(notSupported)).toEqual([
      'export_settings.destinations.0: is switched off and has no recipient, so there is nothing to take over',
      'export_settings.destinations.1: is switched off and has no address, so there is nothing to take over',
      'export_settings.destinations.3: Plimsoll has no destinations of the type "pager" yet',
    ]);
  });

  it('takes what an endpoint needs, and secrets apart', () => {
    const { content, warnings, notSupported } = translated({
      data_sources: [
        {
          name: 'api',
          type: 'api_endpoint',
          source: 'https://me:can%20ary@example.com/x?y=a@b',
          method: 'POST',
          headers: { Accept: 'application/json', Authorization: 'Bearer canary' },
          timeout: 3,
        },
      ],
      export_settings: {
        destinations: [
          {
            type: 'webhook',
            url: 'https://me:canary@example.com/',
            method: 'PUT',
            headers: { 'X-Token': 7 },
          },
          { type: 'slack', webhook_url: 'https://hooks.example.com/canary' },
        ],
      },
    });
    expect(content).toMatchObject({
      sources: [
        {
          kind: 'http',
          url: 'https://example.com/x?y=a@b',
          username: 'me',
          password: { plain: 'can ary' },
          method: 'POST',
          headers: { Accept: 'application/json', Authorization: { plain: 'Bearer canary' } },
        },
      ],
      destinations: [
        {
          kind: 'webhook',
          url: 'https://example.com/',
          method: 'PUT',
          headers: { 'X-Token': { plain: '7' }, Authorization: { plain: `Basic ${btoa('me:canary')}` } },
        },
        { kind: 'slack', webhookUrl: { plain: 'https://hooks.example.com/canary' } },
      ],
    });
    expect(warnings.map(({ path }) => path.map(String).join('.'))).toEqual([
      'data_sources.0.headers.Authorization',
      'data_sources.0.source',
      'export_settings.destinations.0.headers.X-Token',
      'export_settings.destinations.0.headers.X-Token',
      'export_settings.destinations.0.url',
      'export_settings.destinations.1.webhook_url',
    ]);
    expect(said(notSupported)).toEqual([
      'data_sources.0.timeout: how long an answer may take follows from the interval',
    ]);
  });
});

describe('logging', () => {
  it.each([
    [{ level: 'DEBUG' }, 'debug'],
    [{ level: 'warning', file: 'logs/monitor.log', max_size: 10 }, 'warn'],
    ['CRITICAL', 'error'],
  ])('%j is how much the log tells', (logging, logLevel) => {
    expect(translated({ data_sources: [], logging }).content).toMatchObject({ monitoring: { logLevel } });
    const beside = translated({ data_sources: [], monitoring: { max_workers: 2 }, logging });
    expect(beside.content).toMatchObject({ monitoring: { maxWorkers: 2, logLevel } });
    expect(beside.warnings).toEqual([]);
  });

  it('that says nothing that is known is said', () => {
    const { content, notSupported } = translated({
      data_sources: [],
      logging: { level: 'LOUD', file: 'x.log' },
    });
    expect(content['monitoring']).toEqual({});
    expect(said(notSupported)).toEqual([
      'logging.level: is no level of a log; write DEBUG, INFO, WARNING or ERROR',
      'logging.file: logs are in the folder logs, rotate by themselves and have one format',
    ]);
  });
});
