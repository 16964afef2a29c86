import { beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../contract/settings.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { MemorySecretStore } from '../testing/memory-secret-store.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { starterSettings } from './starter-settings.ts';

const hour = 3_600_000;
let clock: HandClock;
let store: MemorySecretStore;
let keeper: SecretKeeper;
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

  it('takes them away again when the settings are not saved, or not all of them could be stored', async () => {
    const secrets = new Map([
      ['one', '1'],
      ['two', '2'],
    ]);
    await expect(keeper.storeAround(secrets, () => Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
    expect(names()).toEqual(['old', 'kept']);

    const write = store.write.bind(store);
    store.write = (name, secret) =>
      name === 'two' ? Promise.reject(new Error('full')) : write(name, secret);
    let wasSaved = false;
    const save = () => Promise.resolve((wasSaved = true));
    await expect(keeper.storeAround(secrets, save)).rejects.toThrow('full');
    expect([names(), wasSaved]).toEqual([['old', 'kept'], false]);
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

  it('removes at its end what waits, and survives a store that can not', async () => {
    keeper.settingsChanged(referringTo('old'), referringTo());
    await keeper.close();
    expect(names()).toEqual(['kept']);
    keeper.settingsChanged(referringTo('kept'), referringTo());
    store.remove = () => Promise.reject(new Error('locked'));
    await clock.turn(hour);
    await keeper.close();
  });
});
