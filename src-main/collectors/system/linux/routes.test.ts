import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRoutes } from '../../../testing/proc-routes.ts';
import { readRoutes } from './routes.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'plimsoll-routes-'))));
afterEach(() => rmSync(root, { recursive: true }));

const nothing = '0'.repeat(32);
function writeIpv6(...routes: [network: string, bits: string, flags: string, device: string][]): void {
  const lines = routes.map(
    ([network, bits, flags, device]) =>
      `${network.padEnd(32, '0')} ${bits} ${nothing} 00 ${nothing} 00000400 00000001 00000000 ${flags} ${device.padStart(8)}\n`,
  );
  writeFileSync(join(root, 'net/ipv6_route'), lines.join(''));
}

test('a default route leads out, unless its device has no carrier', () => {
  writeRoutes(root, true);
  expect(readRoutes(root, root).leadOut).toBe(true);
  for (const state of ['down', 'lowerlayerdown', 'dormant', 'notpresent']) {
    writeRoutes(root, true, state);
    const routes = readRoutes(root, root);
    expect([routes.leadOut, routes.leadTo('192.168.1.20')]).toEqual([false, false]);
  }
  // A tunnel reports no state.
  writeRoutes(root, true, 'unknown');
  expect(readRoutes(root, root).leadOut).toBe(true);
});

test('without one, neighbours can still be asked, and nobody else', () => {
  writeRoutes(root, false);
  const { leadOut, leadTo } = readRoutes(root, root);
  expect(leadOut).toBe(false);
  expect(['192.168.1.20', '192.168.2.20', '192.0.2.1', '2001:db8::1'].map(leadTo)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('a default route of IPv6 is enough, one that refuses and those to this machine itself are none', () => {
  writeRoutes(root, false);
  writeIpv6(
    ['fe80', '40', '00000001', 'eth0'],
    ['fd00', '40', '00000001', 'eth0'],
    ['20010db8000000000000000000000005', '80', '80200001', 'eth0'],
    ['', '00', '00200200', 'lo'],
    ['', '00', '00000201', 'eth0'],
  );
  const { leadOut, leadTo } = readRoutes(root, root);
  expect(leadOut).toBe(false);
  expect(['fd00::7', '2001:db8::5', 'fe80::1'].map(leadTo)).toEqual([true, false, false]);
  writeIpv6(['', '00', '00000003', 'eth0']);
  expect(readRoutes(root, root).leadOut).toBe(true);
});

test('the halves of the world that a VPN lays are a way out', () => {
  writeRoutes(root, false);
  writeFileSync(
    join(root, 'net/route'),
    'Iface\tDestination\ntun0\t00000080\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n',
  );
  expect(readRoutes(root, root).leadOut).toBe(true);
});

test('what is no table of routes, or one without end, is not taken for a machine without a network', () => {
  expect(() => readRoutes(root, root)).toThrow(expect.objectContaining({ code: 'unreadable' }));
  writeRoutes(root, false);
  writeFileSync(join(root, 'net/route'), 'eth0\t0001A8C0\n'.repeat(20_000));
  expect(() => readRoutes(root, root)).toThrow(expect.objectContaining({ code: 'unreadable' }));
});

test('lines that are cut or hold anything are left out', () => {
  writeRoutes(root, false);
  writeFileSync(join(root, 'net/route'), 'eth0\neth0\tx\ty\tz\n\neth0\t00000000\t0101A8C0\n');
  writeIpv6(['zz', '00', '00000003', 'eth0']);
  expect(readRoutes(root, root).leadOut).toBe(false);
});
