import type { DestinationHealth, SamplesStanding } from '../contract/delivery.ts';
import type { TimeLost } from '../contract/event.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import type { Labels, Measurement, Reading } from '../contract/sample.ts';
import type { OwnCost, StageHealth } from '../contract/status.ts';

/** The source of Plimsoll's samples of itself, which users cannot configure. */
export const ownSource = 'plimsoll';

/** How long this Plimsoll has been running. It falls at each start, which tells a back-test about restarts. */
export const uptimeMetric = 'running_seconds';

/** Plimsoll's metrics about itself, so that rules can watch the watcher. */
export const ownMetrics: Record<string, MetricDefinition> = {
  own_cpu_percent: {
    title: 'Plimsoll, processor',
    unit: 'percent',
    help: 'Processor time of all its processes, in percent of one core.',
  },
  own_memory_bytes: {
    title: 'Plimsoll, memory',
    unit: 'bytes',
    help: 'Memory of all its processes, shared pages counted once.',
  },
  running_seconds: {
    title: 'Plimsoll, running',
    unit: 'seconds',
    help: 'For how long this Plimsoll has run. Time in which the machine slept may not be in it.',
  },
  collectors_up: {
    title: 'Collectors running',
    unit: 'none',
    full: 1,
    help: '1 while the process that samples is running, else 0.',
  },
  network_up: {
    title: 'Network of this machine',
    unit: 'none',
    full: 1,
    help: '1 while this machine has a way out (on Linux a default route, elsewhere an address that others can reach), else 0. Absent while that cannot be told.',
  },
  time_lost_seconds: {
    title: 'Time lost',
    unit: 'seconds',
    help: 'How long the machine slept, or Plimsoll was stopped, when that has just been noticed. Otherwise absent.',
  },
  clock_set_seconds: {
    title: 'Clock set',
    unit: 'seconds',
    help: 'By how much the wall clock was set, when that has just been noticed; negative for back. Otherwise absent.',
  },
  deliveries_waiting: {
    title: 'Deliveries waiting',
    unit: 'count',
    help: 'Deliveries that wait for a destination, by its name.',
  },
  deliveries_failed: {
    title: 'Deliveries given up',
    unit: 'count',
    help: 'Deliveries to a destination that were given up and can be tried again, by its name.',
  },
  destination_up: {
    title: 'Destination reached',
    unit: 'none',
    full: 1,
    help: '1 while what was last sent to a destination arrived, 0 while attempts fail, by its name. Absent before the first.',
  },
  destination_down: {
    title: 'Destination lost',
    unit: 'none',
    full: 1,
    help: '1 while attempts to reach a destination have failed for the time that the settings say, or something for it was given up, else 0; by its name. Absent before the first, after a start until what failed before is tried again, for destinations that take samples, and while this machine has no network.',
  },
  samples_waiting: {
    title: 'Samples waiting',
    unit: 'count',
    help: 'Samples that wait for a destination that takes samples, by its name.',
  },
  samples_lost: {
    title: 'Samples lost',
    unit: 'count',
    help: 'Samples that a destination refused, or that waited for it too long, since Plimsoll was started; by its name.',
  },
  destination_clock_ahead_seconds: {
    title: 'Clock of a hub',
    unit: 'seconds',
    help: 'By how much the clock of a hub is ahead of this machine; negative for behind. By the name of the destination.',
  },
  history_up: {
    title: 'History running',
    unit: 'none',
    full: 1,
    help: '1 while the process that keeps samples is running, else 0.',
  },
  host_up: {
    title: 'Host there',
    unit: 'none',
    full: 1,
    help: 'Of a host that sends to this hub: 1 until it has been silent for ten of its intervals, then 0. Absent for one that may sleep and is silent. Other alerts of the host wait for the alert of a rule on it.',
  },
  host_clock_skew_seconds: {
    title: 'Clock of the host',
    unit: 'seconds',
    help: "What the clock of a host that sends to this hub is ahead of the hub's; negative for behind. Absent where the host does not say when it sends.",
  },
};

/** Says that a destination is lost; alerts about it go to the others. */
export const destinationDownMetric = 'destination_down';

