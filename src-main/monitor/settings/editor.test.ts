import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { secretResolver } from '../../base/secrets.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { SettingsEditor } from './editor.ts';
import { SettingsKeeper } from './keeper.ts';
import { starterSettings } from './starter.ts';

vi.mock(import('../../deliveries/kinds.ts'), async (original) => {
  const { courier } = await import('../../testing/courier.ts');
  return { ...(await original()), courier };
});

const canary = 'correct-horse';
const starter = starterSettings();
let directory: string;
let store: MemorySettingsStore;
let kept: MemorySecretStore;
let keeper: SettingsKeeper;
let secrets: SecretKeeper;
let editor: SettingsEditor;

/** Everything that must be as it was when a change has failed. */
function everything(): unknown {
  const copies = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]);
  return structuredClone([store.stored, [...kept.secrets], keeper.settings, keeper.view().revision, copies]);
}
const withCourier = (options: object) => ({
  ...starter,
  destinations: [{ name: 'courier', kind: 'courier', enabled: true, ...options }],
});
const foreign = `export_settings:
  destinations:
    - {type: webhook, url: "https://me:${canary}@example.org/"}
`;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-editor-'));
  store = new MemorySettingsStore(directory);
  store.put(starter);
  kept = new MemorySecretStore({ mine: 'm' });
  keeper = await SettingsKeeper.open({ store, environment: {}, directory }, false);
  secrets = new SecretKeeper(kept, new HandClock());
  const secret = secretResolver({ env: {}, directory, store: secrets });
  editor = new SettingsEditor({ keeper, secrets, secret, env: {}, directory });
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a change', () => {
  it('puts what came in clear into the store, and a reference into the settings', async () => {
    await editor.change(withCourier({ password: { plain: canary } }), 'r1');
    const [, [name, secret] = ['', '']] = [...kept.secrets];
    expect([name, secret]).toEqual([expect.stringMatching(/^destinations\/courier\/password#/), canary]);
    expect(keeper.settings.destinations[0]).toMatchObject({ password: { secret: name } });
    expect(JSON.stringify([store.stored, keeper.settings])).not.toContain(canary);
    expect(readFileSync(join(directory, 'settings.last-good.json'), 'utf8')).not.toContain(canary);
  });

  it('puts a header that is called as a secret is into the store, though it came as text', async () => {
    const headers = { Authorization: `Bearer ${canary}` };
    const web = { name: 'web', kind: 'http', url: 'https://example.org/', headers };
    await editor.change({ ...starter, sources: [...starter.sources, web] }, 'r1');
    expect([...kept.secrets.values()]).toContain(headers.Authorization);
    expect(JSON.stringify([store.stored, keeper.settings])).not.toContain(canary);
  });

  it('refuses to import a file of our own that has such a header in clear, and does not repeat it', async () => {
    const file = `version: 1
sources:
  - {name: web, kind: http, url: "https://example.org/", headers: {Authorization: Bearer ${canary}}}
`;
    const before = everything();
    const thrown: unknown = await editor.import(file, 'r1').catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({
      code: 'invalid_settings',
      problems: [
        {
          path: 'sources[0].headers.Authorization',
          line: 3,
          message: expect.stringContaining('{ env: NAME }') as string,
        },
      ],
    });
    expect(JSON.stringify(thrown)).not.toContain(canary);
    expect(everything()).toEqual(before);
  });

  it.each<[string, object, string, () => unknown, string]>([
    [
      'the settings do not hold',
      { password: { plain: canary }, fate: 'x' },
      'r1',
      () => undefined,
      'invalid_settings',
    ],
    [
      'a destination says that it cannot work',
      { password: { plain: canary }, fate: 'nowhere' },
      'r1',
      () => undefined,
      'invalid_settings',
    ],
    ['they were changed meanwhile', { password: { plain: canary } }, 'r0', () => undefined, 'conflict'],
    [
      'the file cannot be written',
      { password: { plain: canary } },
      'r1',
      () => (store.write = () => Promise.reject(new PlimsollError('disk_full', 'full'))),
      'disk_full',
    ],
    [
      'a secret cannot be stored',
      { password: { plain: canary } },
      'r1',
      () => (kept.writeAll = () => Promise.reject(new PlimsollError('unsupported', 'no key ring'))),
      'unsupported',
    ],
  ])('that fails because %s changes nothing', async (_name, options, revision, spoil, code) => {
    spoil();
    const before = everything();
    await expect(editor.change(withCourier(options), revision)).rejects.toMatchObject({ code });
    await secrets.close();
    expect(everything()).toEqual(before);
  });

  it('names the field of the destination that says no', async () => {
    await expect(editor.change(withCourier({ fate: 'nowhere' }), 'r1')).rejects.toMatchObject({
      problems: [{ path: 'destinations[0].fate', message: 'There is no way there.' }],
    });
    // One that is switched off, or was there before, is not asked.
    await editor.change(withCourier({ fate: 'nowhere', enabled: false }), 'r1');
    store.put(withCourier({ fate: 'nowhere' }));
    await keeper.reload();
    await editor.change({ ...withCourier({ fate: 'nowhere' }), rules: [] }, 'r3');
    expect(keeper.settings.rules).toEqual([]);
  });

  it('notices another one that is saved while a destination is looked at', async () => {
    const { resolve, promise } = Promise.withResolvers<undefined>();
    const { courier } = await import('../../testing/courier.ts');
    const check = vi.spyOn(courier, 'check').mockReturnValue(promise);
    const slow = editor.change(withCourier({ password: { plain: canary } }), 'r1');
    await vi.waitFor(() => expect(check).toHaveBeenCalled());
    const other: Settings = { ...starter, rules: [] };
    await editor.change(other, 'r1');
    resolve(undefined);
    await expect(slow).rejects.toMatchObject({ code: 'conflict' });
    await secrets.close();
    expect([keeper.settings, [...kept.secrets.keys()]]).toEqual([other, ['mine']]);
    check.mockRestore();
  });
});

describe('an import', () => {
  it('shows first and changes nothing, then is done as a whole', async () => {
    const before = everything();
    const { view } = await editor.plan(foreign);
    expect([view.applied, everything()]).toEqual([false, before]);
    const done = await editor.import(foreign, 'r1');
    expect(done).toEqual({ ...view, applied: true });
    const [hook] = keeper.settings.destinations.filter(({ kind }) => kind === 'webhook');
    expect(hook).toMatchObject({
      enabled: false,
      headers: { Authorization: { secret: expect.any(String) as string } },
    });
    expect([...kept.secrets.values()]).toEqual(['m', `Basic ${btoa(`me:${canary}`)}`]);
  });

  it('of the same file again shows no difference, stores nothing, and leaves on what was switched on', async () => {
    await editor.import(foreign, 'r1');
    const { destinations, ...rest } = keeper.settings;
    const on = destinations.map((destination) => ({ ...destination, enabled: true }));
    await editor.change({ ...rest, destinations: on }, 'r2');
    const before = everything();
    const { view } = await editor.plan(foreign);
    expect(view.differences.map(({ change, arrivesDisabled }) => [change, arrivesDisabled])).toEqual(
      view.differences.map(() => ['same', false]),
    );
    await editor.import(foreign, 'r3');
    expect((everything() as unknown[]).slice(1, 3)).toEqual((before as unknown[]).slice(1, 3));
    // Another secret is another one, and what it goes with is looked at again.
    const changed = await editor.import(foreign.replace(canary, 'battery'), keeper.view().revision);
    expect(changed.differences.filter(({ change }) => change === 'changed')).toMatchObject([
      { arrivesDisabled: true },
    ]);
  });

  it('that cannot be saved leaves settings, copy and secret store as they were', async () => {
    store.write = () => Promise.reject(new PlimsollError('disk_full', 'full'));
    const before = everything();
    await expect(editor.import(foreign, 'r1')).rejects.toMatchObject({ code: 'disk_full' });
    await expect(editor.import('version: 1\nrules: [{}]\n', 'r1')).rejects.toMatchObject({
      code: 'invalid_settings',
    });
    await expect(editor.import(foreign, 'r0')).rejects.toMatchObject({ code: 'conflict' });
    await secrets.close();
    expect(everything()).toEqual(before);
  });
});

describe("a predecessor's file", () => {
  it('is only read, and converted beside itself with its secrets in the store', async () => {
    const place = join(directory, 'config.yaml');
    Object.assign(store, { location: place });
    store.put({
      export_settings: { destinations: [{ type: 'webhook', url: `https://me:${canary}@example.org/` }] },
    });
    await keeper.reload();
    await expect(editor.change(starter, 'r2')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('convert it to plimsoll.yaml') as string,
    });
    expect([...kept.secrets.keys()]).toEqual(['mine']);
    const written = await editor.convert();
    expect(written).toBe(join(directory, 'plimsoll.yaml'));
    const text = readFileSync(written, 'utf8');
    expect(text).not.toContain(canary);
    const [, [name, secret] = ['', '']] = [...kept.secrets];
    expect([text.includes(name), secret]).toEqual([true, `Basic ${btoa(`me:${canary}`)}`]);

    await expect(editor.convert()).rejects.toMatchObject({ code: 'conflict' });
    writeFileSync(written, 'mine');
    await expect(editor.convert()).rejects.toMatchObject({ code: 'conflict' });
    expect([readFileSync(written, 'utf8'), kept.secrets.size]).toEqual(['mine', 2]);
  });

  it('is the only one that there is anything to convert of', async () => {
    await expect(editor.convert()).rejects.toMatchObject({ code: 'conflict' });
    expect(editor.export()).toContain('version: 1\n');
  });
});
