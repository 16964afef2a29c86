import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { DatabaseAccess } from '../../history/postgres/database.ts';
import type { Bulletin } from '../bulletin.ts';
import type { Hosts } from '../hosts/hosts.ts';
import type { HandedOver, Ingest } from '../hosts/ingest.ts';
import type { Judging } from '../judging/judging.ts';
import { noChange } from '../judging/track.ts';
import type { Moment } from '../judging/verdict.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Deliveries } from '../sending/deliveries.ts';
import type { State } from '../state/state.ts';
import type { AlertMark } from './mirror.ts';
import { Sharing } from './sharing.ts';

interface SharedParts {
  /** This machine's host name; every hub evaluates its own machine. */
  host: string;
  clock: Clock;
  log: Log;
  access(): Promise<DatabaseAccess>;
  state: State;
  bulletin: Pick<Bulletin, 'publish' | 'notice'>;
  moment(): Moment;
  /** The objects that apply what is decided and known at other hubs. Called only once sharing has begun. */
  here(): {
    hosts: Hosts;
    ingest: Ingest;
    judging: Judging;
    deliveries: Pick<Deliveries, 'poke'>;
  };
}

/** Shares the evaluation of hosts with the hubs that have the same database. */
export function shareEvaluation(parts: SharedParts): Sharing {
  const { host, clock, log, access, state, bulletin, moment, here } = parts;
  const refresh = () => bulletin.publish({ type: 'refresh' });
  return new Sharing({
    ...{ host, clock, log, access },
    commit: (change) => state.commit(change),
    deliver: () => here().deliveries.poke(),
    adopt: ({ tracks, alerts, deliveries, hosts }) => {
      here().hosts.adopt(hosts);
      state.commit({ ...noChange, tracks, alerts, deliveries });
      here().judging.judge.adopt(tracks, alerts, moment());
      here().deliveries.poke();
      refresh();
    },
    leave: (isLeft) => {
      here().judging.judge.leave(isLeft);
      state.leave(isLeft);
      refresh();
    },
    takeOver: (handed) => here().ingest.takeOver(handed as HandedOver),
    mark: (mark) => applyMark(here().judging.pipeline, mark, moment()),
    show: (alerts, isOld) => {
      state.commit({ ...noChange, alerts });
      if (isOld) return;
      for (const alert of alerts) bulletin.publish({ type: 'alert', alert, transition: null });
    },
    caughtUp: refresh,
    tag: (name, tags) => here().hosts.expect(name, tags),
    remove: (name, at) => {
      here().hosts.removeBefore(name, at);
      for (const token of state.access.tokens())
        if (token.host === name && token.createdAt <= at) state.access.removeToken(token.id);
    },
    tags: () => state.hosts.hostTags(),
    store: state.hosts,
    notice: (message) => bulletin.notice('sharing', message),
  });
}

/** Applies a decision of another hub about an alert that may be over by now. */
function applyMark(pipeline: Pipeline, mark: AlertMark, moment: Moment): void {
  try {
    // A newer hub may send a mark that is not known here: it is not taken for another one.
    switch (mark.to) {
      case 'acknowledge':
        return pipeline.acknowledge(mark.id, mark.by, mark.note, moment);
      case 'unacknowledge':
        return pipeline.unacknowledge(mark.id, moment);
      case 'snooze':
        return pipeline.snooze(mark.id, mark.by, mark.until, moment);
      case 'unsnooze':
        return pipeline.unsnooze(mark.id, mark.by, moment);
    }
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_found') throw thrown;
  }
}
