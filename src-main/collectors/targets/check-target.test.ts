import { expect, test } from 'vitest';
import { hostSchema, isHost, ownNetworkError, patienceMs, placeText, portSchema } from './check-target.ts';

test.each([
  'nas',
  'nas.local',
  'a-b.example.org.',
  '_dmarc.example.org',
  '192.168.1.20',
  '::1',
  'münchen.de',
])('%s is a host', (host) => expect(isHost(host)).toBe(true));

test.each([
  ...['', '-c', '-oProxyCommand=x', '--help', 'a b', 'a\nb', 'a;b', '$(id)', 'http://a', 'a:80', '[::1]'],
  ...['a..b', '.', '-a.b', 'a-', 'fe80::1%eth0', 'a/b', 'x'.repeat(64), 'a\0', `${'a.'.repeat(127)}b`],
])('%j is none, so that no program can take it for an option', (host) => {
  expect(hostSchema.safeParse(host).success).toBe(false);
});

test('a port is from 1 to 65535', () => {
  expect([0, 65_536, 1.5, '80'].map((port) => portSchema.safeParse(port).success)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('what ends at this machine is told from what the other one does', () => {
  expect(ownNetworkError('ENETUNREACH', 'nas:22')).toMatchObject({ code: 'unreachable', retry: true });
  expect(ownNetworkError('ECONNREFUSED', 'nas:22')).toBeUndefined();
  expect(ownNetworkError(undefined, 'nas:22')).toBeUndefined();
});

test('silence is reported before the deadline', () => {
  expect([patienceMs(), patienceMs(10_000), patienceMs(1000)]).toEqual([5000, 5000, 900]);
  expect(placeText('::1', 80)).toBe('[::1]:80');
});
