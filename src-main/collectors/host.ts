import { systemClock } from '../base/clock.ts';
import { openParentPort } from '../base/parent-port.ts';
import { sourceKinds } from './source-kinds.ts';
import type { FromCollectors, ToCollectors } from './messages.ts';
import { Scheduler } from './scheduler.ts';
import { endAllRuns } from './scripts/child.ts';
import { ModuleRequests } from './scripts/module-requests.ts';
import { scriptPlaces } from './scripts/places.ts';
import { openSystem } from './system/open-system.ts';
import { sampleSource } from './take-sample.ts';

/**
 * Entry of the collectors process: started by main, told what to sample, gone when the line to main is cut. Its arguments are the
 * data directory and the folder of scripts; without them no script runs.
 */

const costIntervalMs = 10_000;

const port = openParentPort<FromCollectors, ToCollectors>('collectors');
const system = openSystem();
const modules = new ModuleRequests({
  call: (id, call) => port.send({ type: 'call-module', id, call }),
  end: (id) => port.send({ type: 'end-module', id }),
});
const [, , dataDirectory, scriptFolder] = process.argv;
const scripts =
  dataDirectory === undefined || scriptFolder === undefined
    ? undefined
    : scriptPlaces({ dataDirectory, folder: scriptFolder, openModule: modules.open });
const scheduler = new Scheduler({
  kinds: sourceKinds,
  system,
  clock: systemClock,
  ...(scripts === undefined ? {} : { scripts }),
  onReading: (reading, missedRuns) => port.send({ type: 'reading', reading, missedRuns }),
});

// `process.exit` would wait for a thread that looks at a file on a server that is gone. There is nothing to save.
port.onCut(() => {
  endAllRuns();
  process.kill(process.pid, 'SIGKILL');
});
port.onMessage((message) => {
  switch (message.type) {
    case 'configure':
      scheduler.configure(message);
      return;
    case 'sample':
      void sampleSource(message.source, system, {
        seconds: 1,
        host: message.host,
        clock: systemClock,
        ...(scripts === undefined ? {} : { scripts }),
      }).then((reading) => port.send({ type: 'sampled', id: message.id, reading }));
      return;
    case 'module-called':
      modules.settle(message.id, message.outcome);
      return;
    case 'stop':
      scheduler.stop();
      endAllRuns();
      system.close();
      port.send({ type: 'stopped' });
      port.leave();
      return;
  }
});

function sendCost(): void {
  const { user, system: kernel } = process.cpuUsage();
  port.send({ type: 'cost', cpuMs: (user + kernel) / 1000 });
  systemClock.after(costIntervalMs, sendCost);
}
systemClock.after(costIntervalMs, sendCost);

port.send({ type: 'ready' });
