import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';

/** Appears wherever the file has a secret in clear, and nowhere else. */
const canary = 'canary-hunter2-password';

let line: CommandLine;
let folder: string;
let mails: ParsedMail[];
let posts: Record<string, unknown>[];
let smtp: SMTPServer;
let hook: Server;

beforeEach(async () => {
  line = new CommandLine();
  folder = join(line.home, 'threshold_monitor');
  mkdirSync(folder);
  mails = [];
  posts = [];
  smtp = new SMTPServer({
    onAuth: ({ username, password }, _session, done) =>
      username === 'me@example.org' && password === canary
        ? done(null, { user: username })
        : done(new Error('wrong password')),
    onData: (stream, _session, done) => {
      void simpleParser(stream).then((mail) => {
        mails.push(mail);
        done();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  hook = createServer((request, response) => {
    void text(request).then((body) => {
      posts.push(JSON.parse(body) as Record<string, unknown>);
      response.end('thanks');
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
});
afterEach(async () => {
  line.close();
  hook.close();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/**
 * The documented example of the threshold monitor, with every destination on and a threshold that is certain to be
 * exceeded.
 */
function config(): string {
  return `# my monitor
data_sources:
  - name: "cpu_usage"
    type: "system_metric"
    source: "psutil.cpu_percent"
    interval: 1  # seconds
    enabled: true
  - name: "memory_usage"
    type: "system_metric"
    source: "psutil.virtual_memory"
    interval: 1
    enabled: true
  - name: "disk_usage"
    type: "system_metric"
    source: "psutil.disk_usage"
    interval: 5
    enabled: true
  - name: "network_io"
    type: "system_metric"
    source: "psutil.net_io_counters"
    interval: 1
    enabled: true
  - name: "api_metrics"
    type: "api_endpoint"
    source: "http://127.0.0.1:1/metrics"
    interval: 30
    enabled: false
threshold_rules:
  - data_source: "memory_usage"
    metric_name: "memory_percent"
    threshold_type: "greater_than"
    threshold_value: 0.01
    consecutive_violations: 2
    enabled: true
export_settings:
  enabled: true
  export_formats:
    - "json"
    - "csv"
  export_directory: "./exports"
  max_export_files: 4
  compress_exports: false
  destinations:
    - type: "file"
      enabled: true
    - type: "webhook"
      enabled: true
      url: "http://localhost:${portOf(hook)}/webhook"
    - type: "email"
      enabled: true
      smtp_server: "127.0.0.1"
      smtp_port: ${portOf(smtp.server)}
      username: "me@example.org"
      password: "${canary}"
      to_addresses:
        - "admin@company.com"
        - "alerts@company.com"
monitoring:
  max_workers: 4
  check_interval: 1
  data_retention_hours: 24
`;
}

async function until<T>(what: string, look: () => T | undefined, withinMs = 15_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${withinMs} ms`);
    await pause(50);
  }
}

/** Every file below a folder, as bytes. */
function filesBelow(directory: string): [string, Buffer][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)]);
}

test('a threshold monitor’s file runs as it is: one record goes to files, webhook and mail, and its password nowhere', async () => {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, config());
  // Only our own exports are ever removed.
  const exports = join(folder, 'exports');
  mkdirSync(exports);
  writeFileSync(join(exports, 'cpu_usage_20240115_103045.json'), '{}');

  const { child, url, outcome } = await line.start(['--port', '0', '--config', file]);
  const json = await until('export', () =>
    existsSync(exports)
      ? readdirSync(exports).find((name) => name.startsWith('memory_usage_') && name.endsWith('.json'))
      : undefined,
  );
  const record = JSON.parse(readFileSync(join(exports, json), 'utf8')) as Record<string, unknown>;
  expect(record).toMatchObject({
    timestamp: expect.stringMatching(/Z$/),
    data_source: 'memory_usage',
    metric_name: 'memory_percent',
    threshold_violated: true,
    threshold_value: 0.01,
    metadata: {
      rule: { threshold_type: 'greater_than', consecutive_violations: 2, enabled: true },
      all_metrics: { memory_percent: record['value'], memory_total: expect.any(Number) },
      data_source_config: { name: 'memory_usage' },
    },
  });
  const csvFile = join(exports, json.replace('.json', '.csv'));
  const csv = await until('CSV', () => (existsSync(csvFile) ? readFileSync(csvFile) : undefined));
  const [row] = parse<Record<string, string>>(csv, { columns: true });
  expect([row?.['metric_name'], Number(row?.['value'])]).toEqual(['memory_percent', record['value']]);

  const [posted] = await until('post', () => (posts.length > 0 ? posts : undefined));
  const [mail] = await until('mail', () => (mails.length > 0 ? mails : undefined));
  // Each delivery has its own id; everything else is the same.
  const same = ({ id: _id, ...rest }: Record<string, unknown>) => rest;
  expect(same(posted ?? {})).toEqual(same(record));
  const attached = mail?.attachments.find(({ filename }) => filename?.endsWith('.json') === true);
  expect(same(JSON.parse(attached?.content.toString() ?? '{}') as Record<string, unknown>)).toEqual(
    same(record),
  );
  expect([mail?.to].flat().map((to) => to?.text)).toEqual(['admin@company.com, alerts@company.com']);
  expect(mail?.from?.text).toContain('me@example.org');

  // The answers of the API and the files on disk, except the imported file itself.
  const answers = await line.run(['config', 'print', '--config', file, '--effective', '--origin']);
  const status = await line.run(['status', '--json', '--data', line.data]);
  child.kill('SIGTERM');
  const { out, error } = await outcome;
  expect(out).toContain('data_sources[0].source');
  for (const said of [out, error, answers.out, answers.error, status.out]) expect(said).not.toContain(canary);
  const holders = filesBelow(line.home).filter(([, bytes]) => bytes.includes(canary));
  expect(holders.map(([path]) => path)).toEqual([file]);
  expect(readFileSync(file, 'utf8')).toBe(config());
  expect(readdirSync(exports)).toContain('cpu_usage_20240115_103045.json');
  expect([posts.length, mails.length]).toEqual([1, 1]);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
}, 60_000);

test('a conversion moves the password to the secret store, and the new file does the same work', async () => {
  writeFileSync(join(folder, 'config.yaml'), config());
  const converted = await line.run(['config', 'convert', join(folder, 'config.yaml'), '--data', line.data]);
  const file = join(folder, 'plimsoll.yaml');
  expect([converted.code, converted.out.trim()]).toEqual([0, file]);
  expect(readFileSync(file, 'utf8')).not.toContain(canary);
  const again = await line.run(['config', 'convert', join(folder, 'config.yaml'), '--data', line.data]);
  expect([again.code, again.error]).toEqual([73, expect.stringContaining('is there already')]);

  const { child, outcome } = await line.start(['--port', '0', '--config', file]);
  await until('mail', () => (mails.length > 0 ? mails : undefined));
  child.kill('SIGTERM');
  await outcome;
  const holders = filesBelow(line.home).filter(([, bytes]) => bytes.includes(canary));
  expect(holders.map(([path]) => path)).toEqual([join(folder, 'config.yaml')]);
}, 60_000);
