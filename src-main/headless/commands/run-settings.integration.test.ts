import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../testing/command-line.ts';
import { askOwner } from '../owner-api.ts';

const theirs = `# my monitor
data_sources:
  - {name: memory_usage, type: system_metric, source: psutil.virtual_memory, interval: 1}
  - {name: battery, type: system_metric, source: psutil.sensors_battery}
threshold_rules:
  - data_source: memory_usage
    metric_name: memory_percent
    threshold_type: greater_than
    threshold_value: 99 # percent
export_settings: {enabled: false}
`;
let line: CommandLine;
let file: string;
beforeEach(() => {
  line = new CommandLine();
  file = join(line.home, 'config.yaml');
});
afterEach(() => line.close());

interface Status {
  notices: { message: string }[];
  rules: { ruleId: string }[];
}
const status = async () => (await askOwner(line.data, 'GET', '/api/v1/status')) as Status;
const thresholds = async () => {
  const view = (await askOwner(line.data, 'GET', '/api/v1/settings')) as {
    settings: { rules: { threshold: number }[] };
  };
  return view.settings.rules.map(({ threshold }) => threshold);
};

/** Ports that are free at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
const answers = async (url: string) => (await fetch(new URL('/healthz', url))).status;

describe("a predecessor's file", () => {
  it('runs as it is: says what was taken over and what is not supported, and stays as it is', async () => {
    writeFileSync(file, theirs);
    const { child, outcome } = await line.start(['--port', '0', '--config', file]);
    child.kill('SIGTERM');
    const { code, out } = await outcome;
    expect([code, readFileSync(file, 'utf8')]).toEqual([0, theirs]);
    expect(out).toContain('Threshold monitor (config.yaml): read as it is, and never written.');
    expect(out).toContain(`${file}:9:22: threshold_rules[0].threshold_value: is threshold of rule`);
    expect(out).toMatch(/Not supported \(1\)\n.*:4:5: .*does not measure "psutil\.sensors_battery"/);
  });

  it('with a bad edit goes on with the last good one, says so within two seconds, and recovers', async () => {
    writeFileSync(file, theirs);
    const { child, outcome } = await line.start(['--port', '0', '--config', file]);
    await expect.poll(async () => (await status()).rules.length, { timeout: 10_000 }).toBe(1);

    const wrong = theirs.replace('threshold_value: 99', 'threshold_value: 99%');
    writeFileSync(file, wrong);
    const notices = async () => (await status()).notices.map(({ message }) => message);
    await expect
      .poll(notices, { timeout: 2500, interval: 100 })
      .toEqual([
        expect.stringMatching(/last good ones are\. .*config\.yaml:9:22: .*not "99%"; write 99/) as string,
      ]);
    expect([await thresholds(), (await status()).rules.length]).toEqual([[99], 1]);

    writeFileSync(file, theirs.replace('threshold_value: 99', 'threshold_value: 98'));
    await expect.poll(notices, { timeout: 2500, interval: 100 }).toEqual([]);
    expect(await thresholds()).toEqual([98]);

    rmSync(file);
    await expect
      .poll(notices, { timeout: 3500, interval: 100 })
      .toEqual([expect.stringMatching(/config\.yaml is gone\. The last good settings stay/) as string]);
    expect(await thresholds()).toEqual([98]);
    writeFileSync(file, theirs);
    await expect.poll(notices, { timeout: 3500, interval: 100 }).toEqual([]);
    child.kill('SIGTERM');
    const { code, error } = await outcome;
    expect([code, error.split('\n').filter((text) => !text.includes('not built'))]).toEqual([
      0,
      [
        expect.stringMatching(/^Notice {4}The settings are not in force.*config\.yaml:9:22: /),
        `Notice    ${file} is in force again.`,
        expect.stringMatching(/^Notice {4}.*config\.yaml is gone\./),
        `Notice    ${file} is in force again.`,
        '',
      ],
    ]);
  });
});

it('names a variable that cannot be used, without a place that it does not have', async () => {
  const { child, outcome } = await line.start(['--port', '0'], { MONITOR_INTERVAL: 'often' });
  child.kill('SIGTERM');
  expect((await outcome).error).toMatch(/^Notice {4}MONITOR_INTERVAL /m);
});

describe('where it listens', () => {
  const own = 'version: 1\nsources: [{name: memory, kind: memory}]\n';

  it('is every address that the settings name, the first one printed', async () => {
    const [one = 0, two = 0] = await freePorts(2);
    writeFileSync(file, `${own}listen: ["127.0.0.1:${one}", "127.0.0.1:${two}"]\n`);
    const { child, url, outcome } = await line.start(['--config', file]);
    expect(url).toBe(`http://127.0.0.1:${one}/`);
    expect([await answers(url), await answers(`http://127.0.0.1:${two}/`)]).toEqual([200, 200]);
    child.kill('SIGTERM');
    const { code, out } = await outcome;
    expect([code, out]).toEqual([0, expect.stringContaining(`Also at   http://127.0.0.1:${two}`) as string]);
  });

  it('is what --port says before PORT of the environment, that before .env, and that before the file', async () => {
    const [flag = 0, environment = 0, dotenv = 0, settings = 0] = await freePorts(4);
    writeFileSync(file, `${own}listen: ["127.0.0.1:${settings}"]\n`);
    const urls: string[] = [];
    const startWith = async (words: string[], env: Record<string, string>) => {
      const { child, url, outcome } = await line.start(['--config', file, ...words], env);
      urls.push(url);
      child.kill('SIGTERM');
      await outcome;
    };
    await startWith([], {});
    writeFileSync(join(line.home, '.env'), `PORT=${dotenv}\n`);
    await startWith([], {});
    await startWith([], { PORT: String(environment) });
    await startWith(['--port', String(flag)], { PORT: String(environment) });
    expect(urls).toEqual([settings, dotenv, environment, flag].map((port) => `http://127.0.0.1:${port}/`));
  });

  it("is the port of a monitoring server's file, which watches what a first start watches", async () => {
    const [port = 0] = await freePorts(1);
    const json = join(line.home, 'server_config.json');
    const content = JSON.stringify(
      {
        database: {
          ...{ host: '127.0.0.1', port: 1, username: 'me', password: 'canary' },
          database_name: 'monitoring',
        },
        webapp: { port, host: '0.0.0.0' },
      },
      null,
      '\t',
    );
    writeFileSync(json, content);
    const { child, url, outcome } = await line.start(['--config', json]);
    expect([url, await answers(url)]).toEqual([`http://127.0.0.1:${port}/`, 200]);
    child.kill('SIGTERM');
    const { code, out } = await outcome;
    expect([code, readFileSync(json, 'utf8')]).toEqual([0, content]);
    expect(out).toContain('(4 sources, 3 rules, 1 destination)');
    expect(out).toContain('is name of database');
    expect(out).not.toContain('canary');
  });
});
