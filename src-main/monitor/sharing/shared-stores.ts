import type { Pipeline } from '../pipeline.ts';
import type { HostStore } from '../state/host-store.ts';
import type { Sharing } from './sharing.ts';

type Marks = Pick<Pipeline, 'acknowledge' | 'unacknowledge' | 'snooze' | 'unsnooze'>;

/** The host store of the state; hosts that this hub evaluates are also written for the other hubs. */
export function sharedHosts(store: HostStore, sharing: Sharing | null): HostStore {
  if (sharing === null) return store;
  return {
    hosts: () => store.hosts(),
    putHosts: (rows) => {
      store.putHosts(rows);
      sharing.putHosts(rows);
    },
    removeHost: (host) => {
      sharing.decide({ host, removedAt: sharing.now() }, () => store.removeHost(host));
    },
    hostTags: () => store.hostTags(),
    putHostTags: (host, tags) => {
      sharing.decide({ host, tags }, () => store.putHostTags(host, tags));
    },
  };
}

/** Passes decisions about alerts to the pipeline here, or to the hub that evaluates them. */
export function sharedMarks(pipeline: Marks, sharing: Sharing | null): Marks {
  if (sharing === null) return pipeline;
  return {
    acknowledge: (id, by, note, moment) => {
      if (!sharing.handMarkOver({ to: 'acknowledge', id, by, note }))
        pipeline.acknowledge(id, by, note, moment);
    },
    unacknowledge: (id, moment) => {
      if (!sharing.handMarkOver({ to: 'unacknowledge', id })) pipeline.unacknowledge(id, moment);
    },
    snooze: (id, by, until, moment) => {
      if (!sharing.handMarkOver({ to: 'snooze', id, by, until })) pipeline.snooze(id, by, until, moment);
    },
    unsnooze: (id, by, moment) => {
      if (!sharing.handMarkOver({ to: 'unsnooze', id, by })) pipeline.unsnooze(id, by, moment);
    },
  };
}
