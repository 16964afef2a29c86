import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { SettingsKeeper } from './keeper.ts';
import { settingsNotices } from './notices.ts';
import { starterSettings } from './starter.ts';

const starter = starterSettings();
const oneRule: Settings = { ...starter, rules: starter.rules.slice(0, 1) };
const bad = { version: 1, rules: 'none' };
let directory: string;
let store: MemorySettingsStore;
const copyPath = () => join(directory, 'settings.last-good.json');
const open = (mustHold = false) => SettingsKeeper.open({ store, environment: {}, directory }, mustHold);
const rulesOf = ({ settings }: SettingsKeeper) => settings.rules.length;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof PlimsollError ? thrown.code : thrown),
  );

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-settings-'));
  store = new MemorySettingsStore();
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('SettingsKeeper', () => {
  it('begins with the starter settings, and writes nothing until something is saved', async () => {
    const keeper = await open();
    expect([rulesOf(keeper), existsSync(copyPath()), store.stored]).toEqual([3, false, null]);
    await keeper.change(oneRule, keeper.view().revision);
    expect([keeper.view().revision, rulesOf(keeper)]).toEqual(['r1', 1]);
    expect(JSON.parse(readFileSync(copyPath(), 'utf8'))).toEqual(oneRule);
  });

  it('starts with the last good copy when the document is bad, unless it has to hold', async () => {
    store.put(oneRule);
    await open();
    store.put(bad);
    const keeper = await open();
    expect([rulesOf(keeper), keeper.problem?.code]).toEqual([1, 'invalid_settings']);
    expect(await codeOf(keeper.change(starter, keeper.view().revision))).toBe('conflict');
    expect(await codeOf(open(true))).toBe('invalid_settings');
    store.put(starter);
    await keeper.reload();
    expect([rulesOf(keeper), keeper.problem]).toEqual([3, null]);
  });

  it.skipIf(process.platform === 'win32')('does not wait for a copy that is a pipe', async () => {
    execFileSync('mkfifo', [copyPath()]);
    const writer = spawn('sh', [
      '-c',
      'sleep 2; echo "$1" > "$2"',
      'sh',
      JSON.stringify(oneRule),
      copyPath(),
    ]);
    store.put(bad);
    const keeper = await open();
    writer.kill();
    expect([rulesOf(keeper), keeper.problem?.code]).toEqual([3, 'invalid_settings']);
  });

  it('says which settings hold instead of a bad document: those of a first start, or the last good ones', async () => {
    store.put(bad);
    const keeper = await open();
    expect(settingsNotices(keeper)['settings']).toContain('those of a first start are. ');
    store.put(oneRule);
    await keeper.reload();
    store.put(bad);
    await expect(keeper.reload()).rejects.toMatchObject({ code: 'invalid_settings' });
    expect(settingsNotices(keeper)['settings']).toContain('the last good ones are. ');
  });

  it('writes a document that is gone again from the last good copy, and says so', async () => {
    store.put(oneRule);
    await open();
    store.stored = null;
    const keeper = await open();
    expect([rulesOf(keeper), store.stored, keeper.problem]).toMatchObject([1, { content: oneRule }, null]);
    expect(keeper.noticeAtStart).toContain('/somewhere/settings was gone');
    expect(keeper.noticeAtStart).toContain(`remove both it and ${copyPath()}.`);
    await keeper.change(starter, keeper.view().revision);
    expect((await open()).noticeAtStart).toBeNull();
  });

  it('goes on with the last good copy where a document that is gone cannot be written', async () => {
    store.put(oneRule);
    await open();
    store.stored = null;
    store.write = () => Promise.reject(new PlimsollError('disk_full', 'The disk is full.'));
    const keeper = await open();
    expect([rulesOf(keeper), keeper.noticeAtStart]).toEqual([
      1,
      expect.stringContaining('could not be written again: The disk is full.'),
    ]);
  });

  it('keeps no copy of a document that has to hold, and does not start with that of another', async () => {
    store.put(oneRule);
    await open();
    store.put(starter);
    await open(true);
    store.stored = null;
    expect([rulesOf(await open(true)), store.stored]).toEqual([3, null]);
    expect(rulesOf(await open())).toBe(1);
  });

  it('refuses a change that was made on other settings, and one that does not hold', async () => {
    store.put(oneRule);
    const keeper = await open();
    expect(await codeOf(keeper.change(starter, 'r0'))).toBe('conflict');
    expect(await codeOf(keeper.change(bad, 'r1'))).toBe('invalid_settings');
    expect([rulesOf(keeper), store.stored?.revision]).toEqual([1, 'r1']);
  });

  it('keeps what is in force when the document is bad or gone at a reload', async () => {
    store.put(oneRule);
    const keeper = await open();
    store.put(bad);
    expect(await codeOf(keeper.reload())).toBe('invalid_settings');
    expect([rulesOf(keeper), keeper.problem?.code]).toEqual([1, 'invalid_settings']);
    expect(keeper.isGone).toBe(false);
    const { stored } = store;
    store.stored = null;
    await keeper.reload();
    expect([rulesOf(keeper), keeper.problem, keeper.isGone]).toEqual([1, null, true]);
    store.stored = stored;
    await keeper.reload().catch(() => undefined);
    expect(keeper.isGone).toBe(false);
  });

  it('keeps the environment out of the document, and puts it in force', async () => {
    store.put(oneRule);
    const environment = { MONITOR_CPU_THRESHOLD: '70', MONITOR_INTERVAL: '5s', FLASK_ENV: 'production' };
    const keeper = await SettingsKeeper.open({ store, environment, directory }, false);
    expect([keeper.settings.rules[0]?.threshold, keeper.inForce.settings.rules[0]?.threshold]).toEqual([
      80, 70,
    ]);
    expect(keeper.view().overrides[0]).toMatchObject({ path: 'rules[0].threshold', value: 70 });
    expect(keeper.inForce.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('MONITOR_INTERVAL must be a number, not "5s"'),
    ]);
    expect(keeper.inForce.notices).toEqual(['FLASK_ENV is ignored: there is no Flask here.']);
    await keeper.change({ ...starter, rules: [] }, 'r1');
    expect([store.stored?.content, keeper.view().overrides]).toMatchObject([{ rules: [] }, []]);
    expect(JSON.parse(readFileSync(copyPath(), 'utf8'))).toMatchObject({ rules: [] });
  });

  it("reads a predecessor's document, keeps its secrets in memory and never saves over it", async () => {
    const url = 'https://me:canary@example.org/';
    store.put({ export_settings: { destinations: [{ type: 'webhook', url }] } });
    const keeper = await open();
    const { translation, editable, settings } = keeper.view();
    expect([translation?.title, editable]).toEqual(['Threshold monitor (config.yaml)', false]);
    expect([...keeper.secrets.values()]).toEqual([`Basic ${btoa('me:canary')}`]);
    expect(JSON.stringify(settings)).not.toContain('canary');
    expect(readFileSync(copyPath(), 'utf8')).not.toMatch(new RegExp(`canary|${btoa('me:canary')}`));
    expect(await codeOf(keeper.change(starter, 'r1'))).toBe('forbidden');
    // Replaced by one of our own, it is ours to save.
    store.put(oneRule);
    await keeper.reload();
    expect([keeper.view().editable, keeper.secrets.size]).toEqual([true, 0]);
    expect(await codeOf(keeper.change(starter, 'r2'))).toBe('done');
  });

  it('says which keys of a newer document it does not know, before and after a change', async () => {
    store.put({ ...oneRule, version: 1.1, sparkle: true });
    const keeper = await open(true);
    expect(keeper.view().warnings).toMatchObject([{ path: 'sparkle' }]);
    expect(await codeOf(keeper.change({ ...starter, version: 1.1, sparkle: true }, 'r1'))).toBe('done');
    expect(keeper.view().warnings).toMatchObject([{ path: 'sparkle' }]);
  });

  it('takes settings over although no copy can be kept, and says so until one is', async () => {
    // Nobody, root included, can put a file in the place of a directory that is not empty.
    mkdirSync(copyPath());
    writeFileSync(join(copyPath(), 'in the way'), '');
    store.put(oneRule);
    const keeper = await open();
    expect([rulesOf(keeper), keeper.problem]).toEqual([1, null]);
    expect(keeper.copyProblem?.message).toContain('settings.last-good.json');

    await keeper.change(starter, 'r1');
    expect([keeper.view().revision, rulesOf(keeper)]).toEqual(['r2', 3]);
    store.put(oneRule);
    await keeper.reload();
    expect(rulesOf(keeper)).toBe(1);

    rmSync(copyPath(), { recursive: true });
    await keeper.reload();
    expect(keeper.copyProblem).toBeNull();
    expect(JSON.parse(readFileSync(copyPath(), 'utf8'))).toEqual(oneRule);
  });
});
