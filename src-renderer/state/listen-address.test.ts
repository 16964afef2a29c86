import { expect, test } from 'vitest';
import { isLoopback, isPort, joined, movedTo, parted } from './listen-address.ts';

test('an address is taken apart and put together', () => {
  for (const address of ['127.0.0.1:8888', '[::1]:9000', 'hub.example.org:443'])
    expect(joined(parted(address))).toBe(address);
  expect(parted('[fd00::7]:8888')).toEqual({ host: 'fd00::7', port: '8888' });
});

test('ports and loopback addresses are known', () => {
  expect(['1', '8888', '65535'].map(isPort)).toEqual([true, true, true]);
  expect(['0', '65536', '', '8888x', '-1', '80.5'].some(isPort)).toBe(false);
  expect(['127.0.0.1', '127.9.9.9', 'LOCALHOST', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example'].some(isLoopback)).toBe(false);
});

test('who looks at it is told where it will be, and whether they can follow', () => {
  const at = (host: string, port = '9000') => ({ host, port });
  expect(movedTo('http://127.0.0.1:8888', at('0.0.0.0'), true)).toEqual({
    ...{ url: 'https://127.0.0.1:9000', reachable: true },
  });
  expect(movedTo('https://hub.example.org:8888', at('0.0.0.0', '443'), true)).toEqual({
    ...{ url: 'https://hub.example.org', reachable: true },
  });
  expect(movedTo('http://192.168.1.5:8888', at('127.0.0.1'), false)).toEqual({
    ...{ url: 'http://127.0.0.1:9000', reachable: false },
  });
  expect(movedTo('http://[fd00::7]:8888', at('::'), false).url).toBe('http://[fd00::7]:9000');
});