/** Says whether another machine is there: with that machine as the host, and the hub's own source. */
export const hostUpMetric = 'host_up';

/** What the hub knows of a host that sends to it. */
export function hostReading(host: string, at: number, isUp: boolean, clockSkewMs: number | null): Reading {
  const samples: Measurement[] = [{ metric: hostUpMetric, labels: {}, value: isUp ? 1 : 0 }];
  if (clockSkewMs !== null)
    samples.push({ metric: 'host_clock_skew_seconds', labels: {}, value: clockSkewMs / 1000 });
  return { host, source: ownSource, at, durationMs: 0, samples, error: null };
}

/** How long a process that was just started may take before it counts as down. */
const startMs = 10_000;

/** A reading of Plimsoll itself. A stage that is just starting is neither up nor down: absent, never 0. */
export function ownReading(
  host: string,
  cost: OwnCost,
  stages: StageHealth[],
  destinations: DestinationHealth[],
  runningMs: number,
  networkUp: boolean | null,
  lostAfterMs: number,
): Reading {
  const known = stages.filter(({ state, since }) => state !== 'starting' || cost.at - since >= startMs);
  const samples: Measurement[] = known.map(({ stage, state }) => ({
    metric: `${stage}_up`,
    labels: {},
    value: state === 'running' ? 1 : 0,
  }));
  samples.push({ metric: uptimeMetric, labels: {}, value: runningMs / 1000 });
  if (networkUp !== null) samples.push({ metric: 'network_up', labels: {}, value: networkUp ? 1 : 0 });
  if (cost.cpuPercent !== null)
    samples.push({ metric: 'own_cpu_percent', labels: {}, value: cost.cpuPercent });
  if (cost.memoryBytes !== null)
    samples.push({ metric: 'own_memory_bytes', labels: {}, value: cost.memoryBytes });
  samples.push(...destinations.flatMap(ofDestination));
  // Without a network nothing is known about the other end.
  if (networkUp !== false)
    samples.push(...destinations.flatMap((health) => ofLost(health, cost.at, lostAfterMs)));
  return { host, source: ownSource, at: cost.at, durationMs: 0, samples, error: null };
}

function ofDestination(health: DestinationHealth): Measurement[] {
  const { waiting, failed, arrivedAt, failingSince } = health;
  const labels = { destination: health.destination };
  const isTried = arrivedAt !== null || failingSince !== null;
  const { samples } = health;
  const waits =
    samples === undefined
      ? [
          { metric: 'deliveries_waiting', labels, value: waiting },
          { metric: 'deliveries_failed', labels, value: failed },
        ]
      : ofSamples(samples, labels);
  return [
    ...waits,
    ...(isTried ? [{ metric: 'destination_up', labels, value: failingSince === null ? 1 : 0 }] : []),
  ];
}

function ofLost(
  { destination, arrivedAt, failingSince, unreachedSince, gaveUp }: DestinationHealth,
  at: number,
  lostAfterMs: number,
): Measurement[] {
  if (arrivedAt === null && failingSince === null) return [];
  if (unreachedSince === undefined && gaveUp !== true) return [];
  const isLost = gaveUp === true || at - (unreachedSince ?? Infinity) >= lostAfterMs;
  return [{ metric: destinationDownMetric, labels: { destination }, value: isLost ? 1 : 0 }];
}

function ofSamples(
  { waiting, rejected, dropped, clockAheadMs }: SamplesStanding,
  labels: Labels,
): Measurement[] {
  return [
    { metric: 'samples_waiting', labels, value: waiting },
    { metric: 'samples_lost', labels, value: rejected + dropped },
    ...(clockAheadMs === null
      ? []
      : [{ metric: 'destination_clock_ahead_seconds', labels, value: clockAheadMs / 1000 }]),
  ];
}

/** The sample with the content of the live event about lost time. */
export function lostTimeReading(host: string, { at, cause, ms }: TimeLost): Reading {
  const metric = cause === 'clock_set' ? 'clock_set_seconds' : 'time_lost_seconds';
  const samples = [{ metric, labels: {}, value: ms / 1000 }];
  return { host, source: ownSource, at, durationMs: 0, samples, error: null };
}
