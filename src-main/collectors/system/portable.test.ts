import { describe, expect, test } from 'vitest';
import { PortableSystem, type Systeminformation } from './portable.ts';

type Memory = Awaited<ReturnType<Systeminformation['mem']>>;
type Network = Awaited<ReturnType<Systeminformation['networkStats']>>[number];

/** An installation of systeminformation that answers as it does where it can not read. */
function installed(answers: {
  mem?: () => Promise<Partial<Memory>>;
  network?: () => Promise<Partial<Network>[]>;
}) {
  const tool = {
    mem: answers.mem,
    networkStats: answers.network,
    powerShellStart: () => undefined,
    powerShellRelease: () => undefined,
  } as unknown as Systeminformation;
  return new PortableSystem(() => Promise.resolve(tool), 50);
}

describe('systeminformation says 0 where it could not read', () => {
  test.skipIf(process.platform === 'win32')('memory: an error', async () => {
    const system = installed({
      mem: () => Promise.resolve({ total: 4096, available: 1024, active: 3072, free: 1024, buffcache: 0 }),
    });
    await expect(system.memory()).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('network: that interface is left out, and with none left it is an error', async () => {
    const unread = { iface: 'down0', rx_bytes: 0, tx_bytes: 0 };
    const nan = { iface: 'nan0', rx_bytes: Number.NaN, tx_bytes: 3 };
    const read = { iface: 'up0', rx_bytes: 5, tx_bytes: 0 };
    const some = installed({ network: () => Promise.resolve([unread, nan, read]) });
    expect(await some.networkCounters()).toEqual([{ name: 'up0', receivedBytes: 5, sentBytes: 0 }]);
    const none = installed({ network: () => Promise.resolve([unread, nan]) });
    await expect(none.networkCounters()).rejects.toMatchObject({ code: 'unreadable' });
  });
});

test('a call that hangs ends with its deadline, and is not started a second time while it hangs', async () => {
  let calls = 0;
  const system = installed({
    network: () => {
      calls++;
      return new Promise(() => undefined);
    },
  });
  await expect(system.networkCounters()).rejects.toMatchObject({ code: 'deadline' });
  await expect(system.networkCounters()).rejects.toMatchObject({ code: 'deadline' });
  expect(calls).toBe(1);
});

test('a call that fails is an error that names it, and may be tried again', async () => {
  let calls = 0;
  const system = installed({
    network: () =>
      ++calls === 1
        ? Promise.reject(new Error('spawn EAGAIN'))
        : Promise.resolve([{ iface: 'a', rx_bytes: 1, tx_bytes: 1 }]),
  });
  await expect(system.networkCounters()).rejects.toMatchObject({
    code: 'unreadable',
    message: "systeminformation's networkStats failed: spawn EAGAIN",
  });
  expect(await system.networkCounters()).toHaveLength(1);
});
