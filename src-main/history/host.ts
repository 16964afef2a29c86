import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { openParentPort } from '../base/parent-port.ts';
import { DiskSpace } from './disk-space.ts';
import { FileWatch } from './file-watch.ts';
import type { FromHistory, ToHistory } from './messages.ts';
import { markDamaged, openHistory } from './open.ts';
import { serveHistory } from './serve.ts';

/** Entry point of the history process. Its one argument is the data directory. */
const directory = process.argv[2];
if (directory === undefined) throw new Error('The history process needs the data directory as its argument.');

const port = openParentPort<FromHistory, ToHistory>('history');
// Everything acknowledged is in the log, where the next start finds it. `process.exit` would wait for threads that wait
// for the disk.
const end = (): void => void process.kill(process.pid, 'SIGKILL');
port.onCut(end);

const space = new FileWatch({
  path: join(directory, 'history.sqlite'),
  clock: systemClock,
  space: new DiskSpace(directory, systemClock),
  end,
});

void serveHistory(port, {
  clock: systemClock,
  space,
  open: async () => {
    const opened = await openHistory(directory, systemClock);
    space.opened(opened.store);
    return opened;
  },
  beforeEnd: () => space.beforeEnd(),
  markDamaged: () => markDamaged(directory),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  leave: () => port.leave(),
});
