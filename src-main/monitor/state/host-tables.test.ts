import { expect, it } from 'vitest';
import { stateFolderForEachTest } from '../../testing/state-folder.ts';
import type { HostRow } from './host-store.ts';

const folder = stateFolderForEachTest();

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
  folder.state.hosts.putHosts([row, { ...row, host: 'web-2' }]);
  folder.state.hosts.putHosts([{ ...row, lastSeenAt: 9 }]);
  folder.state.hosts.removeHost('web-2');
  folder.reopen();
  expect(folder.state.hosts.hosts()).toEqual([{ ...row, lastSeenAt: 9 }]);
});

it('does not tell other hubs what was decided of a host before it was decided anew', () => {
  for (const later of [
    () => folder.state.hosts.putHostTags('web-1', ['second']),
    () => folder.state.hosts.removeHost('web-1'),
    () => folder.state.hosts.decide({ host: 'web-1', removedAt: 5 }),
  ]) {
    folder.state.hosts.decide({ host: 'web-1', tags: ['first'] });
    later();
    expect(folder.state.hosts.untold().filter((decided) => 'tags' in decided)).toEqual([]);
  }
});
