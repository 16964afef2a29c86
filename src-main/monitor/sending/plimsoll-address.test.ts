import { expect, test } from 'vitest';
import { withAddress } from './plimsoll-address.ts';
import { parseSettings } from '../settings/schema.ts';

const settings = (plimsollUrl?: string) =>
  parseSettings({
    version: 1,
    monitoring: plimsollUrl === undefined ? {} : { plimsollUrl },
    destinations: [
      { name: 'chat', kind: 'slack', webhookUrl: { env: 'HOOK' } },
      { name: 'own', kind: 'slack', webhookUrl: { env: 'HOOK' }, plimsollUrl: 'https://inside.example.org' },
      { name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:1/' },
    ],
  });
const addresses = (url?: string) => {
  const all = settings(url);
  return all.destinations.map((destination) => withAddress(destination, all)['plimsollUrl']);
};

test('the address of Plimsoll holds for all destinations that can link, unless one has its own', () => {
  expect(addresses()).toEqual([undefined, 'https://inside.example.org', undefined]);
  expect(addresses('https://plimsoll.example.org')).toEqual([
    'https://plimsoll.example.org',
    'https://inside.example.org',
    undefined,
  ]);
});

test('it is an address as destinations take it', () => {
  expect(() => settings('plimsoll.example.org')).toThrow('monitoring.plimsollUrl');
  expect(() => settings(`https://example.org/${'a'.repeat(300)}`)).toThrow('must not have more than 300');
});
