import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Settings } from '../../contract/settings.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { starterSettings } from './starter.ts';

const hour = 3_600_000;
let clock: HandClock;
let store: MemorySecretStore;
let keeper: SecretKeeper;
const secrets = new Map([
  ['one', '1'],
  ['two', '2'],
]);
const names = () => [...store.secrets.keys()];

/** Settings whose only destination refers to these secrets. */
function referringTo(...secrets: string[]): Settings {
  const headers = Object.fromEntries(secrets.map((secret) => [secret, { secret }]));
  return { ...starterSettings(), destinations: [{ name: 'd', kind: 'webhook', enabled: true, headers }] };
}

beforeEach(() => {
  clock = new HandClock();
  store = new MemorySecretStore({ old: 'o', kept: 'k' });
  keeper = new SecretKeeper(store, clock);
});

describe('SecretKeeper', () => {
  it('knows what a file holds in clear, and never stores it', async () => {
    keeper.holdInMemory(new Map([['destinations/mail/password', 'in clear']]));
    expect(await keeper.read('destinations/mail/password')).toBe('in clear');
    expect(await keeper.read('old')).toBe('o');
    expect(await keeper.names()).toEqual(['old', 'kept']);
    keeper.holdInMemory(new Map());
    expect(await keeper.read('destinations/mail/password')).toBeNull();
  });

  it('stores secrets before the settings are saved', async () => {
    const saved = await keeper.storeAround(new Map([['new', 'n']]), () =>
      Promise.resolve(store.secrets.get('new')),
    );
    expect([saved, names()]).toEqual(['n', ['old', 'kept', 'new']]);
  });

  it('stores all of them in one go, and removes all of them in one go', async () => {
    const writeAll = vi.spyOn(store, 'writeAll');
    const removeAll = vi.spyOn(store, 'removeAll');
    await keeper.storeAround(secrets, () => Promise.resolve());
    keeper.settingsChanged(referringTo('one', 'two', 'old'), referringTo());
    await clock.turn(hour);
    expect([writeAll.mock.calls.length, removeAll.mock.calls, names()]).toEqual([
      1,
      [[['one', 'two', 'old']]],
      ['kept'],
    ]);
  });

  it('takes them away again later when the settings are not saved', async () => {
    const save = () => Promise.reject(new Error('refused'));
    await expect(keeper.storeAround(secrets, save)).rejects.toThrow('refused');
    // The settings may be written all the same, as when only their directory could not be synced.
    keeper.keep(referringTo('two'));
    await clock.turn(hour);
    expect(names()).toEqual(['old', 'kept', 'two']);
  });

  it('saves no settings whose secrets could not be stored', async () => {
    store.writeAll = () => Promise.reject(new Error('full'));
    const save = vi.fn(() => Promise.resolve());
    await expect(keeper.storeAround(secrets, save)).rejects.toThrow('full');
    await keeper.close();
    expect([names(), save.mock.calls]).toEqual([['old', 'kept'], []]);
  });

  it('removes what is no longer referred to after an hour, for an undo until then', async () => {
    keeper.settingsChanged(referringTo('old', 'kept'), referringTo('kept'));
    await clock.turn(hour - 1);
    expect(names()).toEqual(['old', 'kept']);
    await clock.turn(1);
    expect(names()).toEqual(['kept']);
  });

  it('keeps what an undo, or an edit by hand, refers to again', async () => {
    keeper.settingsChanged(referringTo('old', 'kept'), referringTo());
    await clock.turn(hour / 2);
    keeper.settingsChanged(referringTo(), referringTo('old'));
    keeper.keep(referringTo('kept'));
    await clock.turn(2 * hour);
    expect(names()).toEqual(['old', 'kept']);
  });

  it('counts the hour from the first change that dropped it', async () => {
    keeper.settingsChanged(referringTo('old'), referringTo());
    await clock.turn(hour / 2);
    keeper.settingsChanged(referringTo('old'), referringTo());
    await clock.turn(hour / 2);
    expect(names()).toEqual(['kept']);
  });

  it('removes at its end what waits, and survives a store that cannot', async () => {
    keeper.settingsChanged(referringTo('old'), referringTo());
    await keeper.close();
    expect(names()).toEqual(['kept']);
    keeper.settingsChanged(referringTo('kept'), referringTo());
    store.removeAll = () => Promise.reject(new Error('locked'));
    await clock.turn(hour);
    await keeper.close();
  });
});
