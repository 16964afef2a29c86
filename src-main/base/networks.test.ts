import { expect, test } from 'vitest';
import { isWithin } from './networks.ts';

test('an address is in a network, or is one of those named, whatever its family', () => {
  const networks = ['192.168.1.0/24', '10.0.0.7', 'fd00::/8'];
  const inside = ['192.168.1.1', '192.168.1.255', '10.0.0.7', 'fd12::1'];
  const outside = ['192.168.2.1', '10.0.0.8', 'fe80::1', '::1', 'localhost', '', '192.168.1.1.evil.example'];
  expect(inside.filter((address) => isWithin(address, networks))).toEqual(inside);
  expect(outside.filter((address) => isWithin(address, networks))).toEqual([]);
  expect(isWithin('192.168.1.1', [])).toBe(false);
});
