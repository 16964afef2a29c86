import { afterEach, beforeEach, expect, it } from 'vitest';
import { StateFolder } from '../../testing/state-folder.ts';
import type { HostRow } from './host-store.ts';
import type { State } from './state.ts';

let folder: StateFolder;
let state: State;

beforeEach(() => {
  ({ state } = folder = new StateFolder());
});
afterEach(() => {
  folder.remove();
});

it('remembers hosts, and forgets one that is removed', () => {
  const row: HostRow = {
    ...{ host: 'web-1', registeredAt: 1, lastSeenAt: 2, intervalSeconds: null, maySleep: false },
    ...{
      address: '192.0.2.7',
      agent: null,
      tags: { role: 'web' },
      sources: [{ name: 'cpu', kind: 'cpu' }],
    },
    ...{ clockSkewMs: -3, accepted: 4, implausible: 0, rejected: 1, isOffline: true, units: {} },
  };
  state.hosts.putHosts([row, { ...row, host: 'web-2' }]);
  state.hosts.putHosts([{ ...row, lastSeenAt: 9 }]);
  state.hosts.removeHost('web-2');
  state = folder.reopen();
  expect(state.hosts.hosts()).toEqual([{ ...row, lastSeenAt: 9 }]);
});

it('does not tell other hubs what was decided of a host before it was decided anew', () => {
  for (const later of [
    () => state.hosts.putHostTags('web-1', ['second']),
    () => state.hosts.removeHost('web-1'),
    () => state.hosts.decide({ host: 'web-1', removedAt: 5 }),
  ]) {
    state.hosts.decide({ host: 'web-1', tags: ['first'] });
    later();
    expect(state.hosts.untold().filter((decided) => 'tags' in decided)).toEqual([]);
  }
});
