import { describe, expect, it } from 'vitest';
import type { Settings } from '../../contract/settings.ts';
import { planImport } from './import.ts';
import { secretsOf } from '../../testing/surroundings.ts';
import { parseSettings } from './schema.ts';
import { starterSettings } from './starter.ts';

const canary = 'correct-horse';
const current = parseSettings({
  ...starterSettings(),
  sources: [...starterSettings().sources, { name: 'api', kind: 'http', url: 'https://example.org/' }],
  destinations: [
    { name: 'exports', kind: 'file' },
    { name: 'hook', kind: 'webhook', url: 'https://example.org/hook' },
    { name: 'off', kind: 'webhook', url: 'https://example.org/off', enabled: false },
  ],
  monitoring: { maxWorkers: 2 },
  listen: ['127.0.0.1:9000'],
});

/** What a text would change, one line each: list, name, change, whether it arrives disabled, and the keys. */
async function changes(text: string, before: Settings = current): Promise<string[]> {
  return (await planImport(text, before, {}, secretsOf())).view.differences.map(
    ({ list, name, change, arrivesDisabled, keys }) =>
      [
        list,
        name,
        change,
        ...(arrivesDisabled ? ['disabled'] : []),
        ...keys.map(({ key }) => `.${key}`),
      ].join(' '),
  );
}

describe('an import', () => {
  it('says of what it leaves out that it does', async () => {
    const text = 'version: 1\nlisten: ["127.0.0.1:9000"]\nhub: { allowAnonymousFrom: ["192.168.1.0/24"] }\n';
    const { settings, view } = await planImport(text, current, {}, secretsOf());
    expect(settings).toEqual(current);
    expect(view.warnings).toEqual([
      { path: 'hub', message: expect.stringMatching(/^is not imported/) as string, line: 3, column: 1 },
    ]);
    const hub = { allowAnonymousFrom: ['192.168.1.0/24'] };
    const same = await planImport(text, parseSettings({ ...current, hub }), {}, secretsOf());
    expect(same.view.warnings).toEqual([]);
    const server = '{"database": {"host": "db", "database_name": "m", "username": "u", "password": "p"}}';
    expect((await planImport(server, current, {}, secretsOf())).view.warnings).toMatchObject([
      { path: 'database', message: expect.stringMatching(/^is not imported/) as string },
    ]);
  });

  it('adds, replaces in place and removes nothing', async () => {
    const text = `version: 1
sources:
  - {name: disk, kind: disk, path: /data}
  - {name: memory, kind: memory}
  - {name: more, kind: cpu}
rules:
  - {id: cpu-high, name: Busy, source: disk, metric: disk_percent, comparison: less_than, threshold: 5}
`;
    const { settings, view } = await planImport(text, current, {}, secretsOf());
    expect(view.applied).toBe(false);
    expect(await changes(text)).toEqual([
      'sources disk changed .path',
      'sources memory same',
      'sources more added .name .enabled .kind .perCore',
      'rules Busy changed .name .source .metric .comparison .threshold .consecutiveViolations',
    ]);
    expect(settings.sources.map(({ name }) => name)).toEqual([
      'cpu',
      'memory',
      'disk',
      'network',
      'api',
      'more',
    ]);
    expect(settings.rules.map(({ id }) => id)).toEqual(['cpu-high', 'memory-high', 'disk-high']);
    // What the text leaves out stays as it is.
    const { destinations, monitoring, listen } = current;
    expect(settings).toMatchObject({ destinations, monitoring, listen });
  });

  it('switches off what could act, unless the same entry is on already', async () => {
    const text = `version: 1
sources:
  - {name: api, kind: http, url: "https://example.org/"}
  - {name: other, kind: http, url: "https://example.org/other"}
  - {name: local, kind: cpu}
destinations:
  - {name: exports, kind: file}
  - {name: hook, kind: webhook, url: "https://evil.example/"}
  - {name: "off", kind: webhook, url: "https://example.org/off"}
  - {name: never on, kind: webhook, url: "https://example.org/never", enabled: false}
`;
    expect(await changes(text)).toEqual([
      'sources api same',
      'sources other added disabled .name .enabled .kind .url .verifyCertificate .method',
      'sources local added .name .enabled .kind .perCore',
      'destinations exports same',
      'destinations hook changed disabled .enabled .url',
      'destinations off same disabled',
      'destinations never on added .name .enabled .kind .url .method .onResolve',
    ]);
    const { settings } = await planImport(text, current, {}, secretsOf());
    expect(settings.destinations.map(({ name, enabled }) => `${name} ${enabled}`)).toEqual([
      'exports true',
      'hook false',
      'off false',
      'never on false',
    ]);
  });

  it('of sections of their own says what changes in them', async () => {
    expect(await changes('version: 1\nmonitoring: {maxWorkers: 2}\nlisten: ["127.0.0.1:9001"]\n')).toEqual([
      'monitoring monitoring same',
      'listen listen changed .addresses',
    ]);
    expect(await changes('version: 1\n')).toEqual([]);
  });

  it("of a predecessor's file keeps what it holds in clear apart, and out of what is shown", async () => {
    const text = `data_sources:
  - {name: api, type: api_endpoint, source: "https://me:${canary}@example.org/"}
export_settings:
  destinations:
    - {type: email, smtp_server: mail.example.org, username: me@example.org, password: ${canary}, to_addresses: [a@example.org]}
`;
    const plan = await planImport(text, current, {}, secretsOf());
    expect(JSON.stringify([plan.view, plan.settings])).not.toContain(canary);
    expect([...plan.secrets.values()]).toEqual([canary, canary]);
    expect(plan.view.translation?.title).toBe('Threshold monitor (config.yaml)');
    const mail = plan.settings.destinations.find(({ kind }) => kind === 'email');
    expect(mail).toMatchObject({ enabled: false, password: { secret: expect.any(String) as string } });
  });

  it('of a newer Plimsoll leaves what is not known behind, and says so', async () => {
    const { view, settings } = await planImport(
      'version: 1.1\nsources: [{name: cpu, kind: cpu, sparkle: 1}]\n',
      current,
      {},
      secretsOf(),
    );
    expect(view.warnings).toEqual([
      { path: 'sources[0].sparkle', message: 'unknown key sparkle.', line: 2, column: 43 },
    ]);
    expect([settings.version, settings.sources[0]]).toEqual([1, current.sources[0]]);
  });
});
