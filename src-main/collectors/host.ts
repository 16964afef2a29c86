import { systemClock } from '../base/clock.ts';
import { CostReport } from '../base/cost-report.ts';
import { openParentPort } from '../base/parent-port.ts';
import { messageOf } from '../contract/error.ts';
import { RecentPrograms } from './programs/recent-programs.ts';
import { sourceKinds } from './source-kinds.ts';
import type { CountedReading, FromCollectors, ToCollectors } from './messages.ts';
import { ReadingPacker } from './packed-readings.ts';
import { Scheduler } from './scheduler.ts';
import { endAllRuns } from './scripts/child.ts';
import { ModuleRequests } from './scripts/module-requests.ts';
import { scriptPlaces } from './scripts/places.ts';
import { runProgram } from './scripts/run-program.ts';
import { busyThreads } from './system/file-worker.ts';
import { openSystem } from './system/open-system.ts';
import { hangingVolumes } from './system/volume.ts';
import { sampleSource } from './take-sample.ts';

/**
 * Entry of the collectors process: started by main, told what to sample, gone when the line to main is cut. Its arguments are the
 * data directory and the folder of scripts; without them no script runs.
 */

const lookAtLeaveMs = 25;
const looksAtLeave = 10;

const port = openParentPort<FromCollectors, ToCollectors>('collectors');
const system = openSystem();
const cost = new CostReport(systemClock, () => {
  const { user, system: kernel } = process.cpuUsage();
  port.send({ type: 'cost', cpuMs: (user + kernel) / 1000 });
});
let unsent: CountedReading[] = [];
const packer = new ReadingPacker();
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
  onReading(reading, missedRuns) {
    // Those that tick together are read before anything else happens.
    if (unsent.length === 0) setImmediate(sendReadings);
    unsent.push({ reading, missedRuns });
  },
  onNetwork: (isUp) => port.send({ type: 'network', isUp }),
});

/** Programs that run for something that is sent. */
const runs = new Map<number, AbortController>();

const recentPrograms = new RecentPrograms({ system, clock: systemClock });
recentPrograms.start();

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
    case 'watched':
      scheduler.watched(message.isWatched);
      return;
    case 'time-lost':
      scheduler.timeLost();
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
    case 'top':
      void recentPrograms
        .top()
        .catch((thrown: unknown) => ({ problem: messageOf(thrown) }))
        .then((programs) => port.send({ type: 'top', id: message.id, programs }));
      return;
    case 'run': {
      const { id, task } = message;
      const controller = new AbortController();
      runs.set(id, controller);
      void runProgram(task, scripts, controller.signal).then((outcome) => {
        runs.delete(id);
        port.send({ type: 'ran', id, outcome });
      });
      return;
    }
    case 'end-run':
      runs.get(message.id)?.abort();
      return;
    case 'stop':
      recentPrograms.stop();
      scheduler.stop();
      endAllRuns();
      system.close();
      leave(looksAtLeave);
      return;
  }
});

/** File systems that answer at all have answered by the last look; a thread that waits for one that is gone is left behind. */
function leave(looksLeft: number): void {
  const isAsking = busyThreads() + hangingVolumes() > 0;
  if (isAsking && looksLeft > 0) {
    systemClock.after(lookAtLeaveMs, () => leave(looksLeft - 1));
    return;
  }
  port.send({ type: 'stopped' });
  port.leave({ abruptly: isAsking });
}

function sendReadings(): void {
  const readings = unsent;
  unsent = [];
  const [failed, read] = [readings.filter(hasError), readings.filter((counted) => !hasError(counted))];
  port.sendOften({ type: 'readings', readings: failed, packed: packer.pack(read) });
  cost.goAlong();
}

function hasError({ reading }: CountedReading): boolean {
  return reading.error !== null;
}

port.send({ type: 'ready' });
cost.send();
