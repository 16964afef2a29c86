import { beforeEach, describe, expect, it } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import type { Reading } from '../contract/sample.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { Beat } from './beat.ts';
import { OwnNetwork } from './own-network.ts';
import type { Routes } from './system/system.ts';

const intervalMs = 30_000;
const out: Routes = { leadOut: true, leadTo: () => false };
const none: Routes = { leadOut: false, leadTo: (address) => address.startsWith('192.168.1.') };

let clock: HandClock;
let routes: Routes | null;
let network: OwnNetwork;
let changes: (boolean | null)[];
/** Addresses by name; the look-up of a name without any never returns. */
const names: Record<string, string> = {
  'nas.local': '192.168.1.20',
  'shop.example': '198.51.100.1',
  me: '127.0.1.1',
};

beforeEach(() => {
  clock = new HandClock();
  routes = none;
  changes = [];
  network = new OwnNetwork({
    system: {
      routes() {
        if (routes === null) throw new PlimsollError('unreadable', 'not told');
        return routes;
      },
    },
    clock,
    beat: new Beat(clock),
    onChange: (isUp) => changes.push(isUp),
    resolve: (name) => {
      const address = names[name];
      return address === undefined ? new Promise(() => undefined) : Promise.resolve([{ address, family: 4 }]);
    },
  });
  network.start();
});

function reading(over: Partial<Reading> = {}): Reading {
  return { host: 'box', source: 'x', at: clock.now(), durationMs: 0, samples: [], error: null, ...over };
}
const reachable = (value: number) => reading({ samples: [{ metric: 'reachable', labels: {}, value }] });
const failed = (code: string) => reading({ error: { code, message: 'It does not answer.' } });

/** The code of the error that remains, or `evidence`. */
async function weighed(what: Reading, host: string | null): Promise<string> {
  const weighing = network.weigh(what, host, intervalMs);
  await clock.turn(500);
  const { error, samples } = await weighing;
  if (error?.code === 'network_down') expect(samples).toEqual([]);
  return error?.code === 'network_down' ? 'network_down' : 'evidence';
}

describe('without a way out', () => {
  it.each([
    ['an address out there', '198.51.100.1', 'network_down'],
    ['a name that leads there', 'shop.example', 'network_down'],
    ['a name that nobody looks up', 'gone.example', 'network_down'],
    ['name servers of this machine', null, 'network_down'],
    ['a neighbour', '192.168.1.20', 'evidence'],
    ['a neighbour by name', 'nas.local', 'evidence'],
    ['this machine', '127.0.0.1', 'evidence'],
    ['this machine, IPv6', '::1', 'evidence'],
    ['this machine by name', 'localhost', 'evidence'],
    ['this machine by its own name', 'me', 'evidence'],
  ])('silence of %s counts as it should', async (_what, host, expected) => {
    expect(await weighed(reachable(0), host)).toBe(expected);
  });

  it('a name that could not be looked up is not looked up again', async () => {
    expect(await weighed(failed('unreachable'), 'nas.local')).toBe('network_down');
    expect(await weighed(failed('deadline'), 'nas.local')).toBe('network_down');
  });

  it('an answer is an answer, and what is wrong with the settings is said', async () => {
    expect(await weighed(reachable(1), '192.168.1.20')).toBe('evidence');
    expect(await weighed(failed('unreadable'), '198.51.100.1')).toBe('evidence');
    expect(changes).toEqual([false]);
  });

  it('but with answers from out there, the routes that are told are not all, and silence counts until there is one again', async () => {
    await clock.turn(1000);
    // A reading that began while there still was a route proves nothing.
    expect(await weighed({ ...reachable(1), durationMs: 5000 }, '198.51.100.1')).toBe('evidence');
    expect(await weighed(reachable(0), '198.51.100.1')).toBe('network_down');
    await weighed(reachable(1), 'shop.example');
    expect(await weighed(reachable(0), '198.51.100.1')).toBe('evidence');
    await clock.turn(60_000);
    expect(changes).toEqual([false, null]);
    routes = out;
    await clock.turn(10_000);
    routes = none;
    expect(await weighed(reachable(0), '198.51.100.1')).toBe('network_down');
    expect(changes).toEqual([false, null, true, false]);
  });
});

it('gives everybody one interval when it is back, neighbours not', async () => {
  await clock.turn(60_000);
  routes = out;
  await clock.turn(10_000);
  expect(changes).toEqual([false, true]);
  await clock.turn(20_000);
  expect(await weighed(reachable(0), '198.51.100.1')).toBe('network_down');
  expect(await weighed(reachable(0), '192.168.1.20')).toBe('evidence');
  await clock.turn(10_000);
  // It began within the interval.
  expect(await weighed({ ...reachable(0), durationMs: 5000 }, '198.51.100.1')).toBe('network_down');
  expect(await weighed(reachable(0), '198.51.100.1')).toBe('evidence');
});

it('takes the first answer for the network that is back, not for a proof against the routes', async () => {
  await clock.turn(5000);
  routes = out;
  expect(await weighed(reachable(1), '198.51.100.1')).toBe('evidence');
  expect(changes).toEqual([false, true]);
});

it('excuses nobody where routes are not told', async () => {
  routes = null;
  expect(await weighed(reachable(0), '198.51.100.1')).toBe('evidence');
  expect(changes).toEqual([false, null]);
});

it('notices at once that the way out is gone when somebody is silent', async () => {
  routes = out;
  await clock.turn(10_000);
  routes = none;
  expect(await weighed(failed('unreachable'), '198.51.100.1')).toBe('network_down');
});
