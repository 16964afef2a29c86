import { systemClock } from '../../base/clock.ts';
import { openParentPort } from '../../base/parent-port.ts';
import type { FromHistory } from '../messages.ts';
import { servePostgres } from './serve.ts';
import type { ToPostgres } from './serve.ts';
import { PostgresHistory } from './store.ts';

/** Entry point of the history process for a history in PostgreSQL. Main sends it the address. */
const port = openParentPort<FromHistory, ToPostgres>('history');
// Everything acknowledged is committed on the server, so there is no need for an orderly end.
port.onCut(() => process.kill(process.pid, 'SIGKILL'));

servePostgres(port, {
  clock: systemClock,
  open: (access) => PostgresHistory.open(access, () => systemClock.now()),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  leave: () => port.leave(),
});
