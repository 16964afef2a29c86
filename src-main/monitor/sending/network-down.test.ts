import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { FromCollectors, ToCollectors } from '../../collectors/messages.ts';
import { Scheduler } from '../../collectors/scheduler.ts';
import type { SourceKind } from '../../collectors/source-kind.ts';
import { sourceKinds } from '../../collectors/source-kinds.ts';
import { LinuxSystem } from '../../collectors/system/linux.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { FromHistory, ToHistory } from '../../history/messages.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { writeRoutes } from '../../testing/proc-routes.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { openMonitor } from '../monitor.ts';
import type { Monitor } from '../monitor-api.ts';

const minute = 60_000;

/** Nine of each kind that asks others but the last, of which there are five. */
const asking = ['ping', 'tcp', 'dns', 'http', 'prometheus', 'certificate'] as const;
const sources = Array.from({ length: 50 }, (_, index) => {
  const kind = asking[Math.floor(index / 9)] ?? 'certificate';
  const host = `198.51.100.${index + 1}`;
  const options = {
    ping: { host },
    tcp: { host, port: 22 },
    dns: { lookup: 'www.example.org', server: host },
    http: { url: `https://${host}/status` },
    prometheus: { url: `http://${host}:9100/metrics` },
    certificate: { host },
  };
  return { name: `s${index}`, kind, intervalSeconds: 30, ...options[kind] };
});
const below = { metric: 'reachable', comparison: 'less_than', threshold: 1, cooldownSeconds: 0 };
const rules = sources.flatMap(({ name }) => [
  { ...below, id: `${name}-away`, name: `${name} away`, source: name, consecutiveViolations: 2 },
  {
    ...{ ...below, id: `${name}-fails`, name: `${name} fails`, source: name, threshold: -1 },
    onSourceError: { policy: 'alert', afterSeconds: 60 },
  },
  {
    ...{ ...below, id: `${name}-silent`, name: `${name} silent`, source: name, threshold: -1 },
    noData: { policy: 'alert', afterSeconds: 120 },
  },
]);

let root: string;
let clock: HandClock;
let scheduler: Scheduler;
let monitor: Monitor;
/** Hosts that do not answer whatever the network does. */
let dead: Set<string>;
let isOut: boolean;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-network-'));
  clock = new HandClock();
  dead = new Set();
  route(true);
  const children = new ScriptedChildren<ToCollectors | ToHistory, FromCollectors | FromHistory>();
  scheduler = new Scheduler({
    kinds: sourceKinds.filter(({ asks }) => asks !== undefined).map(answeredByTest),
    system: new LinuxSystem(root, root, 4096),
    clock,
    onReading: (reading, missedRuns) =>
      children.newest('collectors').say({ type: 'readings', readings: [{ reading, missedRuns }] }),
    onNetwork: (isUp) => children.newest('collectors').say({ type: 'network', isUp }),
  });
  children.onStart = (child) => {
    child.onSent = (message) => {
      if (message.type === 'configure') scheduler.configure(message);
      if (message.type === 'stop') child.end({ kind: 'exit', code: 0 });
    };
  };
  const store = new MemorySettingsStore(root);
  store.put({ version: 1, sources, rules, destinations: [] });
  monitor = await openMonitor({
    ...{ version: '0.0.0-test', host: 'box', directory: root, settingsStore: store },
    ...{ scriptFolder: join(root, 'metrics'), settingsMustHold: true, secretStore: new MemorySecretStore() },
    ...{ env: {}, spawn: children.spawn, clock, uptime: () => clock.monotonic(), log: silentLog },
  });
  children.newest('history').say({ type: 'ready', notice: null });
  children.newest('collectors').say({ type: 'ready' });
});

afterEach(async () => {
  scheduler.stop();
  await monitor.stop();
  rmSync(root, { recursive: true });
});

function route(isThere: boolean): void {
  isOut = isThere;
  writeRoutes(root, isThere);
}

/** The kind as it is, but for the network, which is the test's. Silence shows as an error or as a measurement, as kinds have it. */
function answeredByTest(kind: SourceKind): SourceKind {
  return {
    ...kind,
    open: (options) => ({
      collect() {
        const host = kind.asks?.(options) ?? '';
        const answers = isOut && !dead.has(host);
        if (!answers && !isOut && ['ping', 'http'].includes(kind.kind))
          throw new PlimsollError('unreachable', `This machine has no route to ${host}.`, { retry: true });
        return [{ metric: 'reachable', labels: {}, value: answers ? 1 : 0 }];
      },
    }),
  };
}

const firing = () => monitor.status().alerts.map(({ ruleId }) => ruleId);
const everFired = () => monitor.alerts.list({ limit: 500 }).length;
const notices = () => monitor.status().notices.map(({ message }) => message);
const down = () => monitor.status().sources.filter(({ error }) => error?.code === 'network_down').length;

it('an own network that is down for ten minutes is one notice and no alert, and alerts work afterwards', async () => {
  await clock.turn(5 * minute);
  expect([firing(), notices(), down()]).toEqual([[], [], 0]);

  route(false);
  await clock.turn(10 * minute);
  expect(everFired()).toBe(0);
  expect(notices()).toEqual(['This machine has no network: 50 sources that ask others wait.']);
  expect(down()).toBe(50);

  // One of them dies meanwhile.
  dead.add('198.51.100.10');
  route(true);
  await clock.turn(50_000);
  expect([firing(), notices(), down()]).toEqual([[], [], 0]);
  await clock.turn(minute);
  expect(firing()).toEqual(['s9-away']);

  dead.add('198.51.100.1');
  await clock.turn(minute + 5_000);
  expect(firing().toSorted()).toEqual(['s0-away', 's9-away']);
  dead.clear();
  await clock.turn(minute);
  expect(firing()).toEqual([]);
});

it('what fires already stays as it is, and is over when its target answers', async () => {
  dead.add('198.51.100.10');
  await clock.turn(2 * minute);
  expect(firing()).toEqual(['s9-away']);
  route(false);
  await clock.turn(10 * minute);
  expect(firing()).toEqual(['s9-away']);
  dead.clear();
  route(true);
  await clock.turn(minute);
  expect(firing()).toEqual([]);
  expect(everFired()).toBe(1);
});

it('comes and goes every minute without a single alert', async () => {
  for (let time = 0; time < 8; time++) {
    route(time % 2 === 1);
    await clock.turn(minute);
  }
  expect(everFired()).toBe(0);
});
