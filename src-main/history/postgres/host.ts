import { systemClock } from '../../base/clock.ts';
import { openParentPort } from '../../base/parent-port.ts';
import type { FromHistory } from '../messages.ts';
import { servePostgres } from './serve.ts';
import type { ToPostgres } from './serve.ts';
import { PostgresHistory } from './store.ts';

/** Entry of the history process where history lies in PostgreSQL. Main tells it where. */
const port = openParentPort<FromHistory, ToPostgres>('history');
// What was acknowledged is committed on the server: no time is spent on a tidy end.
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
