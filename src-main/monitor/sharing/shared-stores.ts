import type { PipelineParts } from '../pipeline.ts';
import type { HostStore } from '../state/host-store.ts';
import type { State } from '../state/state.ts';
import type { Sharing } from './sharing.ts';

/** Hosts as the state has them; those that this hub evaluates are written for the other hubs as well. */
export function sharedHosts(state: State, sharing: Sharing | null): HostStore {
  if (sharing === null) return state;
  return {
    hosts: () => state.hosts(),
    putHosts: (rows) => {
      state.putHosts(rows);
      sharing.putHosts(rows);
    },
    removeHost: (host) => {
      state.removeHost(host);
      sharing.removeHost(host);
    },
    hostTags: () => state.hostTags(),
    putHostTags: (host, tags) => state.putHostTags(host, tags),
  };
}

/** The state as the pipeline commits to it: what is of shared hosts, when all hubs can know it. */
export function sharedCommits(state: State, sharing: Sharing | null): PipelineParts['state'] {
  if (sharing === null) return state;
  return {
    commit: (change) => sharing.commit(change),
    deliveriesOf: (id) => state.deliveriesOf(id),
    holding: () => state.holding(),
    held: (destination) => state.held(destination),
    message: (id) => state.message(id),
  };
}
